"""Sends as long as the service runs."""

from __future__ import annotations

import asyncio
import logging

from bot.webhooks.ports import DeliveryStore
from bot.webhooks.sender import WebhookSender

logger = logging.getLogger(__name__)


class WebhookService:
    """Round after round until closed; what was not sent waits in the database."""

    def __init__(self, store: DeliveryStore, sender: WebhookSender, *, round_s: float = 1.0) -> None:
        self._store = store
        self._sender = sender
        self._round_s = round_s
        self._going: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Forget what is old, then send until closed."""
        await self._store.forget()
        self._going = asyncio.create_task(self._go())

    async def close(self) -> None:
        """Stop; safe before start and twice."""
        if self._going is not None:
            self._going.cancel()
            await asyncio.gather(self._going, return_exceptions=True)
            self._going = None
        await self._sender.close()

    async def _go(self) -> None:
        while True:
            try:
                await self._sender.round()
            except Exception:
                logger.exception("a round of webhooks failed")
            await asyncio.sleep(self._round_s)
