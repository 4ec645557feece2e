"""Where the next page of a list begins, as a text that means nothing to who carries it."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import date, datetime
from typing import Any

from bot.web.problems import Problem
from crm_bridge.paging import Key

_BIGGEST = 2**62


def to_cursor(key: Key | None) -> str | None:
    """The key as text; None stays None."""
    if key is None:
        return None
    values = [one.isoformat() if isinstance(one, date) else one for one in key]
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def from_cursor(text: str | None, order: str) -> Key | None:
    """The key of these types (t moment, d day, s text, i number). Raises Problem 404 for anything else."""
    if text is None:
        return None
    try:
        values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(order):
            raise ValueError("another list's cursor")
        return tuple(_read(kind, value) for kind, value in zip(order, values, strict=True))
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise Problem(404, "Страница не найдена", "Такого cursor нет: начните список сначала.") from None


def _read(kind: str, value: Any) -> datetime | date | str | int:
    if kind == "t":
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment needs an offset")
        return moment
    if kind == "d":
        return date.fromisoformat(value)
    if kind == "i" and isinstance(value, int) and abs(value) < _BIGGEST:
        return value
    if kind == "s" and isinstance(value, str) and "\x00" not in value:
        return value
    raise ValueError("not of this type")
