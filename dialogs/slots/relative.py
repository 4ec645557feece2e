"""Days told from today: "завтра", "в следующий вторник", "на той неделе", "через три дня", "неделю назад"."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from rapidfuzz.distance import Levenshtein

from dialogs.slots import calendar as cal
from dialogs.slots import morph
from dialogs.slots.mentions import Match, Reading, in_past

_DAYS: Final = {
    "сегодня": 0, "завтра": 1, "послезавтра": 2, "вчера": -1, "позавчера": -2,
    "сегодняшний": 0, "завтрашний": 1, "послезавтрашний": 2, "вчерашний": -1, "позавчерашний": -2,
}  # fmt: skip
_WEEKDAYS: Final = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_SHORT_WEEKDAYS: Final = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_PAST_OFFSETS: Final = ("прошл", "минувш")
NEXT: Final = ("следующ", "будущ")
_THIS: Final = ("эт", "ближайш", "текущ")
_UNITS: Final = {
    "день": 1, "дня": 1, "дней": 1, "деньков": 1, "денька": 1, "неделю": 7, "недели": 7, "недель": 7, "неделе": 7,
    "недельку": 7, "недельки": 7,
}  # fmt: skip
_FEW: Final = {"пару": 2, "парочку": 2, "полторы": 1}


def inflections(words: tuple[str, ...]) -> dict[str, int]:
    """Map every singular form of the words to the word's place."""
    table: dict[str, int] = {}
    for index, word in enumerate(words):
        for parse in morph.parses(word)[0].lexeme:
            if "plur" not in parse.tag:
                table[parse.word.replace("ё", "е")] = index
    return table


_WEEKDAY_FORMS: Final = inflections(_WEEKDAYS) | {name: index for index, name in enumerate(_SHORT_WEEKDAYS)}
_WEEKDAY_ADJECTIVES: Final = {
    "понедельничн": 0,
    "вторничн": 1,
    "четвергов": 3,
    "пятничн": 4,
    "субботн": 5,
    "воскресн": 6,
}


def weekday_of(word: str) -> int | None:
    """Return the number of a weekday (0 = Monday) in any case, one letter misheard allowed in long words."""
    if word in _WEEKDAY_FORMS:
        return _WEEKDAY_FORMS[word]
    for stem, index in _WEEKDAY_ADJECTIVES.items():
        if word.startswith(stem):
            return index
    if len(word) < 6 or morph.is_known(word):
        return None
    for form, index in _WEEKDAY_FORMS.items():
        if len(form) >= 6 and Levenshtein.distance(word, form, score_cutoff=1) <= 1:
            return index
    return None


def _misheard_day(word: str) -> int | None:
    """Read "паслезавтра", "севодня"."""
    if len(word) < 6 or morph.is_known(word):
        return None
    allowed = 1 if len(word) < 9 else 2
    near = [name for name in _DAYS if Levenshtein.distance(word, name, score_cutoff=allowed) <= allowed]
    return _DAYS[near[0]] if near else None


def _relative_day(reading: Reading, index: int) -> Match | None:
    word = reading.word(index)
    offset = _DAYS.get(word, _misheard_day(word))
    if offset is None and word.endswith(("шнего", "шнюю", "шний", "шнее", "шняя", "шней", "шнем", "шнему")):
        offset = next(
            (days for name, days in _DAYS.items() if name.endswith("ний") and name[:-2] == word[: len(name) - 2]), None
        )
    if offset is None:
        return None
    length = 2 if reading.word(index + 1) in ("день", "дня") and word not in ("сегодня", "завтра") else 1
    return length, (reading.today + timedelta(days=offset)).isoformat()


def _week_offset(reading: Reading, index: int) -> tuple[int, int] | None:
    """Read "следующей неделе", "той неделе", "прошлую неделю": (tokens, weeks from this one)."""
    word, following = reading.word(index), reading.word(index + 1)
    if not following.startswith("недел"):
        return None
    if word.startswith(NEXT) or (word in ("той", "ту", "новой", "новую", "другой", "другую")):
        return 2, 1
    if word.startswith(_PAST_OFFSETS):
        return 2, -1
    return (2, 0) if word.startswith(_THIS) else None


