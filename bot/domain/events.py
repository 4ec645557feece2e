"""What happens right now: the live events that a call publishes and the page shows as they arrive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.call import Speaker


class EventError(ValueError):
    """A text that is no live event: written by another version, or damaged."""


class DeskPart(StrEnum):
    """What of the desk's lists has to be read anew."""

    VISITS = "visits"
    REQUESTS = "requests"
    TASKS = "tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """A call is up. `direction` is inbound or outbound, `caller` the other party's number, masked."""

    call_id: str
    direction: str
    caller: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsHeard:
    """What the caller has said so far in this turn; each one replaces the one before, `final` is the last."""

    call_id: str
    text: str
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """A turn as it went to the journal, with its number there, so that hearing of it twice does no harm."""

    call_id: str
    number: int
    at: datetime
    speaker: Speaker
    text: str
    state: str
    intent: str | None = None
    confidence: float | None = None
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """A call is over; `outcome` has the keys of the journal's outcome."""

    call_id: str
    at: datetime
    outcome: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskChanged:
    """Visits, requests or tasks have changed: read that list anew."""

    what: DeskPart


LiveEvent = CallStarted | WordsHeard | TurnTaken | CallEnded | DeskChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """An event with its place in the stream: numbers only rise, so a listener can say what it has seen."""

    number: int
    event: LiveEvent


_BY_TYPE: dict[str, type[LiveEvent]] = {
    "call_started": CallStarted,
    "words_heard": WordsHeard,
    "turn_taken": TurnTaken,
    "call_ended": CallEnded,
    "desk_changed": DeskChanged,
}
_TYPE_OF = {cls: name for name, cls in _BY_TYPE.items()}


def to_dict(event: LiveEvent) -> dict[str, Any]:
    """Return the event as plain JSON values; `type` names it, times are ISO 8601 with offset."""
    values: dict[str, Any] = {"type": _TYPE_OF[type(event)]}
    for item in fields(event):
        value = getattr(event, item.name)
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, Mapping):
            value = dict(value)
        values[item.name] = value
    return values


def to_json(event: LiveEvent) -> str:
    """Return the event as one line of JSON."""
    return json.dumps(to_dict(event), ensure_ascii=False)


def from_json(text: str | bytes) -> LiveEvent:
    """Read back what `to_json` wrote; unknown keys are left out. Raises EventError."""
    try:
        values = json.loads(text)
        cls = _BY_TYPE[values["type"]]
        known = {item.name for item in fields(cls)}
        arguments = {name: _read(name, value) for name, value in values.items() if name in known}
        return cls(**arguments)
    except (KeyError, TypeError, ValueError) as error:
        raise EventError("not a live event") from error


def _read(name: str, value: Any) -> Any:
    if name == "at":
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("a live event needs an aware time")
        return at
    if name == "speaker":
        return Speaker(value)
    return DeskPart(value) if name == "what" else value
