"""Dates and times as a registrar says them: "во вторник, двадцать четвёртого ноября, в девять часов"."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final, Literal

from dialogs.speech_text.numerals import plural, spoken_number, spoken_ordinal

DateForm = Literal["plain", "on", "to"]

_MONTHS: Final = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
)  # fmt: skip
_WEEKDAYS: Final = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_WEEKDAYS_ACCUSATIVE: Final = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")
_NEAR: Final = {0: "сегодня", 1: "завтра", 2: "послезавтра", -1: "вчера"}
_YEAR_IS_CLEAR_DAYS: Final = 300


def spoken_date(day: date, today: date | None = None, form: DateForm = "plain", *, weekday: bool = True) -> str:
    """Return a date in words.

    plain: "вторник, двадцать четвёртого ноября"; on: "во вторник, двадцать четвёртого ноября";
    to: "на вторник, двадцать четвёртое ноября". With `today`, "завтра" and the like go first,
    and the year is said of far dates.
    """
    parts = []
    near = _NEAR.get((day - today).days) if today else None
    if near:
        parts.append(f"на {near}" if form == "to" else near)
    if weekday:
        parts.append(_weekday(day, form, said=bool(near)))
    number = spoken_ordinal(day.day, "accs" if form == "to" else "gent")
    prefix = "на " if form == "to" and not parts else ""
    text = f"{prefix}{number} {_MONTHS[day.month - 1]}"
    if today is not None and abs((day - today).days) > _YEAR_IS_CLEAR_DAYS:
        text += f" {spoken_year(day.year)}"
    return ", ".join([*parts, text])


def _weekday(day: date, form: DateForm, *, said: bool) -> str:
    number = day.weekday()
    if form == "plain":
        return _WEEKDAYS[number]
    if form == "to":
        return _WEEKDAYS_ACCUSATIVE[number] if said else f"на {_WEEKDAYS_ACCUSATIVE[number]}"
    return ("во " if number == 1 else "в ") + _WEEKDAYS_ACCUSATIVE[number]


def spoken_year(year: int) -> str:
    """Return "тысяча девятьсот сорок восьмого года"."""
    return f"{spoken_ordinal(year, 'gent', 'm')} года"


def spoken_birth_date(day: date) -> str:
    """Return "четырнадцатое февраля тысяча девятьсот сорок восьмого года"."""
    return f"{spoken_ordinal(day.day)} {_MONTHS[day.month - 1]} {spoken_year(day.year)}"


def spoken_time(moment: time | datetime, *, at: bool = False) -> str:
    """Return "девять тридцать", "девять часов", "девять часов пять минут"; with `at` "в девять тридцать" and so on."""
    hours, minutes = moment.hour, moment.minute
    if minutes >= 10 and 2 <= hours < 20:  # "двадцать один двадцать два" is no time
        text = f"{spoken_number(hours)} {spoken_number(minutes)}"
        return f"в {text}" if at else text
    text = f"{spoken_number(hours)} {plural(hours, 'час', 'часа', 'часов')}"
    if minutes:
        counted = spoken_number(minutes, "accs" if at else "nomn", "f")
        text += f" {counted} {plural(minutes, 'минуту' if at else 'минута', 'минуты', 'минут')}"
    return f"в {text}" if at else text


def spoken_time_by(moment: time | datetime) -> str:
    """Return by when: "к часу дня", "к девяти часам", "к девяти тридцати"."""
    hours, minutes = moment.hour, moment.minute
    if not minutes:
        return (
            "к часу дня"
            if hours == 13
            else f"к {spoken_number(hours, 'datv')} {'часу' if hours % 20 == 1 else 'часам'}"
        )
    if minutes >= 10 and 2 <= hours < 20:
        return f"к {spoken_number(hours, 'datv')} {spoken_number(minutes, 'datv')}"
    hour_word = "часу" if hours % 20 == 1 else "часам"
    minute_word = "минуте" if minutes % 10 == 1 and minutes != 11 else "минутам"
    return f"к {spoken_number(hours, 'datv')} {hour_word} {spoken_number(minutes, 'datv', 'f')} {minute_word}"


def spoken_moment(moment: datetime, today: date | None = None) -> str:
    """Return "во вторник, двадцать четвёртого ноября, в девять часов тридцать минут"."""
    return f"{spoken_date(moment.date(), today, 'on')}, {spoken_time(moment, at=True)}"


def spoken_span(value: str, today: date | None = None) -> str:
    """Return a date or time slot, intervals included: "2026-11-30/2026-12-06" -> с тридцатого ноября по шестое декабря.

    Accepts the normal forms of slots: ISO date, HH:MM, "a/b" of either, ".." for an open end.
    """
    first, _, last = value.partition("/")
    if not last:
        return _point(first, today)
    if ":" in value:
        return _time_span(first, last)
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return f"с {_day_in_span(start, 'gent')} по {_day_in_span(end, 'accs')}"


def _point(value: str, today: date | None) -> str:
    if ":" in value:
        return spoken_time(time.fromisoformat(value), at=True)
    return spoken_date(date.fromisoformat(value), today, "on")


def _day_in_span(day: date, case: Literal["gent", "accs"]) -> str:
    return f"{spoken_ordinal(day.day, case)} {_MONTHS[day.month - 1]}"


def _time_span(first: str, last: str) -> str:
    if first == "..":
        return f"до {_hour(last)}"
    if last == "..":
        return f"после {_hour(first)}"
    return f"с {_hour(first)} до {_hour(last)}"


def _hour(value: str) -> str:
    """Return a bound in the genitive: "18:00" -> восемнадцати часов."""
    moment = time.fromisoformat(value)
    text = f"{spoken_number(moment.hour, 'gent')} {'часа' if moment.hour % 20 == 1 else 'часов'}"
    if moment.minute:
        text += f" {spoken_number(moment.minute, 'gent', 'f')} {'минуты' if moment.minute % 10 == 1 else 'минут'}"
    return text
