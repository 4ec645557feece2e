"""Sound of one call: RTP in A-law between us and Asterisk's external media channel."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from speech.pcm import alaw_decode, alaw_encode
from telephony.audio import FRAME_SAMPLES, SILENCE, Heard, Outgoing
from telephony.inbox import Inbox
from telephony.pacer import TICK_S, Pacer
from telephony.rtp import PCMA, build_rtp, parse_rtp, sequence_gap

_ALAW_SILENCE: Final = alaw_encode(SILENCE)
_PACKET_LIMIT: Final = 2048
_STALLED_S: Final = 0.12
"""After six missing packets the reader gets silence instead, or nobody would notice that time goes on; fewer may be
late only."""
_LOST_S: Final = 1.0
_LOST_LIMIT_S: Final = 30.0
_RESTART_GAP: Final = 50
_GAP_S: Final = 0.04


@dataclass(slots=True, kw_only=True)
class MediaStats:
    """What came in and went out, in packets, and the pauses between two that came in."""

    received: int = 0
    missing: int = 0
    sent: int = 0
    gaps_over_40ms: int = 0


class RtpMedia:
    """One UDP socket; what is sent is paced by the process's one clock, timestamps never stop.

    `local` is the address for Asterisk to send to. `on_lost` is called when nothing has come in for a second, then
    after two, four … while the silence lasts.
    """

    def __init__(self, pacer: Pacer, inbox: Inbox, address: str, *, on_lost: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._pacer = pacer
        self._inbox = inbox
        self._on_lost = on_lost
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((address, 0))
        self.local = f"{address}:{self._socket.getsockname()[1]}"
        self._attached = False
        self._outgoing = Outgoing(self._loop.time)
        self._heard = Heard()
        self._sequence = _sequence_now()
        self._timestamp = secrets.randbelow(0x80000000)
        self._ssrc = secrets.randbits(32)
        self._last_sequence: int | None = None
        self._last_in = 0.0
        self._filled = 0
        self._lost_after = _LOST_S
        self._listening = False
        self._first_in = asyncio.Event()
        self.stats = MediaStats()

    # ------------------------------------------------ the port MediaLeg

    def frames(self) -> AsyncIterator[bytes]:
        return self._heard.frames()

    def send(self, pcm: bytes) -> None:
        self._outgoing.send(pcm)

    def pending_ms(self) -> int:
        return self._outgoing.pending_ms()

    async def drained(self) -> None:
        await self._outgoing.drained()

    def flush(self) -> int:
        return self._outgoing.flush()

    def duck(self, gain: float) -> None:
        self._outgoing.duck(gain)

    @property
    def first_sent_at(self) -> float | None:
        return self._outgoing.first_sent_at

    # ------------------------------------------------- for the call's leg

    def attach(self, remote: tuple[str, int]) -> None:
        """Exchange sound with this address of Asterisk's from now on, and with no other; not once it is closed."""
        if self._socket.fileno() < 0:
            return
        self._socket.connect(remote)  # the kernel drops what others send
        if not self._attached:
            self._inbox.add(self._socket.fileno(), self._readable)
            self._pacer.add(self, self._tick)
        self._attached = True
        self._last_sequence = None
        self.listen(True)

    def listen(self, on: bool) -> None:
        """Off while the caller hears hold music: nothing comes in then, and that is right."""
        self._listening = on
        self._last_in = self._loop.time()
        if on:
            self._first_in.clear()

    async def flowing(self, timeout_s: float) -> bool:
        """Wait for the first packet; False if none comes, as from a phone that is silent by itself."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._first_in.wait(), timeout_s)
        return self._first_in.is_set()

    def detach(self) -> None:
        """Exchange sound with nobody."""
        self.listen(False)
        if self._attached:
            self._attached = False
            self._pacer.remove(self)
            self._inbox.remove(self._socket.fileno())

    def close(self) -> None:
        """End both directions; safe twice."""
        if self._socket.fileno() < 0:
            return
        self.detach()
        self._socket.close()
        self._outgoing.close()
        self._heard.close()

    # ------------------------------------------------------------- inside

    def _tick(self, dropped: int) -> None:
        self._timestamp += FRAME_SAMPLES * (dropped + 1)
        self._sequence += 1
        frame = self._outgoing.take()
        payload = alaw_encode(frame) if frame else _ALAW_SILENCE
        self._transmit(build_rtp(PCMA, self._sequence, self._timestamp, self._ssrc, payload, marker=dropped > 0))
        if self._listening:
            silent_s = self._loop.time() - self._last_in
            if silent_s > _STALLED_S:
                self._mind_silence(silent_s)

    def _transmit(self, packet: bytes) -> None:
        try:
            self._socket.send(packet)
        except OSError:  # a full buffer or a port that has just closed: RTP has no second try
            return
        self.stats.sent += 1

    def _mind_silence(self, silent_s: float) -> None:
        self._filled += 1
        self._heard.push(SILENCE)
        if silent_s > self._lost_after:
            self._lost_after = min(self._lost_after * 2, _LOST_LIMIT_S)
            self._on_lost()

    def _readable(self) -> None:
        """One packet; the inbox calls again at once while there are more."""
        try:
            data = self._socket.recv(_PACKET_LIMIT)
        except OSError:
            return
        packet = parse_rtp(data)
        if packet and packet.payload_type == PCMA and self._listening:
            self._accept(packet.sequence, packet.payload)

    def _accept(self, sequence: int, payload: bytes) -> None:
        stats, previous = self.stats, self._last_sequence
        stats.received += 1
        step = 1 if previous is None else sequence_gap(previous, sequence)
        if step != 1 and not self._mend(step):
            return
        self._last_sequence = sequence
        self._filled = 0
        now = self._loop.time()
        if self._first_in.is_set():
            stats.gaps_over_40ms += now - self._last_in > _GAP_S
        else:
            self._first_in.set()
            self._pacer.align(self)
        self._last_in = now
        self._lost_after = _LOST_S
        self._heard.push(alaw_decode(payload))

    def _mend(self, step: int) -> bool:
        """Fill short holes with silence so that time stays right; False for a packet that comes too late."""
        if -_RESTART_GAP < step <= 0:
            return False
        if 1 < step < _RESTART_GAP:
            self.stats.missing += step - 1
            for _ in range(step - 1 - self._filled):
                self._heard.push(SILENCE)
        return True


def _sequence_now() -> int:
    """A first sequence number that a later source of the same call always exceeds, even one of another process.

    Asterisk's recorder takes a smaller number for a late packet and stays silent: after a restart of the service
    half of the recordings would lack what the bot says.
    """
    return int(time.time() / TICK_S) & 0xFFFF
