"""SIP messages (RFC 3261), as much of them as a telephone on a trusted network needs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_SHORT: Final = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}
_URI: Final = re.compile(r"sips?:(?:(?P<user>[^@;>\s]*)@)?(?P<host>[^:;>\s]+)(?::(?P<port>\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SipUri:
    """user@host:port of a SIP address."""

    user: str
    host: str
    port: int = 5060

    def __str__(self) -> str:
        return f"sip:{self.user}@{self.host}:{self.port}" if self.user else f"sip:{self.host}:{self.port}"


def parse_uri(text: str) -> SipUri:
    """The first SIP address in a header or a bare address; ValueError if there is none."""
    found = _URI.search(text)
    if not found:
        raise ValueError(f"no SIP address in {text!r}")
    return SipUri(user=found["user"] or "", host=found["host"], port=int(found["port"] or 5060))


@dataclass(frozen=True, slots=True, kw_only=True)
class SipMessage:
    """`start` is the first line; header names are in lower case, in their order, `via` may repeat."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""
    _first: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_first", dict(reversed(self.headers)))

    def header(self, name: str) -> str:
        """The first header of that name, empty if missing."""
        return self._first.get(name, "")

    @property
    def status(self) -> int | None:
        """The code of a response, None for a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0") else None

    @property
    def method(self) -> str:
        """Of the request, or of the request that this answers."""
        return self.header("cseq").split(" ")[-1]

    @property
    def sequence(self) -> int:
        return int(self.header("cseq").split(" ")[0])

    @property
    def vias(self) -> tuple[tuple[str, str], ...]:
        return tuple(item for item in self.headers if item[0] == "via")

    def encode(self) -> bytes:
        body = self.body.encode()
        lines = [self.start, *(f"{_proper(name)}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def _proper(name: str) -> str:
    return {"call-id": "Call-ID", "cseq": "CSeq"}.get(name, name.title())


def parse_message(data: bytes) -> SipMessage | None:
    """The message; None for keep-alives and noise."""
    head, separator, body = data.decode(errors="replace").partition("\r\n\r\n")
    lines = head.split("\r\n")
    if not separator or "SIP/2.0" not in lines[0]:
        return None
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        key = _SHORT.get(key, key)
        if colon and key != "content-length":
            headers.append((key, value.strip()))
    message = SipMessage(start=lines[0], headers=tuple(headers), body=body)
    return message if message.header("cseq") and message.header("call-id") else None


def response(
    request: SipMessage, code: int, reason: str, *, tag: str = "", contact: str = "", sdp: str = ""
) -> SipMessage:
    """An answer to `request` along the way it came; `tag` marks our side of the dialog."""
    to = request.header("to")
    if tag and ";tag=" not in to:
        to += f";tag={tag}"
    headers = [*request.vias, ("from", request.header("from")), ("to", to)]
    headers += [("call-id", request.header("call-id")), ("cseq", request.header("cseq"))]
    if contact:
        headers.append(("contact", f"<{contact}>"))
    if sdp:
        headers.append(("content-type", "application/sdp"))
    return SipMessage(start=f"SIP/2.0 {code} {reason}", headers=tuple(headers), body=sdp)
