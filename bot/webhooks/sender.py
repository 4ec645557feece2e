"""One round of sending: every due delivery once; what is not taken is tried again, later each time."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime, timedelta

import aiohttp

from bot.domain.clock import Clock
from bot.domain.webhook import Outgoing
from bot.webhooks.ports import DeliveryStore
from bot.webhooks.signature import HEADER, sign

logger = logging.getLogger(__name__)

BACK_OFF = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
)
"""How long to wait after each failure; after the last one the delivery is given up and waits to be replayed."""
TIMEOUT_S = 10.0


class WebhookSender:
    """Sends deliveries; a twin in another process gets others."""

    def __init__(self, store: DeliveryStore, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        self._store = store
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def round(self) -> int:
        """Send what is due, side by side. Returns how many attempts were made."""
        due = await self._store.claim()
        await asyncio.gather(*(self._attempt(one) for one in due))
        return len(due)

    async def close(self) -> None:
        """Close the connections; safe twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _attempt(self, one: Outgoing) -> None:
        answer: int | None = None
        error: str | None = None
        try:
            answer = await self._post(one)
            if not 200 <= answer < 300:
                error = f"ответ {answer}"
        except TimeoutError:
            error = "нет ответа вовремя"
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            error = f"не отправлено: {type(failure).__name__}"
        if error is not None:
            logger.info("a webhook was not taken", extra={"delivery_id": one.delivery.id, "answer": answer})
        again_at = self._again_at(one.delivery.attempts) if error is not None else None
        await self._store.settle(one.delivery.id, answer=answer, error=error, again_at=again_at)

    def _again_at(self, attempts_before: int) -> datetime | None:
        if attempts_before >= len(BACK_OFF):
            return None
        return self._clock.now() + BACK_OFF[attempts_before]

    async def _post(self, one: Outgoing) -> int:
        """The receiver's status; it is never followed elsewhere, for the message is meant for this address."""
        body = message(one)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "registratura-webhooks/1",
            "X-Registratura-Event": one.delivery.topic,
            "X-Registratura-Delivery": str(one.delivery.id),
            HEADER: sign(one.secret, body, int(self._clock.now().timestamp())),
        }
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        async with self._session.post(one.url, data=body, headers=headers, allow_redirects=False) as response:
            return response.status


def message(one: Outgoing) -> bytes:
    """What is sent: the event's own id stays the same at every attempt, so that a receiver can leave out repeats."""
    delivery = one.delivery
    values = {
        "id": f"{delivery.subscription_id}:{delivery.event_id}",
        "topic": delivery.topic,
        "at": delivery.event_at.isoformat(),
        "data": dict(delivery.payload),
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
