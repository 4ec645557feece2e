"""Birth dates: "третьего марта девяностого", "восьмое ноль третье семьдесят второго", "03.03.90", "14 02 48"."""

from __future__ import annotations

from datetime import date
from typing import Final

from dialogs.slots import calendar as cal
from dialogs.slots.dates import month_of
from dialogs.slots.mentions import Mention, Reading

_CUES: Final = ("родил", "рожден", "рождения", "года")
_PIVOT: Final = 26
_BETWEEN: Final = frozenset({",", "я", "рождения", "родился", "родилась"})
"""Said between the year and the day: «тридцать восьмого года я, двадцать первого сентября»."""


def find_birth_date(reading: Reading) -> Mention | None:
    """Find a birth date: any date with a year when asked, else one with a birth word or a year long past."""
    asked = reading.state == "ask_birth"
    cued = asked or reading.has_stem(*_CUES)
    for index in range(len(reading.tokens)):
        found = _at(reading, index, short_year=cued)
        if found is None:
            continue
        length, day = found
        old = (reading.today - day).days > 366
        if day <= reading.today and (asked or old or reading.has_stem("родил", "рожден")):
            return Mention(start=index, end=index + length, value=day.isoformat())
    return None


def _at(reading: Reading, index: int, *, short_year: bool) -> tuple[int, date] | None:
    if index in reading.used or reading.tokens[index].kind != "num":
        return None
    return (
        _written(reading, index, short_year)
        or _spoken(reading, index, short_year)
        or _year_first(reading, index, short_year)
    )


def _written(reading: Reading, index: int, short_year: bool) -> tuple[int, date] | None:
    """Read "03.03.1990", "3/3/90", "1990-03-03", "14022048" is left alone."""
    token = reading.tokens[index]
    if len(token.parts) == 2 and token.separator == ".":
        return _day_month_then_year(reading, index, short_year)
    if len(token.parts) != 3:
        return None
    first, second, third = (int(part) for part in token.parts)
    if first > 1900:
        found = cal.valid(first, second, third)
    else:
        year = cal.full_year(third, pivot=_PIVOT)
        found = cal.valid(year, second, first) if year else None
    return (1 + _year_word(reading, index + 1), found) if found else None


def _day_month_then_year(reading: Reading, index: int, short_year: bool) -> tuple[int, date] | None:
    """Read "03.03 1990 года"."""
    day, month = (int(part) for part in reading.tokens[index].parts)
    year, length = _year(reading, index + 1, short_year)
    found = cal.valid(year, month, day) if year and 1 <= month <= 12 else None
    return (1 + length, found) if found else None


def _spoken(reading: Reading, index: int, short_year: bool) -> tuple[int, date] | None:
    """Read day, month (name or number, with or without "ноль"), year."""
    day, at = _small(reading, index)
    named = month_of(reading.word(at))
    month, at = (named, at + 1) if named else _month_number(reading, at)
    if day is None or month is None or not 1 <= month <= 12:
        return None
    year, length = _year(reading, at, short_year)
    found = cal.valid(year, month, day) if year else None
    return (at + length - index, found) if found else None


def _small(reading: Reading, index: int) -> tuple[int | None, int]:
    """Read a number that a zero may precede: (value, next index)."""
    value = reading.number(index)
    if value == 0:
        following = reading.number(index + 1)
        return (following if following is not None and 0 < following < 10 else None), index + 2
    return (value if value is not None and value <= 31 else None), index + 1


def _month_number(reading: Reading, index: int) -> tuple[int | None, int]:
    at = index + 1 if reading.word(index) in (",", ".") else index
    month, after = _small(reading, at)
    if reading.word(after).startswith("месяц"):
        after += 1
    return month, after + (1 if reading.word(after) in (",", ".") else 0)


def _year(reading: Reading, index: int, short_year: bool) -> tuple[int | None, int]:
    """Read a year: 1948, сорок восьмого, две тысячи шестнадцатого, девятнадцать сорок восемь."""
    start = index
    if reading.word(index) in (",", "."):
        index += 1
    number, following = reading.number(index), reading.number(index + 1)
    if number == 19 and following is not None and 20 <= following <= 99:
        return 1900 + following, index + 2 - start + _year_word(reading, index + 2)
    if number == 20 and following is not None and following <= _PIVOT and _year_word(reading, index + 2):
        return 2000 + following, index + 3 - start
    if number == 0 and following is not None and following < 10:
        return 2000 + following, index + 2 - start + _year_word(reading, index + 2)
    if number is None:
        return _year_twice(reading, index, start)
    if number % 10 == 0 and following is not None and _ends(number, following):
        return _ended(number, following), index + 2 - start + _year_word(reading, index + 2)
    token, word = reading.tokens[index], _year_word(reading, index + 1)
    if number < 100 and not (short_year or word or token.ordinal):
        return None, 0
    return cal.full_year(number, pivot=_PIVOT), index + 1 - start + word


def _ends(year: int, following: int) -> bool:
    """Tell whether a year is only begun and said whole after it: "1950- 1958", "1940-48", "1900 67"."""
    return year // 10 == _ended(year, following) // 10 or (year == 1900 and 20 <= following <= 99)


def _ended(year: int, following: int) -> int:
    return following if following > 99 else year // 100 * 100 + following


def _year_twice(reading: Reading, index: int, start: int) -> tuple[int | None, int]:
    """Read "1960-1963" as the year that it ends in."""
    parts = reading.tokens[index].parts if index < len(reading.tokens) else ()
    if len(parts) != 2 or len(parts[0]) != 4 or len(parts[1]) not in (2, 4):
        return None, 0
    begun, whole = (int(part) for part in parts)
    if begun % 10 or not _ends(begun, whole):
        return None, 0
    return _ended(begun, whole), index + 1 - start + _year_word(reading, index + 1)


def _year_word(reading: Reading, index: int) -> int:
    return 1 if reading.word(index) in ("года", "год", "г", "году") else 0


def _year_first(reading: Reading, index: int, short_year: bool) -> tuple[int, date] | None:
    """Read "1990 года 3 марта", "в пятьдесят четвёртом, тридцатого января"."""
    number, word = reading.number(index), _year_word(reading, index + 1)
    short = number is not None and short_year and reading.tokens[index].ordinal and 31 < number < 100
    year = cal.full_year(number, pivot=_PIVOT) if number is not None and (number >= 1900 or word or short) else None
    if year is None:
        return None
    at = index + 1 + word
    while reading.word(at) in _BETWEEN:
        at += 1
    day, month = reading.number(at), month_of(reading.word(at + 1))
    found = cal.valid(year, month, day) if day and month else None
    return (at + 2 - index, found) if found else None
