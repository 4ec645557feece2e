"""The outcome of a call, from what the script recorded on the way (nlu.md «The outcome line»)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dialogs.engine.state import DialogState
from dialogs.outcomes import ANSWERED, COMMITTED, FIRST, LAST

_SUBJECT = ("specialty", "doctor", "service", "at", "appointment")
"""What a commitment is about: nothing told before or after it may stand in its place."""
_PERSON = ("patient", "birth_date")


def add_record(record: dict[str, Any], happened: list[str], entry: Mapping[str, Any]) -> None:
    """Write one entry of a step: the outcome's name, lists grown (`topic`, `info`, bookings), the rest replaced."""
    entry = {key: value for key, value in entry.items() if value not in (None, "", [])}
    name = entry.pop("outcome", None)
    if name in COMMITTED:
        for key in _SUBJECT:
            record.pop(key, None)
    elif name not in FIRST and any(done in COMMITTED for done in happened):
        entry = {key: value for key, value in entry.items() if key not in (*_SUBJECT, *_PERSON)}
    if name:
        happened.append(str(name))
    for key, target in (("topic", "topics"), ("info", "info")):
        if key in entry:
            grown = [*record.get(target, ()), entry.pop(key)]
            record[target] = list(dict.fromkeys(grown))
    record.update(entry)
    if name == "booked":
        record["bookings"] = [*record.get("bookings", ()), _booking(record)]


def _booking(record: Mapping[str, Any]) -> dict[str, Any]:
    wanted = ("patient", "birth_date", "specialty", "doctor", "service", "at", "appointment", "status")
    return {key: record[key] for key in wanted if key in record}


def outcome_of(state: DialogState | None) -> dict[str, Any]:
    """Return the outcome at this moment; a call that did nothing was ended by the caller."""
    if state is None:
        return {"outcome": "ended_by_caller", "happened": ["ended_by_caller"]}
    happened = list(state.happened) or ["ended_by_caller"]
    record = dict(state.record)
    final = _final(happened)
    if len(record.get("bookings", ())) < 2:
        record.pop("bookings", None)
    topics = record.pop("topics", [])
    if topics:
        record["info"] = list(dict.fromkeys([*record.get("info", ()), *topics]))
        record |= {"topic": topics[0]} if len(topics) == 1 else {"topic": topics[0], "topics": topics}
    return {"outcome": final, **record, "happened": happened}


def _final(happened: Sequence[str]) -> str:
    for name in FIRST:
        if name in happened:
            return name
    committed = [name for name in happened if name in COMMITTED]
    if committed:
        return committed[-1]
    for group in (ANSWERED, LAST):
        found = [name for name in happened if name in group]
        if found:
            return found[-1]
    return "ended_by_caller"
