"""RTP packets (RFC 3550) and telephone events in them (RFC 4733)."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

PCMA: Final = 8
TELEPHONE_EVENT: Final = 101
_KEYS: Final = "0123456789*#ABCD"
_HEADER: Final = struct.Struct("!BBHII")
_PLAIN: Final = 0x80
"""The first byte of nearly every packet: version 2 and nothing between header and payload."""


class RtpPacket(NamedTuple):
    """One packet; `timestamp` counts samples at 8 kHz."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


def parse_rtp(data: bytes) -> RtpPacket | None:
    """The packet, None if this is not RTP version 2 (RTCP, noise, truncated)."""
    if len(data) < _HEADER.size or data[0] >> 6 != 2 or 64 <= data[1] & 0x7F <= 95:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    payload = data[_HEADER.size :] if first == _PLAIN else _payload(data, first)
    if payload is None:
        return None
    # by position: five thousand packets a second are too many for names
    return RtpPacket(second & 0x7F, sequence, timestamp, ssrc, payload, second > 0x7F)


def _payload(data: bytes, first: int) -> bytes | None:
    """What is left without contributors, extension and padding; None if they are longer than the packet."""
    start = _HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data) - (data[-1] if first & 0x20 else 0)
    return data[start:end] if start <= end else None


def build_rtp(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, *, marker: bool = False
) -> bytes:
    """A packet on the wire; sequence and timestamp wrap around."""
    second = payload_type | (0x80 if marker else 0)
    return _HEADER.pack(_PLAIN, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def sequence_gap(previous: int, current: int) -> int:
    """How far `current` is after `previous`, from -32768 to 32767; 1 is the next packet."""
    return (current - previous + 0x8000) % 0x10000 - 0x8000


def build_key(digit: str, samples: int, *, end: bool) -> bytes:
    """Payload of one telephone event packet; ValueError for what is not on a telephone's keys."""
    code = _KEYS.find(digit.upper()) if len(digit) == 1 else -1
    if code < 0:
        raise ValueError(f"not a telephone key: {digit!r}")
    return struct.pack("!BBH", code, (0x80 if end else 0) | 10, samples)


def parse_key(payload: bytes) -> tuple[str, bool] | None:
    """The key of a telephone event and whether the event ends here; None if it is not a key."""
    if len(payload) < 4 or payload[0] >= len(_KEYS):
        return None
    return _KEYS[payload[0]], bool(payload[1] & 0x80)
