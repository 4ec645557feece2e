"""`registratura nlu parse --jsonl`: one utterance a line in, one interpretation a line out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dialogs.port import Directory, Interpretation, NluContext, State, Understands


class LineError(ValueError):
    """A line of input is not what was agreed; the message gives its number and what is wrong."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str | int
    text: str
    state: str = State.OPEN


def read_line(number: int, line: str) -> _Line:
    """Read one line of input; LineError names the line and the field."""
    try:
        return _Line.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "строка"
        raise LineError(f"Строка {number}: {place}: {first['msg']}") from None


async def parse_line(
    understander: Understands, line: _Line, now: datetime, directory: Directory | None = None
) -> dict[str, Any]:
    """Understand one line and return the record that acceptance scores."""
    context = NluContext(state=line.state, now=now, directory=directory or Directory())
    return record(line.id, await understander.interpret(line.text, context))


def record(line_id: str | int, found: Interpretation) -> dict[str, Any]:
    """Return `{"id","intent","confidence","intents","slots","ms"}`, with `ask_red_flags` only where it is true."""
    result: dict[str, Any] = {
        "id": line_id,
        "intent": found.intent,
        "confidence": round(found.confidence, 4),
        "intents": list(found.intents),
        "slots": dict(found.slots),
        "ms": round(found.ms, 2),
    }
    return result | ({"ask_red_flags": True} if found.ask_red_flags else {})


async def parse_lines(
    understander: Understands, lines: Iterable[str], now: datetime, directory: Directory | None = None
) -> list[str]:
    """Understand all lines in order; blank lines are skipped; returns JSON lines."""
    return [
        json.dumps(await parse_line(understander, line, now, directory), ensure_ascii=False) for line in _read(lines)
    ]


def _read(lines: Iterable[str]) -> Iterator[_Line]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield read_line(number, line)
