"""What every leg of this line shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from telephony.asterisk.ari import AriAddress, AriClient
from telephony.inbox import Inbox
from telephony.pacer import Pacer
from telephony.port import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConfig:
    """One Asterisk, seen from the service.

    `media_address` is the address of this machine that Asterisk can send sound to; `dial` makes a dial string of
    a number, `phones` one of a registrar's endpoint; `recordings` is the folder that Asterisk records into, as
    this machine sees it.
    """

    ari: AriAddress
    media_address: str
    recordings: Path
    dial: str = "PJSIP/{number}@trunk"
    phones: str = "PJSIP/{endpoint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The connection, the clock, the ear, and the registrars' endpoints in use by the leg that uses each."""

    client: AriClient
    config: LineConfig
    pacer: Pacer
    inbox: Inbox = field(default_factory=Inbox)
    busy: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> str:
        return self.client.address.app


@dataclass(frozen=True, slots=True, kw_only=True)
class CallIdentity:
    """What a call is from its first moment on; `numbers_from` is the first free number for names of its things."""

    call_id: str
    channel_id: str
    direction: Direction
    caller: str
    called: str
    resumed_state: str | None = None
    numbers_from: int = 0