def _weekday(reading: Reading, index: int) -> Match | None:
    """Read a weekday with its modifiers on either side."""
    modifier, at = "", index
    if reading.word(index).startswith((*NEXT, *_THIS, *_PAST_OFFSETS)):
        modifier, at = reading.word(index), index + 1
    weekday = weekday_of(reading.word(at))
    if weekday is None:
        return _week_then_weekday(reading, index)
    end = at + 1
    after = end + (1 if reading.word(end) in ("на", "через") else 0)
    week = _week_offset(reading, after)
    moved = after > end and reading.word(index - 1) in ("с", "со")  # "со вторника на следующую неделю"
    if week is not None and not moved:
        return after + week[0] - index, _in_week(reading.today, week[1], weekday)
    return end - index, _plain_weekday(reading, at, weekday, modifier)


def _plain_weekday(reading: Reading, at: int, weekday: int, modifier: str) -> str:
    if modifier.startswith(NEXT):
        return _in_week(reading.today, 1, weekday)
    planned = reading.word(at - 1) == "на"
    if modifier.startswith(_PAST_OFFSETS) or (not planned and not modifier and in_past(reading, at)):
        return cal.weekday_before(reading.today, weekday).isoformat()
    return cal.weekday_after(reading.today, weekday).isoformat()


def _week_then_weekday(reading: Reading, index: int) -> Match | None:
    week = _week_offset(reading, index)
    if week is None:
        return None
    at = index + week[0]
    if reading.word(at) == ",":
        at += 1
    if reading.word(at) in ("в", "во", "на"):
        at += 1
    weekday = weekday_of(reading.word(at))
    return None if weekday is None else (at + 1 - index, _in_week(reading.today, week[1], weekday))


def _in_week(today: date, weeks: int, weekday: int) -> str:
    return (cal.week_start(today, weeks) + timedelta(days=weekday)).isoformat()


def _week(reading: Reading, index: int) -> Match | None:
    week = _week_offset(reading, index)
    if week is not None:
        return week[0], cal.week(reading.today, week[1])
    if reading.word(index) in ("конце", "конца", "концу") and reading.word(index + 1) == "недели":
        return 2, cal.week(reading.today, 0)
    if reading.word(index) in ("начале", "начало", "началу") and reading.word(index + 1) == "недели":
        return 2, cal.week(reading.today, 1)
    return None


def _weekend(reading: Reading, index: int) -> Match | None:
    modifier = reading.word(index).startswith(NEXT)
    at = index + (1 if modifier or reading.word(index).startswith(_THIS) else 0)
    if reading.word(at) not in ("выходные", "выходных", "выходным"):
        return None
    if reading.word(at - 1) in ("по", "и", "или") or reading.word(at + 1).startswith(("работа", "прини", "дни", "дня")):
        return None
    weeks = 1 if modifier else -1 if in_past(reading, index) else 0
    return at + 1 - index, cal.weekend(reading.today, weeks)


def _through(reading: Reading, index: int) -> Match | None:
    """Read "через неделю", "через три дня", "недели через две", "через месяц"."""
    today = reading.today
    if in_past(reading, index):
        return None  # "пломба выпала через неделю"
    if reading.word(index) == "через":
        at = index + 1
        count: int | None = reading.number(at)
        few = _FEW.get(reading.word(at))
        amount, at = (count or few or 1, at + 1) if count or few else (1, at)
        unit = reading.word(at)
        if unit == "день" and at == index + 1:
            return 2, (today + timedelta(days=2)).isoformat()
        if unit in _UNITS:
            return at + 1 - index, (today + timedelta(days=amount * _UNITS[unit])).isoformat()
        if unit.startswith("месяц"):
            return at + 1 - index, cal.add_months(today, amount).isoformat()
        return None
    days, count = _UNITS.get(reading.word(index), 0), reading.number(index + 2)
    if days and reading.word(index + 1) == "через" and count:
        return 3, (today + timedelta(days=count * days)).isoformat()
    return None


def _ago(reading: Reading, index: int) -> Match | None:
    """Read "три дня назад", "неделю назад", "дня два назад"."""
    count: int | None = reading.number(index) or _FEW.get(reading.word(index))
    at = index + 1 if count else index
    unit = _UNITS.get(reading.word(at), 0)
    if unit and not count and reading.number(at + 1):
        count, at = reading.number(at + 1), at + 1
    if not unit or reading.word(at + 1) != "назад":
        return None
    return at + 2 - index, (reading.today - timedelta(days=(count or 1) * unit)).isoformat()


RELATIVE_MATCHERS: Final = (_through, _ago, _weekday, _week, _weekend, _relative_day)
