"""«Перезвоните через час»: when somebody who has no time now is to be phoned again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.calls.openings import dates_of, times_of
from dialogs.slots.tokens import tokenize

_NUMBER = r"(?:(\d+|пар[уы]|полтора) )?"
_UNIT = r"(часик|час|полчас|минут)[а-я]*"
_SOON = re.compile(rf"\bчерез {_NUMBER}{_UNIT}|\b{_UNIT} через (\d+)")
"""«через час», «через 20 минут», «через пару часов», «минут через 10»."""
_AMOUNTS: Mapping[str, float] = {"": 1, "пару": 2, "пары": 2, "полтора": 1.5}
_MINUTES: Mapping[str, int] = {"часик": 60, "час": 60, "полчас": 30, "минут": 1}
_PARTS: Mapping[str, time] = {"утр": time(10), "днем": time(13), "обед": time(14), "вечер": time(18)}
_MORNING = time(10)
"""When only a day was named."""


def call_again(args: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the effect's result: `at` as ISO with its offset, "" for some time later, and whether that is possible.

    It is not when `before`, the visit in question, would have begun.
    """
    at = _asked_for(args, now)
    begins = _moment(args.get("before"), now)
    possible = at is None or begins is None or now < at < begins
    return {"at": at.isoformat(timespec="minutes") if at else "", "possible": possible}


def _asked_for(args: Mapping[str, Any], now: datetime) -> datetime | None:
    """The moment named in `words`, or by the slots `date` and `time`; None for «попозже»."""
    words = " ".join(str(token.value) if token.value is not None else token.text for token in tokenize(_said(args)))
    soon = _SOON.search(words)
    if soon is not None:
        number, unit = soon[1] or soon[4] or "", soon[2] or soon[3]
        amount = _AMOUNTS[number] if number in _AMOUNTS else int(number)
        return now + timedelta(minutes=amount * _MINUTES[unit])
    day = dates_of(str(args.get("date") or ""))[0]
    start, _, exact = times_of(str(args.get("time") or ""))
    hour = exact or start or next((at for word, at in _PARTS.items() if re.search(rf"\b{word}", words)), None)
    if hour is None:
        return _on(day, _MORNING, now) if day and day > now.date() else None
    at = _on(day or now.date(), hour, now)
    return at + timedelta(days=1) if day is None and at <= now else at


def _said(args: Mapping[str, Any]) -> str:
    return str(args.get("words") or "")


def _on(day: date, hour: time, now: datetime) -> datetime:
    return datetime.combine(day, hour, tzinfo=now.tzinfo)


def _moment(value: object, now: datetime) -> datetime | None:
    """A moment of the clinic's local time, as the script has it."""
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=now.tzinfo)
    except ValueError:
        return None
