"""Values of form fields as Pyrus writes them, and back.

Sources: the vendor's Python and C# clients (`choice_ids`, `YYYY-MM-DDTHH:MM:SSZ`, nested `fields`). UNVERIFIED:
`{"item_id": …}` as the value of a catalogue field (a third-party client), section fields nested under `value.fields`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

Field = dict[str, Any]


def text(field: int | None, value: str) -> list[Field]:
    """A text or phone field; nothing when there is no such field or nothing to say."""
    return [{"id": field, "value": value}] if field and value else []


def choice(field: int | None, number: int | None) -> list[Field]:
    """A field with one of its choices."""
    return [{"id": field, "value": {"choice_ids": [number]}}] if field and number else []


def item(field: int | None, number: int) -> list[Field]:
    """A catalogue field with one of its items."""
    return [{"id": field, "value": {"item_id": number}}] if field else []


def moment(field: int | None, at: datetime | None) -> list[Field]:
    """A date-and-time field, written in UTC."""
    return [{"id": field, "value": written(at)}] if field and at else []


def written(at: datetime) -> str:
    """An aware moment as Pyrus writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(value: object, zone: ZoneInfo) -> datetime | None:
    """A moment in UTC, or midnight of a bare date in the clinic's zone; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2026-11-23"):
            return datetime.combine(date.fromisoformat(value), time(), zone)
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def all_fields(fields: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The fields of a task, those within sections too."""
    for field in fields:
        yield field
        value = field.get("value")
        if isinstance(value, dict):
            yield from all_fields(value.get("fields") or ())


def value_of(task: Mapping[str, Any], field: int | None) -> object:
    """What a task has in a field, None when nothing."""
    if field is None:
        return None
    return next((one.get("value") for one in all_fields(task.get("fields") or ()) if one.get("id") == field), None)


def text_of(task: Mapping[str, Any], field: int | None) -> str:
    """A field as text, empty when it has none."""
    value = value_of(task, field)
    return value.strip() if isinstance(value, str) else ""


def choice_of(task: Mapping[str, Any], field: int | None) -> int | None:
    """The first choice of a field."""
    value = value_of(task, field)
    chosen = value.get("choice_ids") if isinstance(value, dict) else None
    return chosen[0] if isinstance(chosen, list) and chosen else None
