"""What pressed keys mean: a choice, or the digits of a date, a time, a phone or a certificate."""

from __future__ import annotations

from datetime import date, time

from dialogs.script.model import KeyInput


def read_keys(digits: str, kind: KeyInput, *, today: date) -> str | None:
    """Return the slot value that the keys spell, or None when they spell nothing.

    birth_date ДДММГГГГ; date ДДММ (the next such day); time ЧЧММ or ЧЧ; phone 10 or 11 digits; certificate 12 digits.
    """
    if not digits.isdigit():
        return None
    match kind:
        case "birth_date":
            return _birth(digits, today)
        case "date":
            return _day(digits, today)
        case "time":
            return _time(digits)
        case "phone":
            return _phone(digits)
        case "sick_leave_number":
            return digits if len(digits) == 12 else None
    return None


def _birth(digits: str, today: date) -> str | None:
    if len(digits) != 8:
        return None
    born = _date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    return born.isoformat() if born and date(1900, 1, 1) <= born <= today else None


def _day(digits: str, today: date) -> str | None:
    if len(digits) != 4:
        return None
    for year in (today.year, today.year + 1):
        found = _date(year, int(digits[2:]), int(digits[:2]))
        if found and found >= today:
            return found.isoformat()
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(digits: str) -> str | None:
    hour, minute = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    try:
        return time(hour, minute).strftime("%H:%M")
    except ValueError:
        return None


def _phone(digits: str) -> str | None:
    if len(digits) == 11 and digits[0] in "78":
        digits = digits[1:]
    return f"+7{digits}" if len(digits) == 10 else None
