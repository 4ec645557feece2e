"""What a live call needs of the rest of the application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bot.domain.call import CallRecord, Turn
from bot.domain.events import LiveEvent
from speech.port import Voice


class Journal(Protocol):
    """The record of calls; every write is committed when the method returns."""

    async def start_call(self, record: CallRecord) -> None:
        """Open the record; a call that is already there (resumed) is left as it stands."""

    async def answered(self, call_id: str, at: datetime) -> None: ...

    async def add_turn(self, call_id: str, turn: Turn) -> None: ...

    async def end_call(self, call_id: str, *, at: datetime, outcome: Mapping[str, Any], recording: Path | None) -> None:
        """Close the record; the first outcome stands."""

    async def call(self, call_id: str) -> CallRecord | None:
        """One call with its turns."""

    async def turns_taken(self, call_id: str) -> int:
        """How many turns the record has, so that a resumed call numbers on."""


class EventSink(Protocol):
    """Where live events go; never blocks a call and never fails it."""

    async def publish(self, event: LiveEvent) -> None: ...


class Prompts(Protocol):
    """Text to sound, from the cache where it can."""

    def render(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """PCM16 8 kHz, first sentence first. Raises VoiceUnavailable when no voice speaks."""


class RecordedPrompts(Protocol):
    """Prompts that a person has recorded."""

    async def sound(self, name: str) -> bytes | None:
        """PCM16 8 kHz, as loud as the voice; None where there is no such recording."""
