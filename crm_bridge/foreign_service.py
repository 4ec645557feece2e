"""Carries the foreign outbox as long as the service runs."""

from __future__ import annotations

import asyncio
import logging

from crm_bridge.foreign_relay import ForeignRelay

log = logging.getLogger(__name__)


class ForeignService:
    """Round after round until closed; what was not sent waits in the database, also for another process.

    A stop lets what is being sent end within `grace_s`; what it cuts off is looked for before it is sent again.
    """

    def __init__(self, relay: ForeignRelay, *, round_s: float = 1.0, grace_s: float = 3.0) -> None:
        self._relay = relay
        self._round_s = round_s
        self._grace_s = grace_s
        self._closing = asyncio.Event()
        self._going: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin the rounds."""
        self._going = asyncio.create_task(self._go())

    async def close(self) -> None:
        """Stop; safe before start and twice."""
        if self._going is None:
            return
        self._closing.set()
        await asyncio.wait({self._going}, timeout=self._grace_s)
        self._going.cancel()
        await asyncio.gather(self._going, return_exceptions=True)
        self._going = None

    async def _go(self) -> None:
        while not self._closing.is_set():
            try:
                await self._relay.round(limit=20)
            except Exception:
                log.exception("a round of the foreign outbox failed")
            await self._pause()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), self._round_s)
        except TimeoutError:
            return
