"""Microphone and earpiece of a softphone: RTP in A-law, recorded on the RTP clock, timed packet by packet."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import struct
from collections import deque
from dataclasses import dataclass
from typing import Final

from speech.pcm import alaw_decode, alaw_encode
from telephony.audio import FRAME_SAMPLES, RATE, SILENCE, Outgoing
from telephony.pacer import Pacer
from telephony.rtp import PCMA, TELEPHONE_EVENT, RtpPacket, build_key, build_rtp, parse_rtp, sequence_gap

_ALAW_SILENCE: Final = alaw_encode(SILENCE)
_SILENT_BYTE: Final = _ALAW_SILENCE[:1]
_KEY_TICKS: Final = 5
_KEY_END_PACKETS: Final = 3
_KEY_PAUSE_TICKS: Final = 5
"""Between two keys, as a hand leaves it: keys nearer than 45 ms Asterisk draws apart itself."""
_STAMPED: Final = 35
"""SO_TIMESTAMPNS of Linux, which Python does not name: the kernel tells when each packet came."""
_STAMP: Final = struct.Struct("@ll")
_STAMP_SPACE: Final = socket.CMSG_SPACE(_STAMP.size)
_DRIFT_SAMPLES: Final = RATE * 3 // 10
"""A packet further than this from the wall clock belongs to a new clock of the sender (another leg in the bridge)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketTimes:
    """How the packets came in; gaps and jitter (RFC 3550) in milliseconds."""

    received: int
    lost: int
    gaps: tuple[float, ...]
    jitter_ms: float

    @property
    def over_40ms(self) -> int:
        return sum(gap > 40 for gap in self.gaps)


class PhoneSound:
    """One RTP socket on `address`. Sound goes out every 20 ms from `start` on, silence when nothing is said."""

    def __init__(self, pacer: Pacer, address: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._pacer = pacer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _STAMPED, 1)
        self._socket.bind((address, 0))
        self._loop.add_reader(self._socket.fileno(), self._readable)
        self.port: int = self._socket.getsockname()[1]
        self._remote: tuple[str, int] | None = None
        self.outgoing = Outgoing(self._loop.time)
        self._keys: deque[bytes] = deque()
        self._sequence, self._timestamp = secrets.randbelow(0x8000), secrets.randbelow(0x80000000)
        self._key_timestamp = 0
        self._ssrc = secrets.randbits(32)
        self._recorded = bytearray()
        self._origin: int | None = None
        self._origin_at = 0.0
        self._last: RtpPacket | None = None
        self._last_at = 0.0
        self._received = self._lost = 0
        self._gaps: list[float] = []
        self._jitter = 0.0
        self.keys_heard: list[str] = []

    def start(self, remote: tuple[str, int]) -> None:
        """Send to this address from now on; again after a re-INVITE."""
        if self._remote is None:
            self._pacer.add(self, self._tick)
        self._remote = remote

    def press(self, digit: str) -> None:
        """Queue one key: events for 100 ms, then its end three times (RFC 4733)."""
        ticks = [build_key(digit, FRAME_SAMPLES * (at + 1), end=False) for at in range(_KEY_TICKS)]
        ends = [build_key(digit, FRAME_SAMPLES * _KEY_TICKS, end=True)] * _KEY_END_PACKETS
        self._keys.extend([*ticks, *ends, *[b""] * _KEY_PAUSE_TICKS])

    @property
    def pressing(self) -> bool:
        return bool(self._keys)

    def heard(self) -> bytes:
        return alaw_decode(bytes(self._recorded))

    def recent(self, seconds: float) -> bytes:
        """The last seconds by the wall clock: silence if nothing has come in meanwhile."""
        wanted = int(seconds * RATE)
        if self._origin is None:
            return bytes(wanted * 2)
        now = int((self._loop.time() - self._origin_at) * RATE)
        piece = bytes(self._recorded[max(0, now - wanted) : now])
        missing = min(wanted, now) - len(piece)
        # a packet is recorded when it is complete: up to two frames behind the clock are no silence
        if 0 < missing <= 2 * FRAME_SAMPLES:
            return alaw_decode(bytes(self._recorded[-wanted:]))
        return alaw_decode(piece + _SILENT_BYTE * max(0, missing))

    def times(self) -> PacketTimes:
        return PacketTimes(
            received=self._received, lost=self._lost, gaps=tuple(self._gaps), jitter_ms=round(self._jitter / 8, 2)
        )

    def close(self) -> None:
        """End; what was heard stays readable. Safe twice."""
        if self._socket.fileno() >= 0:
            self._pacer.remove(self)
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self.outgoing.close()

    def _tick(self, dropped: int) -> None:
        assert self._remote is not None
        self._timestamp += FRAME_SAMPLES * (dropped + 1)
        self._sequence += 1
        kind, stamp, payload, marker = self._next()
        packet = build_rtp(kind, self._sequence, stamp, self._ssrc, payload, marker=marker)
        with contextlib.suppress(OSError):
            self._socket.sendto(packet, self._remote)

    def _next(self) -> tuple[int, int, bytes, bool]:
        """A key while one is being pressed, else sound. All packets of a key carry the time of its beginning."""
        payload = self._keys.popleft() if self._keys else b""
        if payload:
            begins = int.from_bytes(payload[2:4], "big") == FRAME_SAMPLES
            if begins:
                self._key_timestamp = self._timestamp
            return TELEPHONE_EVENT, self._key_timestamp, payload, begins
        frame = self.outgoing.take()
        return PCMA, self._timestamp, alaw_encode(frame) if frame else _ALAW_SILENCE, False

    def _readable(self) -> None:
        """One packet; the loop calls again at once while there are more."""
        try:
            data, stamps, _, _ = self._socket.recvmsg(2048, _STAMP_SPACE)
        except OSError:
            return
        packet = parse_rtp(data)
        if packet and packet.payload_type == PCMA:
            seconds, nanoseconds = _STAMP.unpack(stamps[0][2])
            self._time(packet, seconds + nanoseconds * 1e-9)
            self._record(packet)

    def _time(self, packet: RtpPacket, now: float) -> None:
        """`now` is when it came in at the machine: this program may be late to look, a telephone would not be."""
        self._received += 1
        last = self._last
        if last is not None and last.ssrc == packet.ssrc:
            step = sequence_gap(last.sequence, packet.sequence)
            self._lost += max(0, step - 1)
            self._gaps.append((now - self._last_at) * 1000)
            moved = ((packet.timestamp - last.timestamp + 0x80000000) % 0x100000000 - 0x80000000) / RATE
            self._jitter += (abs((now - self._last_at) - moved) * RATE - self._jitter) / 16
        self._last, self._last_at = packet, now

    def _record(self, packet: RtpPacket) -> None:
        if self._origin is None:
            self._origin, self._origin_at = packet.timestamp, self._loop.time()
        at = (packet.timestamp - self._origin) % 0x100000000
        expected = len(self._recorded)
        wall = int((self._loop.time() - self._origin_at) * RATE)
        if abs(at - wall) > _DRIFT_SAMPLES:
            at = max(expected, wall)
            self._origin = (packet.timestamp - at) % 0x100000000
        if at > expected:
            self._recorded += _SILENT_BYTE * (at - expected)
        self._recorded[at : at + len(packet.payload)] = packet.payload
