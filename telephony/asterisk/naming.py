"""Names of what we make at the exchange: anybody can tell from one whose it is, also after a restart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_APP = re.compile(r"[A-Za-z0-9_-]+")


class Kind(StrEnum):
    """What a channel or bridge of ours is for."""

    DIALLED = "out"
    MEDIA = "em"
    PERSON = "ag"
    BRIDGE = "br"
    PRIVATE = "pb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """`kind.app.call.number`; the number grows with each new one of the same call."""

    kind: Kind
    app: str
    call_id: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.kind}.{self.app}.{self.call_id}.{self.number}"


def parse_name(text: str) -> Name | None:
    """The parts of a name of ours, None for any other."""
    parts = text.split(".")
    if len(parts) != 4 or parts[0] not in set(Kind) or not parts[3].isdecimal():
        return None
    return Name(kind=Kind(parts[0]), app=parts[1], call_id=parts[2], number=int(parts[3]))


def check_app(app: str) -> str:
    """The Stasis name itself; ValueError if our names could not be taken apart with it."""
    if not _APP.fullmatch(app):
        raise ValueError(f"имя приложения Stasis «{app}»: допустимы латинские буквы, цифры, «-» и «_»")
    return app
