"""Filters of the script's templates: records of the clinic -> spoken Russian, and small choices among openings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from num2words import num2words

from dialogs.speech_text.names import decline_name

_MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)


def _words(number: int) -> str:
    return str(num2words(number, lang="ru"))


def _ordinal(number: int, case: str) -> str:
    return str(num2words(number, lang="ru", to="ordinal", case=case, gender="n"))


def _date(value: Any) -> date | None:
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None


@pass_context
def day(context: Context, value: Any) -> str:
    found = _date(value)
    today = _date(context.get("now"))
    if found is None:
        return str(value or "")
    near = {0: "сегодня, ", 1: "завтра, ", 2: "послезавтра, "}
    ahead = near.get((found - today).days, "") if today else ""
    return f"{ahead}{_ordinal(found.day, 'g')} {_MONTHS[found.month - 1]}"


def rank_names(specialty: str) -> tuple[str, ...]:
    return (f"приём {specialty}а",)


def clock(value: Any, *, genitive: bool = False) -> str:
    at = datetime.fromisoformat(str(value))
    minutes = f" {_words(at.minute)}" if at.minute else " часов"
    return f"{_words(at.hour)}{minutes}"


def birthday(value: Any) -> str:
    found = _date(value)
    return f"{_ordinal(found.day, 'n')} {_MONTHS[found.month - 1]} {_ordinal(found.year, 'g')} года" if found else ""


def rubles(value: Any) -> str:
    return f"{_words(int(value))} рублей"


def phone_words(value: Any) -> str:
    return " ".join(_words(int(digit)) for digit in str(value) if digit.isdigit())


def instrumental(value: Any) -> str:
    return decline_name(str(value), "ablt")


def capitalize_first(value: Any) -> str:
    """Make the first letter large and leave the rest as it is."""
    text = str(value or "")
    return text[:1].upper() + text[1:]


def aim(record: Any) -> str:
    """«к врачу: терапевт …» or «на …»: what a visit or an opening is for."""
    if record.get("doctor"):
        return f"к {decline_name(record['doctor'], 'datv')}"
    return f"на {record.get('service') or 'приём'}"


def _same(opening: Mapping[str, Any], slots: Mapping[str, str]) -> bool:
    wanted_time, wanted_date = slots.get("time"), slots.get("date")
    if not (wanted_time or wanted_date):
        return False
    at = str(opening["at"])
    if wanted_date and not ("/" not in wanted_date and at[:10] == wanted_date):
        return False
    if wanted_time and at[11:16] != wanted_time:
        return False
    surname = str(opening.get("doctor") or "").split(" ")[0].lower()
    return "doctor" not in slots or slots["doctor"].lower() == surname


def fitting(openings: Any, slots: Any) -> Mapping[str, Any] | None:
    """Return the offered opening that the caller has named by its day and hour, if just one."""
    if not isinstance(slots, Mapping) or not openings:
        return None
    named: list[Mapping[str, Any]] = [opening for opening in openings if _same(opening, slots)]
    return named[0] if len(named) == 1 or (named and "time" in slots) else None


@pass_context
def offer(context: Context, openings: Iterable[Mapping[str, Any]], secret: Any = False) -> str:
    """Say the first opening in full and the others shortly."""
    items = list(openings)
    first = items[0]
    who = "" if secret else f", {aim(first)}"
    text = f"Есть {day(context, first['at'])}, в {clock(first['at'])}{who}."
    rest = [_short(context, item, first) for item in items[1:]]
    return f"{text} Подойдёт? Есть ещё {' и '.join(rest)}." if rest else f"{text} Подойдёт?"


def _short(context: Context, item: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    same_day = str(item["at"])[:10] == str(first["at"])[:10]
    return f"в {clock(item['at'])}" if same_day else f"{day(context, item['at'])}, в {clock(item['at'])}"


@pass_context
def days_listed(context: Context, moments: Iterable[str]) -> str:
    """Join days with «и», each once."""
    return " и ".join(dict.fromkeys(day(context, moment) for moment in moments))


@pass_context
def numbered_visits(context: Context, visits: Iterable[Mapping[str, Any]]) -> str:
    names = ("Первая", "Вторая", "Третья")
    return " ".join(
        f"{name}, {day(context, visit['at'])}, в {clock(visit['at'])}, {aim(visit)}."
        for name, visit in zip(names, visits, strict=False)
    )


def spoken_address(value: Any) -> str:
    return str(value)


def tomorrow(today: date) -> date:
    return today + timedelta(days=1)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "day": day,
    "day_genitive": day,
    "clock": clock,
    "birthday": birthday,
    "rubles": rubles,
    "phone_words": phone_words,
    "instrumental": instrumental,
    "capitalize_first": capitalize_first,
    "aim": aim,
    "fitting": fitting,
    "offer": offer,
    "days_listed": days_listed,
    "numbered_visits": numbered_visits,
    "spoken_address": spoken_address,
}
