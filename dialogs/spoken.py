"""Filters of the script's templates: values of the clinic -> spoken Russian, and small choices among openings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from dialogs.amend import amended_address, amended_name, with_house
from dialogs.speech_text import (
    decline_name,
    decline_phrase,
    given_names,
    plural,
    spoken_address,
    spoken_birth_date,
    spoken_date,
    spoken_digits,
    spoken_doctor,
    spoken_money,
    spoken_number,
    spoken_ordinal,
    spoken_phone,
    spoken_time,
)

_WAY_TO_THE_DOOR = re.compile(r"\b(?:подъезд|этаж|домофон)\b", re.I)
_FAR_DAYS = 2
_DAY_HOURS = 24
AGE_OF_CONSENT = 15
"""From this age a patient decides on treatment himself (323-ФЗ, art. 20)."""
_STEM = 5
"""So many letters of a word are compared, which leaves the case endings out."""


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


@pass_context
def day(context: Context, value: Any) -> str:
    """«завтра, двадцать четвёртого ноября»; further off «в четверг, двадцать шестого ноября»."""
    found, now = _moment(value), _moment(context.get("now"))
    if found is None:
        return str(value or "")
    today = now.date() if now else None
    near = today is not None and abs((found.date() - today).days) <= _FAR_DAYS
    return spoken_date(found.date(), today, "on", weekday=not near)


@pass_context
def day_briefly(context: Context, value: Any) -> str:
    """«завтра», else as `day`: for who has just agreed to the date."""
    whole = day(context, value)
    first = whole.partition(", ")[0]
    return first if " " not in first else whole


def bare_day(value: Any) -> str:
    """«двадцать четвёртого ноября»."""
    found = _moment(value)
    return spoken_date(found.date(), weekday=False) if found else ""


def last_day(value: Any) -> str:
    """«двадцать четвёртое ноября», after «по»."""
    found = _moment(value)
    return spoken_date(found.date(), form="to", weekday=False).removeprefix("на ") if found else ""


def clock(value: Any) -> str:
    """«девять часов тридцать минут», after «в»."""
    found = _moment(value)
    return spoken_time(found, at=True).removeprefix("в ") if found else ""


def birthday(value: Any) -> str:
    """«пятое марта шестьдесят второго года»; the century is said only where it could be either."""
    found = _moment(value)
    if not found:
        return ""
    spoken = spoken_birth_date(found.date())
    return spoken.replace("тысяча девятьсот ", "") if 1930 <= found.year <= 1999 else spoken


def aim(record: Any) -> str:
    """«к терапевту Смирновой Ольге Викторовне», «к урологу», «на узи почек»: what a visit or an opening is for."""
    if not isinstance(record, Mapping):
        return ""
    doctor, specialty, service = (str(record.get(key) or "") for key in ("doctor", "specialty", "service"))
    if doctor:
        return f"к {spoken_doctor(specialty, doctor, 'datv') if specialty else decline_name(doctor, 'datv')}"
    if specialty:
        return f"к {decline_phrase(specialty, 'datv')}"
    return f"на {decline_phrase(service, 'accs')}" if service else ""


def aim_briefly(record: Any) -> str:
    """«к терапевту Смирновой»: for who has just heard the whole name."""
    whole = aim(record)
    return whole.rsplit(" ", 2)[0] if whole and len(str(record.get("doctor") or "").split()) == 3 else whole


@pass_context
def beside(context: Context, opening: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    """The hour of another opening, with its day when that differs from the first one's."""
    same_day = str(opening["at"])[:10] == str(first["at"])[:10]
    return f"в {clock(opening['at'])}" if same_day else f"{day(context, opening['at'])}, в {clock(opening['at'])}"


def fitting(openings: Any, slots: Any) -> Mapping[str, Any] | None:
    """The offered opening that the caller has named by its hour or its day; None unless the words single one out."""
    if not isinstance(slots, Mapping) or not isinstance(openings, list):
        return None
    named: list[Mapping[str, Any]] = [opening for opening in openings if _is_named(opening, slots)]
    return named[0] if len(named) == 1 or (named and "time" in slots) else None


