"""The clockwork of outbound calls: plan, recover, feed; again and again, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

from bot.outbound.dialer import Dialer
from bot.outbound.invitations import InvitationPlanner
from bot.outbound.offers import OfferPlanner
from bot.outbound.planner import ReminderPlanner
from bot.outbound.queue import OUTAGES, CallQueue
from crm_bridge.port import CrmError

logger = logging.getLogger(__name__)

LiveIds = Callable[[], Awaitable[Collection[str]]]
"""Ids of calls that are up in any process."""


class OutboundService:
    """Runs beside the calls; a round that fails is logged and the next one tries again."""

    def __init__(
        self,
        *,
        planner: ReminderPlanner,
        invitations: InvitationPlanner,
        offers: OfferPlanner,
        dialer: Dialer,
        queue: CallQueue,
        live_calls: LiveIds,
        calls: bool = True,
        round_s: float = 5.0,
    ) -> None:
        self.planner = planner
        self.invitations = invitations
        self.offers = offers
        self.dialer = dialer
        self._queue = queue
        self._live_calls = live_calls
        self._calls = calls
        self._round_s = round_s
        self._wake = asyncio.Event()
        self._going: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the worker and the rounds."""
        await self._queue.start()
        self._going = asyncio.create_task(self._go())

    async def close(self) -> None:
        """Stop; safe before start and twice."""
        if self._going is not None:
            self._going.cancel()
            await asyncio.gather(self._going, return_exceptions=True)
            self._going = None
            await self._queue.close()

    def wake(self) -> None:
        """Something has come up: begin the next round now."""
        self._wake.set()

    async def round(self) -> None:
        """Plan calls and queue what is due, if people are phoned at all; the rules of time are swept in any case."""
        await self.dialer.recover(await self._live_calls())
        if self._calls:
            await self.planner.plan()
            await self.invitations.plan()
            await self.offers.plan()
            await self._queue.feed()
        await self._queue.feed_sweep()

    async def _go(self) -> None:
        while True:
            try:
                await self.round()
            except (CrmError, *OUTAGES):
                logger.warning("a round of outbound calls was left out", exc_info=True)
            except Exception:
                logger.exception("a round of outbound calls failed")
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), self._round_s)
            except TimeoutError:
                continue
