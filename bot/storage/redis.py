"""What processes share for a short while: permits for outbound lines and the register of live calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from bot.domain.clock import Clock

PREFIX = "registratura:"

_ACQUIRE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZSCORE', KEYS[1], ARGV[2]) or redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[4]) then
    redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
    return 1
end
return 0
"""


class RedisPermits:
    """A bounded number of holders per name; a holder that died gives its permit back by time."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._acquire = redis.register_script(_ACQUIRE)

    async def acquire(self, name: str, holder: str, *, limit: int, ttl: timedelta) -> bool:
        """Take one of `limit` permits for at most `ttl`; a second time by the same holder prolongs it."""
        now = self._clock.now()
        arguments: list[str | int | float] = [now.timestamp(), holder, (now + ttl).timestamp(), limit]
        return bool(await self._acquire(keys=[self._key(name)], args=arguments))

    async def release(self, name: str, holder: str) -> None:
        """Give a permit back; safe twice."""
        await self._redis.zrem(self._key(name), holder)

    async def taken(self, name: str) -> int:
        """How many permits are out."""
        return int(await self._redis.zcount(self._key(name), f"({self._clock.now().timestamp()}", "+inf"))

    def _key(self, name: str) -> str:
        return f"{PREFIX}permits:{name}"


class LiveCalls:
    """Which calls are up, in any process; a process that died stops vouching for its calls after `ttl`."""

    def __init__(self, redis: Redis, clock: Clock, *, ttl: timedelta = timedelta(seconds=30)) -> None:
        self._redis = redis
        self._clock = clock
        self._ttl = ttl
        self._key = f"{PREFIX}live_calls"

    async def vouch(self, *call_ids: str) -> None:
        """These calls are up now; repeat before `ttl` has passed."""
        if call_ids:
            until = (self._clock.now() + self._ttl).timestamp()
            await self._redis.zadd(self._key, dict.fromkeys(call_ids, until))

    async def ended(self, call_id: str) -> None:
        """This call is up no more."""
        await self._redis.zrem(self._key, call_id)

    async def ids(self) -> frozenset[str]:
        """Calls that somebody vouches for."""
        now = self._clock.now().timestamp()
        await self._redis.zremrangebyscore(self._key, "-inf", now)
        members: list[Any] = await self._redis.zrange(self._key, 0, -1)
        return frozenset(item.decode() for item in members)