def _is_named(opening: Mapping[str, Any], slots: Mapping[str, str]) -> bool:
    wanted_time, wanted_day, doctor = slots.get("time"), slots.get("date"), slots.get("doctor")
    if not (wanted_time or wanted_day):
        return False
    at = str(opening["at"])
    if wanted_day and at[:10] != wanted_day:
        return False
    if wanted_time and at[11:16] != wanted_time:
        return False
    surname = str(opening.get("doctor") or "").partition(" ")[0]
    return not doctor or doctor.casefold() == surname.casefold()


def mentioned(places: Any, text: Any) -> Mapping[str, Any] | None:
    """The branch whose name or street the words contain; None unless it is just one."""
    said = {word[:_STEM] for word in re.findall(r"\w{4,}", str(text or "").casefold().replace("ё", "е"))}
    named = [place for place in places or () if said & _stems(place)]
    return named[0] if len(named) == 1 else None


def _stems(place: Mapping[str, Any]) -> set[str]:
    words = f"{place.get('name', '')} {place.get('address', '')}".casefold().replace("ё", "е")
    return {word[:_STEM] for word in re.findall(r"\w{4,}", words)}


def house_part(value: Any) -> str:
    """Street, house, building and flat of an address, without the way to the door."""
    return _WAY_TO_THE_DOOR.split(str(value or ""), maxsplit=1)[0].strip(" ,")


def entrance_part(value: Any) -> str:
    """Entrance, floor and intercom of an address."""
    text = str(value or "")
    found = _WAY_TO_THE_DOOR.search(text)
    return text[found.start() :].strip(" ,") if found else ""


@pass_context
def within(context: Context, value: Any, hours: Any) -> bool:
    """Whether that moment is fewer than so many hours ahead of the call; never where the hours are not known."""
    found, now = _moment(value), _moment(context.get("now"))
    if found is None or now is None or not isinstance(hours, int):
        return False
    return found.replace(tzinfo=None) - now.replace(tzinfo=None) < timedelta(hours=hours)


def hours_words(value: Any) -> str:
    """«суток», «двадцати часов», after «меньше»."""
    hours = int(value)
    return (
        "суток" if hours == _DAY_HOURS else f"{spoken_number(hours, 'gent')} {plural(hours, 'часа', 'часов', 'часов')}"
    )


@pass_context
def infant(context: Context, value: Any) -> bool:
    """Whether who was born then is not yet a year old on the day of the call."""
    age = _age(context, value)
    return age is not None and age < 1


@pass_context
def minor(context: Context, value: Any) -> bool:
    """Whether parents decide for who was born then: under fifteen on the day of the call (323-ФЗ, art. 20)."""
    age = _age(context, value)
    return age is not None and age < AGE_OF_CONSENT


def _age(context: Context, value: Any) -> int | None:
    """Full years on the day of the call; None when the date cannot be read."""
    born, now = _moment(value), _moment(context.get("now"))
    if born is None or now is None:
        return None
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def capital(value: Any) -> str:
    """The first letter large, the rest as it is."""
    text = str(value or "")
    return text[:1].upper() + text[1:]


FILTERS: Mapping[str, Callable[..., Any]] = {
    "amended": amended_name,
    "amended_address": amended_address,
    "with_house": with_house,
    "infant": infant,
    "within": within,
    "hours_words": hours_words,
    "minor": minor,
    "day": day,
    "day_briefly": day_briefly,
    "bare_day": bare_day,
    "last_day": last_day,
    "clock": clock,
    "birthday": birthday,
    "aim_briefly": aim_briefly,
    "aim": aim,
    "beside": beside,
    "fitting": fitting,
    "mentioned": mentioned,
    "house_part": house_part,
    "entrance_part": entrance_part,
    "address_words": lambda value: spoken_address(str(value or "")),
    "capital": capital,
    "nth": lambda value: spoken_ordinal(int(value), "accs", "m"),
    "out_of": lambda value: spoken_number(int(value), "gent"),
    "rubles": lambda value: spoken_money(value),
    "phone_words": lambda value: spoken_phone(str(value)),
    "digit_words": lambda value: spoken_digits(str(value)),
    "instrumental": lambda value: decline_name(str(value), "ablt"),
    "genitive": lambda value: decline_name(str(value), "gent"),
    "given_names": lambda value: given_names(str(value)),
}
