"""Staying under the other system's limit of requests, and out of its way when it asks for that."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from bot.domain.clock import Clock
from crm_bridge.port import CrmUnavailable

Sleep = Callable[[float], Awaitable[None]]


class RequestWindow:
    """At most `limit` requests in any `per_s` seconds; whoever would wait longer than `patience_s` is refused at once.

    `patience_s` is short because a caller may be on the line; what the outbox writes simply comes again later.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit: int = 5000,
        per_s: float = 600.0,
        patience_s: float = 5.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._limit = limit
        self._per_s = per_s
        self._patience_s = patience_s
        self._sleep = sleep
        self._sent: deque[float] = deque()
        self._closed_until = 0.0

    async def take(self) -> None:
        """Wait for a place and take it. Raises CrmUnavailable when that would take too long."""
        give_up_at = self._clock.monotonic() + self._patience_s
        while (wait := self._wait()) > 0:
            if self._clock.monotonic() + wait > give_up_at:
                raise CrmUnavailable("Pyrus: исчерпан лимит запросов, нужно подождать")
            await self._sleep(wait)
        self._sent.append(self._clock.monotonic())

    def close_for(self, seconds: float) -> None:
        """Send nothing for so long: the other side said so."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    def _wait(self) -> float:
        now = self._clock.monotonic()
        while self._sent and self._sent[0] <= now - self._per_s:
            self._sent.popleft()
        full = self._sent[0] + self._per_s - now if len(self._sent) >= self._limit else 0.0
        return max(full, self._closed_until - now)
