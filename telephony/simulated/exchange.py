"""The simulated exchange: calls live here, so they outlast a line that is closed and started anew."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path

from telephony.audio import FRAME_BYTES, SILENCE, Heard, Outgoing
from telephony.hold_music import melody
from telephony.pacer import Pacer
from telephony.port import Direction, HangupCause
from telephony.simulated.handset import Handset
from telephony.simulated.phone import SimulatedPhone


class SimulatedMedia:
    """The port MediaLeg, ticked by the call's wire."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.outgoing = Outgoing(now)
        self.incoming = Heard()
        self.frames = self.incoming.frames
        self.send = self.outgoing.send
        self.pending_ms = self.outgoing.pending_ms
        self.drained = self.outgoing.drained
        self.flush = self.outgoing.flush
        self.duck = self.outgoing.duck

    @property
    def first_sent_at(self) -> float | None:
        return self.outgoing.first_sent_at

    def close(self) -> None:
        self.outgoing.close()
        self.incoming.close()


class Wire:
    """One call as the exchange holds it: the caller's handset and whoever it is connected with."""

    def __init__(self, exchange: SimulatedExchange, call_id: str, direction: Direction, handset: Handset) -> None:
        self._exchange = exchange
        self.call_id = call_id
        self.direction = direction
        self.handset = handset
        self.other = ""
        self.ours = ""
        self.state: str | None = None
        self.answered = False
        self.held = False
        self.media: SimulatedMedia | None = None
        self.person: Handset | None = None
        self.person_endpoint = ""
        self.over = asyncio.Event()
        self.cause = HangupCause.NORMAL
        self._changed = asyncio.Event()
        self._music_at = 0
        self._recorded = (exchange.recordings / f"{call_id}.part.raw").open("wb")
        handset.on_hangup = self.end

    def answer(self) -> None:
        """Sound flows from now on."""
        if not self.answered:
            self.answered = True
            self._exchange.pacer.add(self, self._tick)
            self._changed.set()

    async def answered_or_over(self) -> None:
        await self._changed.wait()

    def end(self, cause: HangupCause = HangupCause.NORMAL) -> None:
        """Everything of this call ends; safe twice."""
        if self.over.is_set():
            return
        self.cause = cause
        self.over.set()
        self._changed.set()
        self._exchange.pacer.remove(self)
        self._exchange.wires.pop(self.call_id, None)
        self.handset.end()
        if self.person:
            self.person.end()
        if self.media:
            self.media.close()
        self._recorded.close()
        folder = self._exchange.recordings
        (folder / f"{self.call_id}.part.raw").rename(folder / f"{self.call_id}.raw")

    def _tick(self, dropped: int) -> None:
        said = self.handset.microphone()
        heard = self._for_caller(said)
        self.handset.earpiece(heard)
        self._record(said, heard)

    def _for_caller(self, said: bytes) -> bytes:
        bot = self.media.outgoing.take() if self.media else None
        if self.person:
            self.person.earpiece(said)
            return self.person.microphone()
        if self.held:
            return self._music()
        if self.media:
            self.media.incoming.push(said)
        return bot or SILENCE

    def _music(self) -> bytes:
        music = self._exchange.music
        frame = music[self._music_at : self._music_at + FRAME_BYTES]
        self._music_at = (self._music_at + FRAME_BYTES) % (len(music) // FRAME_BYTES * FRAME_BYTES)
        return frame

    def _record(self, left: bytes, right: bytes) -> None:
        stereo = bytearray(FRAME_BYTES * 2)
        stereo[0::4], stereo[1::4] = left[0::2], left[1::2]
        stereo[2::4], stereo[3::4] = right[0::2], right[1::2]
        self._recorded.write(stereo)


class SimulatedExchange:
    """Phones and calls. `recordings` is a folder; `speed` above 1 makes time run faster for all calls."""

    def __init__(self, recordings: Path, *, speed: float = 1.0) -> None:
        self.recordings = recordings
        self.speed = speed
        self.pacer = Pacer(speed=speed)
        self.music = melody()
        self.phones: dict[str, SimulatedPhone] = {}
        self.wires: dict[str, Wire] = {}
        self.on_call: Callable[[Wire], None] | None = None

    def phone(self, number: str) -> SimulatedPhone:
        """The phone of that number or registrar's endpoint, installed if it is not there yet."""
        return self.phones.setdefault(number, SimulatedPhone(self, number))

    def handset(self) -> Handset:
        return Handset(asyncio.get_running_loop().time)

    def connect(self, call_id: str, direction: Direction, handset: Handset, *, other: str, ours: str) -> Wire:
        """A new call between the clinic and `other`."""
        wire = Wire(self, call_id, direction, handset)
        wire.other, wire.ours = other, ours
        self.wires[call_id] = wire
        return wire

    def call_in(self, caller: str, called: str) -> Wire:
        """Somebody phones the clinic; without a line nobody answers and the call is refused."""
        wire = self.connect(str(uuid.uuid4()), Direction.INBOUND, self.handset(), other=caller, ours=called)
        if self.on_call:
            self.on_call(wire)
        else:
            wire.end(HangupCause.CONGESTION)
        return wire
