"""A telephone as its user sees it: the same for a SIP softphone and for a caller of the simulated line."""

from __future__ import annotations

import asyncio
from typing import Protocol

from telephony.port import LineError


class CallRefused(LineError):
    """The call that a phone made was not answered; `code` is the SIP status."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code


class PhoneCall(Protocol):
    """One answered call at a phone. PCM16, 8 kHz."""

    async def say(self, pcm: bytes) -> None:
        """Speak into the microphone; returns when it has been said. Cancelling stops in mid-word."""

    async def press(self, digits: str) -> None:
        """Press keys one after the other."""

    async def hangup(self) -> None: ...

    def heard(self) -> bytes:
        """All that has come out of the earpiece since the call was answered."""

    def recent(self, seconds: float) -> bytes:
        """What has come out of the earpiece during the last seconds."""

    @property
    def over(self) -> bool:
        """Whether either side has hung up."""

    async def wait_over(self) -> None:
        """Return when either side has hung up."""


class Phone(Protocol):
    """A telephone that makes and takes calls."""

    async def dial(self, uri: str, *, ringing: asyncio.Event | None = None) -> PhoneCall:
        """Call; returns when answered, `ringing` is set before. Raises CallRefused; cancelling gives the call up."""

    async def next_call(self) -> Ringing:
        """The next call to this telephone."""


class Ringing(Protocol):
    """A call that rings at a phone; its user takes it, declines it or lets it ring."""

    @property
    def caller(self) -> str: ...

    @property
    def caller_name(self) -> str:
        """What the phone's display shows beside the number."""

    @property
    def called(self) -> str: ...

    async def answer(self) -> PhoneCall:
        """Raises CallRefused if the caller gave up meanwhile."""

    async def reject(self, code: int = 486) -> None: ...

    async def wait_cancelled(self) -> None:
        """Return when the caller gives up."""


def plain_name(text: str) -> str:
    """A name for a phone's display, without what would end it early on its way there."""
    return "".join(char for char in text if char.isprintable() and char not in '"<>\\')
