"""The ARI events that the line acts on, as frozen values; all others are dropped before any work is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel as ARI describes it; `variables` are those that ari.conf sends along.

    `application` is the Stasis application that the dialplan has put it into, empty for any other place.
    """

    id: str
    state: str
    caller: str = ""
    application: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEvent:
    """Something happened to one channel."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class StasisStart(ChannelEvent):
    """The channel is ours from now on."""

    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StasisEnd(ChannelEvent):
    """The channel is no longer ours; for an inbound caller the last sure event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDestroyed(ChannelEvent):
    """`tech_cause` is the SIP status of a failure, empty otherwise; `cause` is Q.850 and may be 0."""

    cause: int = 0
    tech_cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangupRequested(ChannelEvent):
    """The other side has hung up; the channel is about to go."""

    cause: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(ChannelEvent):
    """One key, reported when it is released."""

    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialProgress(ChannelEvent):
    """Progress of a call that we make: RINGING, PROGRESS, ANSWER, BUSY …"""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationReplaced:
    """Another process has taken our application name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """Made by the client after a reconnect: the channel is not there any more."""


AriEvent = (
    StasisStart
    | StasisEnd
    | ChannelDestroyed
    | HangupRequested
    | KeyPressed
    | DialProgress
    | ApplicationReplaced
    | Vanished
)


def parse_channel(raw: Json) -> Channel:
    """A channel of an event or of `GET /channels`."""
    return Channel(
        id=str(raw["id"]),
        state=str(raw.get("state", "")),
        caller=str((raw.get("caller") or {}).get("number") or ""),
        application=_application(raw.get("dialplan") or {}),
        variables={name: value for name, value in (raw.get("channelvars") or {}).items() if value},
    )


def _application(dialplan: Json) -> str:
    return str(dialplan.get("app_data", "")).partition(",")[0] if dialplan.get("app_name") == "Stasis" else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


_PARSERS: Final[Mapping[str, Callable[[Json], AriEvent]]] = {
    "StasisStart": lambda raw: StasisStart(
        channel=parse_channel(raw["channel"]), args=tuple(str(item) for item in raw.get("args", ()))
    ),
    "StasisEnd": lambda raw: StasisEnd(channel=parse_channel(raw["channel"])),
    "ChannelDestroyed": lambda raw: ChannelDestroyed(
        channel=parse_channel(raw["channel"]),
        cause=_number(raw.get("cause")),
        tech_cause=str(raw.get("tech_cause") or ""),
    ),
    "ChannelHangupRequest": lambda raw: HangupRequested(
        channel=parse_channel(raw["channel"]), cause=_number(raw.get("cause"))
    ),
    "ChannelDtmfReceived": lambda raw: KeyPressed(channel=parse_channel(raw["channel"]), digit=str(raw["digit"])),
    "Dial": lambda raw: DialProgress(channel=parse_channel(raw["peer"]), status=str(raw.get("dialstatus", ""))),
    "ApplicationReplaced": lambda raw: ApplicationReplaced(),
}

WANTED: Final = tuple(_PARSERS)
"""Names for the server-side filter, so that the noise does not even cross the socket."""


def parse_event(raw: Json) -> AriEvent | None:
    """The typed event; None for a type that nobody here acts on. KeyError if a known type lacks its parts."""
    parser = _PARSERS.get(str(raw.get("type")))
    return parser(raw) if parser else None
