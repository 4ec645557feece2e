"""Calls and persons of the simulated line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from telephony.audio import SILENCE
from telephony.causes import not_reached
from telephony.phone import plain_name
from telephony.port import (
    Direction,
    Dtmf,
    HangupCause,
    HungUp,
    LegEvent,
    LegGone,
    PersonLeg,
    PersonNotReached,
)
from telephony.recording import finish
from telephony.simulated.exchange import SimulatedExchange, SimulatedMedia, Wire
from telephony.simulated.handset import Handset, SimulatedRinging
from telephony.waiting import unless

T = TypeVar("T")

_STATE_LIMIT: Final = 2048


class SimulatedPerson:
    """The port PersonLeg."""

    def __init__(
        self, exchange: SimulatedExchange, endpoint: str, handset: Handset, leg_id: str, *, on_end: Callable[[], None]
    ) -> None:
        self.endpoint = endpoint
        self.handset = handset
        self.gone = asyncio.Event()
        self._leg_id = leg_id
        self._on_end = on_end
        self._exchange = exchange
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._media = SimulatedMedia(asyncio.get_running_loop().time)
        handset.on_key = self._keys.put_nowait
        handset.on_hangup = self.end
        exchange.pacer.add(self, self._tick)

    @property
    def leg_id(self) -> str:
        return self._leg_id

    async def play(self, pcm: bytes) -> None:
        self._media.send(pcm)
        try:
            await unless(self.gone, self._media.drained())
        finally:
            self._media.flush()

    async def key(self, timeout_s: float) -> str | None:
        try:
            return await asyncio.wait_for(unless(self.gone, self._keys.get()), timeout_s / self._exchange.speed)
        except TimeoutError:
            return None

    async def hangup(self) -> None:
        self.end()

    def end(self) -> None:
        self.leave_private()
        self.handset.end()
        self.gone.set()
        self._on_end()

    def leave_private(self) -> None:
        """From now on the call's wire moves this person's sound."""
        self._exchange.pacer.remove(self)

    def _tick(self, dropped: int) -> None:
        self.handset.microphone()
        self.handset.earpiece(self._media.outgoing.take() or SILENCE)


class SimulatedCall:
    """The port CallLeg over a wire of the simulated exchange."""

    def __init__(self, exchange: SimulatedExchange, wire: Wire, busy: set[str], *, resumed_state: str | None) -> None:
        self._exchange = exchange
        self._wire = wire
        self._busy = busy
        self._resumed_state = resumed_state
        self._media = SimulatedMedia(asyncio.get_running_loop().time)
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._persons: list[SimulatedPerson] = []
        self._rung = 0
        wire.handset.on_key = lambda digit: self._events.put_nowait(Dtmf(digit=digit))
        if wire.person:
            busy.add(wire.person_endpoint)
        self._ending = asyncio.create_task(self._follow())

    @property
    def call_id(self) -> str:
        return self._wire.call_id

    @property
    def direction(self) -> Direction:
        return self._wire.direction

    @property
    def caller(self) -> str:
        return self._wire.other

    @property
    def called(self) -> str:
        return self._wire.ours

    @property
    def media(self) -> SimulatedMedia:
        return self._media

    @property
    def resumed_state(self) -> str | None:
        return self._resumed_state

    @property
    def with_person(self) -> bool:
        return self._wire.person is not None

    async def answer(self) -> None:
        self._alive()
        if self._wire.person is None:
            self._wire.media = self._media
            self._wire.held = False
            self._wire.answer()

    async def events(self) -> AsyncIterator[LegEvent]:
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def save_state(self, state: str) -> None:
        if len(state.encode()) > _STATE_LIMIT:
            raise ValueError(f"state of a call is limited to {_STATE_LIMIT} bytes")
        self._alive()
        self._wire.state = state

    async def hold(self, on: bool) -> None:
        self._alive()
        if on:
            self._media.flush()
        self._wire.held = on

    async def ring(self, endpoint: str, *, timeout_s: float, caller_name: str) -> PersonLeg:
        self._alive()
        ringing = self._offer(endpoint, caller_name)
        self._busy.add(endpoint)
        try:
            decision = await self._unless_over(self._decision(ringing, timeout_s))
        except BaseException:
            self._busy.discard(endpoint)
            ringing.cancel()
            raise
        if isinstance(decision, int):
            self._busy.discard(endpoint)
            raise PersonNotReached(not_reached(0, str(decision), rang=True))
        self._rung += 1
        person = SimulatedPerson(
            self._exchange,
            endpoint,
            decision,
            f"{self.call_id}.{self._rung}",
            on_end=lambda: self._busy.discard(endpoint),
        )
        self._persons.append(person)
        return person

    async def join(self, person: PersonLeg) -> None:
        self._alive()
        if not isinstance(person, SimulatedPerson):
            raise TypeError("a person of another line cannot join this call")
        if person.gone.is_set():
            raise PersonNotReached(HangupCause.NORMAL, "Регистратор положил трубку")
        person.leave_private()
        self._wire.person, self._wire.person_endpoint = person.handset, person.endpoint
        self._wire.held, self._wire.media = False, None
        person.handset.on_hangup = self._wire.end

    async def hangup(self) -> None:
        self._wire.end()
        await asyncio.shield(self._ending)

    async def finish_recording(self) -> Path | None:
        return await finish(self._exchange.recordings, self.call_id)

    async def leave(self) -> None:
        """Stop attending to the call without ending it."""
        self._wire.media = None
        self._media.close()
        for person in self._persons:
            if person.handset is not self._wire.person:
                person.end()
        self._ending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._ending

    async def _follow(self) -> None:
        await self._wire.over.wait()
        self._media.close()
        for person in self._persons:
            person.end()
        self._busy.discard(self._wire.person_endpoint)
        self._events.put_nowait(HungUp(cause=self._wire.cause))

    def _offer(self, endpoint: str, caller_name: str) -> SimulatedRinging:
        phone = self._exchange.phones.get(endpoint)
        if phone is None:
            detail = f"Телефон регистратора «{endpoint}» не заведён"
            raise PersonNotReached(HangupCause.INVALID_NUMBER, detail)
        if not phone.reachable:
            raise PersonNotReached(HangupCause.UNREACHABLE, f"Телефон регистратора «{endpoint}» не подключён")
        shown = plain_name(caller_name)
        ringing = SimulatedRinging(self.caller, endpoint, self._exchange.handset(), caller_name=shown)
        phone.offer(ringing)
        return ringing

    async def _decision(self, ringing: SimulatedRinging, timeout_s: float) -> Handset | int:
        try:
            async with asyncio.timeout(timeout_s / self._exchange.speed):
                return await ringing.decided()
        except TimeoutError:
            raise PersonNotReached(HangupCause.NO_ANSWER) from None

    async def _unless_over(self, work: Coroutine[Any, Any, T]) -> T:
        return await unless(self._wire.over, work)

    def _alive(self) -> None:
        if self._wire.over.is_set():
            raise LegGone
