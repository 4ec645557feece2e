"""Session descriptions (RFC 4566): one audio stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from telephony.rtp import PCMA, TELEPHONE_EVENT

ALAW: Final[Mapping[int, str]] = {PCMA: "PCMA/8000", TELEPHONE_EVENT: "telephone-event/8000"}
G729_ONLY: Final[Mapping[int, str]] = {18: "G729/8000"}
"""For showing what happens to a caller with whom we share no codec."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Where the other side wants its sound, and the payload types it understands."""

    address: str
    port: int
    formats: Sequence[int]
    direction: str = "sendrecv"


def build_sdp(address: str, port: int, codecs: Mapping[int, str], *, version: int, direction: str = "sendrecv") -> str:
    """An offer or answer; `version` grows with each new one in the same call."""
    lines = [
        "v=0",
        f"o=- 1 {version} IN IP4 {address}",
        "s=-",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {' '.join(map(str, codecs))}",
        *(f"a=rtpmap:{number} {name}" for number, name in codecs.items()),
        "a=ptime:20",
        f"a={direction}",
    ]
    return "\r\n".join(lines) + "\r\n"


def parse_sdp(text: str) -> Session:
    """The audio stream of a description; ValueError if it has none."""
    address, port, formats, direction = "", 0, [0], "sendrecv"
    for line in text.splitlines():
        if line.startswith("c=IN IP4 "):
            address = line.removeprefix("c=IN IP4 ").split("/")[0].strip()
        elif line.startswith("m=audio "):
            parts = line.split()
            port, formats = int(parts[1]), [int(item) for item in parts[3:] if item.isdecimal()]
        elif line[2:] in ("sendrecv", "sendonly", "recvonly", "inactive"):
            direction = line[2:]
    if not address or not port:
        raise ValueError("no audio stream in the session description")
    return Session(address=address, port=port, formats=tuple(formats), direction=direction)
