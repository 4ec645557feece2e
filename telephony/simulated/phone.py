"""A telephone at the simulated exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from telephony.phone import CallRefused
from telephony.simulated.handset import Handset, SimulatedRinging

if TYPE_CHECKING:
    from telephony.simulated.exchange import SimulatedExchange


class SimulatedPhone:
    """Makes and takes calls like `telephony.softphone.Softphone`; `reachable` off is a phone without power."""

    def __init__(self, exchange: SimulatedExchange, number: str) -> None:
        self._exchange = exchange
        self.number = number
        self.reachable = True
        self._incoming: asyncio.Queue[SimulatedRinging] = asyncio.Queue()

    async def dial(self, uri: str, *, ringing: asyncio.Event | None = None) -> Handset:
        """Call the clinic; returns when answered. Raises CallRefused; cancelling gives the call up."""
        wire = self._exchange.call_in(self.number, uri)
        if ringing:
            ringing.set()
        try:
            await wire.answered_or_over()
        except asyncio.CancelledError:
            await wire.handset.hangup()
            raise
        if not wire.answered:
            raise CallRefused(603, "Decline")
        return wire.handset

    async def incoming(self) -> AsyncIterator[SimulatedRinging]:
        """Calls to this telephone."""
        while True:
            yield await self._incoming.get()

    async def next_call(self) -> SimulatedRinging:
        """The next call to this telephone."""
        return await self._incoming.get()

    def offer(self, ringing: SimulatedRinging) -> None:
        """Ring; the exchange calls it."""
        self._incoming.put_nowait(ringing)
