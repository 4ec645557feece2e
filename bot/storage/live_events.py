"""Live events of every process through one Redis stream, numbered, with some minutes of history.

Numbers begin at the server's clock in milliseconds, so that they keep rising even when Redis lost everything; `floor`
is the number below which events are no longer kept, and tells a listener who was away that it has missed some.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.domain.events import EventError, LiveEvent, Numbered, from_json, to_json
from bot.storage.redis import PREFIX
from bot.web.ports import EventsLost

logger = logging.getLogger(__name__)

_KEYS = [f"{PREFIX}events:seq", f"{PREFIX}events:floor", f"{PREFIX}events"]

_BEGIN = """
if redis.call('EXISTS', KEYS[1]) == 0 then
    local t = redis.call('TIME')
    local n = t[1] * 1000 + math.floor(t[2] / 1000)
    redis.call('SET', KEYS[1], n)
    redis.call('SET', KEYS[2], n)
    redis.call('DEL', KEYS[3])
end
"""

_PUBLISH = (
    _BEGIN
    + """
local n = redis.call('INCR', KEYS[1])
redis.call('XADD', KEYS[3], n .. '-0', 'event', ARGV[1])
while redis.call('XLEN', KEYS[3]) > tonumber(ARGV[2]) do
    local oldest = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1][1]
    redis.call('XDEL', KEYS[3], oldest)
    redis.call('SET', KEYS[2], string.match(oldest, '%d+'))
end
return n
"""
)

_LATEST = _BEGIN + "return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}"


class RedisEvents:
    """EventSink and EventFeed; publishing only queues, and a lost event never disturbs a call."""

    def __init__(self, redis: Redis, *, keep: int = 2000, waiting: int = 1000, block_ms: int = 2000) -> None:
        self._redis = redis
        self._keep = keep
        self._block_ms = block_ms
        self._publish_script = redis.register_script(_PUBLISH)
        self._latest_script = redis.register_script(_LATEST)
        self._waiting: asyncio.Queue[LiveEvent] = asyncio.Queue(waiting)
        self._sender: asyncio.Task[None] | None = None

    async def publish(self, event: LiveEvent) -> None:
        """Queue an event; when Redis is away for long the oldest waiting ones are dropped."""
        if self._waiting.full():
            self._waiting.get_nowait()
            self._waiting.task_done()
            logger.warning("a live event was dropped: too many are waiting")
        self._waiting.put_nowait(event)
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())

    async def close(self, timeout_s: float = 1.0) -> None:
        """Send what waits, for at most `timeout_s`, and stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._waiting.join()
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)

    async def _send(self) -> None:
        while True:
            event = await self._waiting.get()
            try:
                await self._publish_script(keys=_KEYS, args=[to_json(event), self._keep])
            except (RedisError, OSError):
                logger.warning("a live event was not published", exc_info=True)
            finally:
                self._waiting.task_done()

    async def latest(self) -> int:
        """The number of the newest event."""
        return (await self._state())[0]

    async def subscribe(self, after: int | None) -> AsyncIterator[Numbered]:
        """Events numbered above `after` as they come; EventsLost when some of them are no longer kept."""
        seen = (await self._state())[0] if after is None else after
        while True:
            latest, floor = await self._state()
            if seen > latest or seen < floor:
                raise EventsLost
            for number, fields in await self._read(seen):
                seen = number
                event = _event(fields)
                if event is not None:
                    yield Numbered(number=number, event=event)

    async def _state(self) -> tuple[int, int]:
        latest, floor = await self._latest_script(keys=_KEYS, args=[])
        return int(latest), int(floor)

    async def _read(self, after: int) -> list[tuple[int, dict[bytes, bytes]]]:
        streams: Any = await self._redis.xread({_KEYS[2]: f"{after}-0"}, count=200, block=self._block_ms)
        entries = [entry for _, found in streams or [] for entry in found]
        return [(int(entry_id.split(b"-")[0]), fields) for entry_id, fields in entries]


def _event(fields: dict[bytes, bytes]) -> LiveEvent | None:
    try:
        return from_json(fields[b"event"])
    except EventError:
        logger.warning("a live event of another version was skipped")
        return None
