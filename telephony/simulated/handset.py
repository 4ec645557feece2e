"""The phone's end of a simulated leg, and a call that rings there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from telephony.audio import RATE, SILENCE, Outgoing
from telephony.phone import CallRefused

_KEYS: Final = frozenset("0123456789*#ABCD")


class Handset:
    """The port PhoneCall: what is said is taken frame by frame by the exchange's tick, what is heard is kept."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._outgoing = Outgoing(now)
        self._heard = bytearray()
        self._over = asyncio.Event()
        self.on_key: Callable[[str], None] = lambda digit: None
        self.on_hangup: Callable[[], None] = lambda: None

    async def say(self, pcm: bytes) -> None:
        self._outgoing.send(pcm)
        try:
            await self._outgoing.drained()
        finally:
            self._outgoing.flush()

    async def press(self, digits: str) -> None:
        for digit in digits:
            if digit not in _KEYS:
                raise ValueError(f"not a telephone key: {digit!r}")
            self.on_key(digit)

    async def hangup(self) -> None:
        if not self.over:
            self.end()
            self.on_hangup()

    def heard(self) -> bytes:
        return bytes(self._heard)

    def recent(self, seconds: float) -> bytes:
        return bytes(self._heard[-int(seconds * RATE) * 2 :])

    @property
    def over(self) -> bool:
        return self._over.is_set()

    async def wait_over(self) -> None:
        await self._over.wait()

    def end(self) -> None:
        """The leg has ended, whoever ended it."""
        self._over.set()
        self._outgoing.close()

    def microphone(self) -> bytes:
        """The next 20 ms of what is said."""
        return self._outgoing.take() or SILENCE

    def earpiece(self, frame: bytes) -> None:
        """20 ms to hear."""
        self._heard += frame


class SimulatedRinging:
    """The port Ringing; the exchange waits for `decided`."""

    def __init__(self, caller: str, called: str, handset: Handset, *, caller_name: str = "") -> None:
        self._caller_name = caller_name
        self._caller, self._called = caller, called
        self._handset = handset
        self._cancelled = asyncio.Event()
        self._decision: asyncio.Future[Handset | int] = asyncio.get_running_loop().create_future()

    @property
    def caller(self) -> str:
        return self._caller

    @property
    def caller_name(self) -> str:
        return self._caller_name

    @property
    def called(self) -> str:
        return self._called

    async def answer(self) -> Handset:
        if self._cancelled.is_set():
            raise CallRefused(487, "Request Terminated")
        self._decision.set_result(self._handset)
        return self._handset

    async def reject(self, code: int = 486) -> None:
        if not self._decision.done():
            self._decision.set_result(code)

    async def wait_cancelled(self) -> None:
        await self._cancelled.wait()

    async def decided(self) -> Handset | int:
        """The handset if the call was taken, else the SIP status of the refusal."""
        return await asyncio.shield(self._decision)

    def cancel(self) -> None:
        """Whoever rings has given up; a phone that was just picked up is put down again."""
        self._cancelled.set()
        if self._decision.done():
            self._handset.end()
