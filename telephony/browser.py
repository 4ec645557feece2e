"""A line whose caller speaks through a page: the microphone of whoever tests a script.

The page sends `{"type": "start", "rate": 48000}`, then PCM16 mono sound as bytes, `{"type": "dtmf", "digit": "5"}`
and `{"type": "hangup"}`. It gets `call` (with `call_id`), `answered`, `flush`, `hold` (with `on`) and `ended` as JSON,
and PCM16 8 kHz mono as bytes.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from telephony.browser_media import BrowserMedia, PageSocket
from telephony.pacer import Pacer
from telephony.port import (
    CallFailed,
    CallLeg,
    Direction,
    Dtmf,
    HangupCause,
    HungUp,
    LegEvent,
    LegGone,
    LineHealth,
    MediaLost,
    PersonLeg,
    PersonNotReached,
)
from telephony.recording import finish

log = logging.getLogger(__name__)

KEYS = frozenset("0123456789*#")
LAST_WORDS_S = 2.0


class Registrars(Protocol):
    """People who can be rung for a page's caller."""

    async def ring(self, endpoint: str, *, timeout_s: float, caller_name: str) -> PersonLeg:
        """Return when answered. Raises PersonNotReached."""

    async def join(self, leg: CallLeg, person: PersonLeg) -> None:
        """Let both talk; returns at once."""


class BrowserLeg:
    """One page's call."""

    def __init__(
        self,
        call_id: str,
        *,
        caller: str,
        called: str,
        pacer: Pacer,
        recordings: Path,
        registrars: Registrars | None,
    ) -> None:
        self._call_id = call_id
        self._caller = caller
        self._called = called
        self._registrars = registrars
        self._recordings = recordings
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._media = BrowserMedia(pacer, recordings / f"{call_id}.raw", on_lost=self._lost)
        self._up = True
        self._answered = False

    @property
    def call_id(self) -> str:
        return self._call_id

    @property
    def direction(self) -> Direction:
        return Direction.INBOUND

    @property
    def caller(self) -> str:
        return self._caller

    @property
    def called(self) -> str:
        return self._called

    @property
    def media(self) -> BrowserMedia:
        return self._media

    @property
    def resumed_state(self) -> str | None:
        return None  # a page's call does not outlive the service

    @property
    def with_person(self) -> bool:
        return False

    async def answer(self) -> None:
        self._check_up()
        if not self._answered:
            self._answered = True
            self._media.open()
            self._media.tell(type="answered")

    async def events(self) -> AsyncIterator[LegEvent]:
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def save_state(self, state: str) -> None:
        self._check_up()

    async def hold(self, on: bool) -> None:
        self._check_up()
        self._media.hold(on)

    async def ring(self, endpoint: str, *, timeout_s: float, caller_name: str) -> PersonLeg:
        self._check_up()
        if self._registrars is None:
            raise PersonNotReached(HangupCause.UNREACHABLE, "a page's call has no registrars")
        return await self._registrars.ring(endpoint, timeout_s=timeout_s, caller_name=caller_name)

    async def join(self, person: PersonLeg) -> None:
        self._check_up()
        if self._registrars is None:
            raise PersonNotReached(HangupCause.UNREACHABLE, "a page's call has no registrars")
        await self._registrars.join(self, person)

    async def hangup(self) -> None:
        self.end()

    async def finish_recording(self) -> Path | None:
        return await finish(self._recordings, self._call_id)

    # ------------------------------------------------------- the line's side

    def end(self) -> None:
        """End the call; safe twice."""
        if self._up:
            self._up = False
            self._media.close()
            self._events.put_nowait(HungUp(cause=HangupCause.NORMAL))

    def take(self, piece: bytes | str) -> bool:
        """Take what the page sent; False when it hangs up."""
        if isinstance(piece, bytes):
            self._media.hear(piece)
            return True
        return self._command(piece)

    def _command(self, text: str) -> bool:
        try:
            command = json.loads(text)
            kind = command["type"]
            if kind == "start":
                self._media.set_rate(int(command["rate"]))
            elif kind == "dtmf" and command["digit"] in KEYS:
                self._events.put_nowait(Dtmf(digit=command["digit"]))
            return bool(kind != "hangup")
        except (KeyError, TypeError, ValueError):
            log.warning("a page sent a command that is not understood", extra={"call_id": self._call_id})
            return True

    def _check_up(self) -> None:
        if not self._up:
            raise LegGone(self._call_id)

    def _lost(self) -> None:
        self._events.put_nowait(MediaLost())


class BrowserLine:
    """A Line for pages; `serve` is its door, called by the page's WebSocket handler."""

    def __init__(
        self,
        *,
        pacer: Pacer,
        recordings: Path,
        new_id: Callable[[], str],
        called: str = "page",
        registrars: Registrars | None = None,
    ) -> None:
        self._pacer = pacer
        self._recordings = recordings
        self._new_id = new_id
        self._called = called
        self._registrars = registrars
        self._waiting: asyncio.Queue[BrowserLeg] = asyncio.Queue()
        self._legs: set[BrowserLeg] = set()

    async def start(self) -> None:
        """Pages come by themselves: nothing to connect to."""

    async def incoming(self) -> AsyncIterator[CallLeg]:
        while True:
            yield await self._waiting.get()

    async def serve(self, socket: PageSocket, *, caller: str) -> None:
        """Take a page's socket as a call; returns when the call or the socket has ended."""
        leg = BrowserLeg(
            self._new_id(),
            caller=caller,
            called=self._called,
            pacer=self._pacer,
            recordings=self._recordings,
            registrars=self._registrars,
        )
        self._legs.add(leg)
        leg.media.tell(type="call", call_id=leg.call_id)
        reader = asyncio.create_task(_read(socket, leg))
        writer = asyncio.create_task(leg.media.pass_on(socket))
        self._waiting.put_nowait(leg)
        try:
            await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leg.end()
            self._legs.discard(leg)
            await asyncio.wait((writer,), timeout=LAST_WORDS_S)
            reader.cancel()
            writer.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)

    async def originate(
        self, number: str, *, call_id: str, timeout_s: float, caller_id: str, variables: Mapping[str, str] | None = None
    ) -> CallLeg:
        """Pages cannot be phoned: raises CallFailed."""
        raise CallFailed(HangupCause.UNREACHABLE, rang=False, tech_cause="pages cannot be phoned")

    async def health(self) -> LineHealth:
        return LineHealth(name="browser", version="1", channels=len(self._legs), bridges=0)

    def busy_endpoints(self) -> Sequence[str]:
        return ()

    async def close(self) -> None:
        for leg in tuple(self._legs):
            leg.end()


async def _read(socket: PageSocket, leg: BrowserLeg) -> None:
    async for piece in socket:
        if not leg.take(piece):
            return
