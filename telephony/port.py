"""Ports of the line: what a call needs, and nothing about how Asterisk does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class LineError(Exception):
    """Root of the errors of telephony."""

    retryable = False


class LineDown(LineError):
    """The telephone exchange does not answer."""

    retryable = True


class LegGone(LineError):
    """The other side has hung up: an ordinary end, not a fault."""


class Direction(StrEnum):
    """Who phoned whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class HangupCause(StrEnum):
    """Why a leg ended, or never came up. Classified by `tech_cause` first, then by cause (asterisk.md 4)."""

    NORMAL = "normal"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    INVALID_NUMBER = "invalid_number"
    UNREACHABLE = "unreachable"
    CONGESTION = "congestion"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dtmf:
    """The caller pressed one key."""

    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp:
    """The leg has ended; the last event of a leg, delivered exactly once."""

    cause: HangupCause
    tech_cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLost:
    """No audio from the caller for a second while the leg is up; the line re-creates its media by itself."""


LegEvent = Dtmf | HungUp | MediaLost


class MediaLeg(Protocol):
    """Two-way audio in 20 ms PCM16 8 kHz frames; one ticker per process paces what is sent."""

    def frames(self) -> AsyncIterator[bytes]:
        """What the caller says, in order; bounded, oldest dropped when the reader sleeps. Ends with the leg."""

    def send(self, pcm: bytes) -> None:
        """Queue audio (whole samples, any length); silence is sent when the queue is empty."""

    def pending_ms(self) -> int:
        """How much is queued and not yet sent."""

    async def drained(self) -> None:
        """Return when all that was queued has been sent, or flushed."""

    def flush(self) -> int:
        """Drop what is queued; nothing more is heard from the next frame on. Returns the dropped milliseconds."""

    def duck(self, gain: float) -> None:
        """Scale what is sent from the next frame on: 1.0 is full, 0.0 is mute."""

    @property
    def first_sent_at(self) -> float | None:
        """Monotonic time at which the first packet of the audio queued last after an empty queue went out."""


class PersonLeg(Protocol):
    """The leg of a registrar who is being rung or has answered; not yet heard by the caller."""

    @property
    def leg_id(self) -> str: ...

    async def play(self, pcm: bytes) -> None:
        """Play PCM16 8 kHz to this leg only and return when it has been heard; LegGone if they hang up."""

    async def key(self, timeout_s: float) -> str | None:
        """The next key pressed, None at the time limit; LegGone if they hang up. Keys pressed during `play` count."""

    async def hangup(self) -> None: ...


class CallLeg(Protocol):
    """One call at the line: the caller's (or the called patient's) leg, its media and its bridge."""

    @property
    def call_id(self) -> str:
        """Ours, a UUID text; survives a restart of the service."""

    @property
    def direction(self) -> Direction: ...

    @property
    def caller(self) -> str:
        """The other party's number as the network gave it; empty when withheld."""

    @property
    def called(self) -> str: ...

    @property
    def media(self) -> MediaLeg: ...

    @property
    def resumed_state(self) -> str | None:
        """The JSON that `save_state` wrote last, when this leg was re-adopted after a restart; None for a new call."""

    @property
    def with_person(self) -> bool:
        """Whether caller and registrar talk: after `join`, and when a leg is re-adopted in the middle of such a talk.

        Nothing is to be done then but to wait for HungUp; `answer` has no effect.
        """

    async def answer(self) -> None:
        """Answer and attach media; returns when audio flows both ways. Again after a re-adoption."""

    def events(self) -> AsyncIterator[LegEvent]:
        """Keys and the end, in order; ends after HungUp."""

    async def save_state(self, state: str) -> None:
        """Keep up to 2 kB of JSON with the call itself, for resumption."""

    async def hold(self, on: bool) -> None:
        """Hold music for the caller; the bot's media is detached while it is on."""

    async def ring(self, endpoint: str, *, timeout_s: float, caller_name: str) -> PersonLeg:
        """Ring a person; returns when answered. Raises PersonNotReached, LegGone if the caller hangs up."""

    async def join(self, person: PersonLeg) -> None:
        """Let caller and person talk; the bot is out. Returns at once; HungUp comes when either side ends.

        PersonNotReached if the person has just hung up (the caller stays on hold), LegGone if the caller has.
        """

    async def hangup(self) -> None:
        """End everything of this call: legs, bridge, media. Safe at any time and twice."""

    async def finish_recording(self) -> Path | None:
        """The WAV of the two-channel recording (left the caller, right what the caller heard); call it after HungUp.

        None if nothing was recorded.
        """


class PersonNotReached(LineError):
    """A registrar's phone was busy, did not answer or does not exist."""

    def __init__(self, cause: HangupCause, detail: str = "") -> None:
        super().__init__(detail or cause.value)
        self.cause = cause


class CallFailed(LineError):
    """An outbound call that nobody answered; `rang` tells a silent patient from a dead trunk."""

    def __init__(self, cause: HangupCause, *, rang: bool, tech_cause: str | None = None) -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.rang = rang
        self.tech_cause = tech_cause


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHealth:
    """What the exchange says of itself."""

    name: str
    version: str
    channels: int
    bridges: int
    details: Mapping[str, str] = field(default_factory=dict)


class Line(Protocol):
    """The exchange."""

    async def start(self) -> None:
        """Connect and keep connected; on each connect, re-adopt live callers and sweep orphans."""

    def incoming(self) -> AsyncIterator[CallLeg]:
        """New callers, and live callers re-adopted after a restart (`resumed_state` is then set)."""

    async def originate(
        self, number: str, *, call_id: str, timeout_s: float, caller_id: str, variables: Mapping[str, str] = ...
    ) -> CallLeg:
        """Phone somebody; returns when answered, with media attached. Raises CallFailed or LineDown.

        CallFailed with the cause NORMAL: answered, but put down before anything could be said.
        """

    async def health(self) -> LineHealth: ...

    def busy_endpoints(self) -> Sequence[str]:
        """Registrars' endpoints that are being rung or are talking through us now."""

    async def close(self) -> None:
        """Disconnect; live calls stay at the exchange and are re-adopted by the next start."""
