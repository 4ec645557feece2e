"""In-memory twins of what a call writes to: for tests, benches and rehearsals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.domain.call import CallRecord, Turn
from bot.domain.events import LiveEvent


class MemoryJournal:
    """The port Journal as a dictionary."""

    def __init__(self) -> None:
        self.calls: dict[str, CallRecord] = {}

    async def start_call(self, record: CallRecord) -> None:
        self.calls.setdefault(record.id, record)

    async def answered(self, call_id: str, at: datetime) -> None:
        self.calls[call_id] = replace(self.calls[call_id], answered_at=at)

    async def add_turn(self, call_id: str, turn: Turn) -> None:
        call = self.calls[call_id]
        self.calls[call_id] = replace(call, turns=(*call.turns, turn))

    async def end_call(self, call_id: str, *, at: datetime, outcome: Mapping[str, Any], recording: Path | None) -> None:
        call = self.calls[call_id]
        if call.outcome is None:
            kept = str(recording) if recording else None
            self.calls[call_id] = replace(call, ended_at=at, outcome=dict(outcome), recording=kept)

    async def call(self, call_id: str) -> CallRecord | None:
        return self.calls.get(call_id)

    async def turns_taken(self, call_id: str) -> int:
        return max((turn.number for turn in self.calls[call_id].turns), default=0)


class MemoryEvents:
    """The port EventSink as a list."""

    def __init__(self) -> None:
        self.events: list[LiveEvent] = []

    async def publish(self, event: LiveEvent) -> None:
        self.events.append(event)
