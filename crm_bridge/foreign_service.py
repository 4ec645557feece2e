"""What is done for other systems again and again, as long as the service runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


Round = Callable[[], Awaitable[object]]


class ForeignService:
    """Round after round until closed; what was not sent waits in the database, also for another process.

    A stop lets what is being sent end within `grace_s`; what it cuts off is looked for before it is sent again.
    """

    def __init__(self, *rounds: Round, round_s: float = 1.0, grace_s: float = 3.0) -> None:
        self._rounds = rounds
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
            for one in self._rounds:
                await self._guarded(one)
            await self._pause()

    @staticmethod
    async def _guarded(one: Round) -> None:
        try:
            await one()
        except Exception:
            log.exception("a round for other systems failed")

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), self._round_s)
        except TimeoutError:
            return
