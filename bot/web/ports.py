"""What the page needs of the rest of the application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from bot.domain.call import CallRecord
from bot.domain.clinic import ClinicRequest, Visit
from bot.domain.events import Numbered
from bot.domain.task import CallTask


class EventsLost(Exception):
    """History no longer reaches back to the asked number: read the lists anew and listen from now on."""


class EventFeed(Protocol):
    """Live events of every process, numbered, with some minutes of history."""

    async def latest(self) -> int:
        """The number of the newest event; 0 when there was none."""

    def subscribe(self, after: int | None) -> AsyncIterator[Numbered]:
        """Events numbered above `after` as they come, or from now on when None. The iteration may raise EventsLost."""


class JournalView(Protocol):
    """The record of calls, read only."""

    async def live(self) -> Sequence[CallRecord]:
        """Calls that have not ended, with their turns, oldest first."""

    async def past(self, *, before: datetime | None, limit: int) -> Sequence[CallRecord]:
        """Ended calls begun before a moment, newest first; turns may be left out."""

    async def call(self, call_id: str) -> CallRecord | None:
        """One call with its turns."""


class DeskView(Protocol):
    """What people at the clinic have to do, and that they have done it."""

    async def visits_on(self, day: date) -> Sequence[Visit]:
        """All visits of a day, cancelled ones too, by time."""

    async def open_requests(self) -> Sequence[ClinicRequest]:
        """New and in work, oldest first."""

    async def open_tasks(self) -> Sequence[CallTask]:
        """Calls to be made, by due time."""

    async def finish_request(self, request_id: str) -> None:
        """Whoever is at the page has done it. Raises NotFound, IllegalStep where it is over, CrmUnavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """The bot's answer in a typed conversation. `timings` in milliseconds by stage: nlu, dialog, crm, total."""

    bot: tuple[str, ...]
    state: str
    intent: str | None = None
    confidence: float | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    action: str | None = None
    timings: Mapping[str, float] = field(default_factory=dict)
    outcome: Mapping[str, Any] | None = None


class Chat(Protocol):
    """One typed conversation: the engine, scripts and clinic's system of a real call, without sound."""

    async def start(self) -> ChatReply: ...

    async def say(self, text: str) -> ChatReply: ...

    async def keys(self, digits: str) -> ChatReply: ...

    async def silence(self) -> ChatReply: ...

    async def hangup(self) -> ChatReply:
        """End it as a patient who puts the phone down; safe twice. The reply carries the outcome."""


class ChatFactory(Protocol):
    """Begins typed conversations."""

    async def open(self, *, caller: str | None) -> Chat:
        """`caller` is the pretended number, `+7XXXXXXXXXX`, or None when withheld."""


class VoiceSocket(Protocol):
    """A page that sends microphone sound (bytes) and commands (JSON text), and takes the same."""

    def __aiter__(self) -> AsyncIterator[bytes | str]: ...

    async def send_bytes(self, data: bytes) -> None: ...

    async def send_str(self, data: str) -> None: ...


class VoiceGate(Protocol):
    """Takes a page's microphone as a call."""

    async def serve(self, socket: VoiceSocket, *, caller: str) -> None:
        """Return when the call or the socket has ended."""


class Recordings(Protocol):
    """Where the two-channel recordings lie."""

    def path(self, recording: str) -> Path | None:
        """The WAV of a journal's `recording`; None when it is gone or lies outside the recordings."""


class Access(StrEnum):
    """What of a call somebody has read."""

    TRANSCRIPT = "transcript"
    RECORDING = "recording"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who read what of which call, and when. `who` is the peer's address until people sign in."""

    at: datetime
    access: Access
    call_id: str
    who: str


class Audit(Protocol):
    """Remembers every reading of a recording, a transcript or a full number."""

    async def record(self, entry: AuditEntry) -> None:
        """Keep the entry; if it cannot be kept, raise, and nothing is shown."""


class Condition(StrEnum):
    """How a part of the service is."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHealth:
    """One part: name is line, database, redis, recogniser, voice, understanding or foreign.

    `detail` is Russian and says what to do.
    """

    name: str
    condition: Condition
    detail: str = ""


class HealthCheck(Protocol):
    """Asks every part how it is."""

    async def check(self) -> Sequence[PartHealth]:
        """Never raises and returns within two seconds."""
