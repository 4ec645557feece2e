"""What lives in a real Valkey: the embedded server itself, permits, live calls, live events."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.events import DeskChanged, DeskPart, Numbered, WordsHeard
from bot.storage.live_events import RedisEvents
from bot.storage.redis import LiveCalls, RedisPermits
from bot.storage.valkey import EmbeddedValkey, answers
from bot.web.ports import EventsLost

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
MINUTE = timedelta(minutes=1)
SENT_S = 30.0
"""What was published must have been sent, however slow the machine is: the usual second is a call's patience."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def events(redis: Redis) -> AsyncIterator[RedisEvents]:
    feed = RedisEvents(redis, keep=5, block_ms=50)
    yield feed
    await feed.close()


def words(number: int) -> WordsHeard:
    return WordsHeard(call_id="c1", text=f"слово {number}", final=False)


async def take(events: RedisEvents, after: int | None, count: int) -> list[Numbered]:
    taken = []
    async with aclosing(events.subscribe(after)) as stream:  # type: ignore[type-var]
        async for item in stream:
            taken.append(item)
            if len(taken) == count:
                break
    return taken


async def test_a_server_that_a_killed_service_left_is_taken_over(tmp_path: Path) -> None:
    first = EmbeddedValkey(tmp_path / "v")
    client = Redis.from_url(await first.start())
    await client.set("kept", "yes")
    second = EmbeddedValkey(tmp_path / "v")
    assert await second.start() == first.url
    assert await client.get("kept") == b"yes"
    await second.stop()
    assert await answers(first.url)
    await client.aclose()
    await second.stop()
    assert not await answers(first.url)
    await first.stop()


async def test_a_dead_servers_socket_does_not_stand_in_the_way(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    client = Redis.from_url(valkey.url)
    process_id = (await client.info("server"))["process_id"]
    await client.aclose()
    os.kill(process_id, signal.SIGKILL)
    async with asyncio.timeout(5):
        while await answers(valkey.url):
            await asyncio.sleep(0.01)
    second = EmbeddedValkey(tmp_path / "valkey")
    await second.start()
    assert await answers(second.url)
    await second.stop()


async def test_no_more_permits_than_lines(redis: Redis, clock: ManualClock) -> None:
    permits = RedisPermits(redis, clock)
    holders = [f"c{number}" for number in range(10)]
    got = await asyncio.gather(*(permits.acquire("out", holder, limit=3, ttl=MINUTE) for holder in holders))
    assert sum(got) == 3
    assert await permits.taken("out") == 3
    holder = holders[got.index(True)]
    assert await permits.acquire("out", holder, limit=3, ttl=MINUTE)
    assert await permits.acquire("other", "c1", limit=1, ttl=MINUTE)
    await permits.release("out", holder)
    await permits.release("out", holder)
    assert await permits.acquire("out", "next", limit=3, ttl=MINUTE)
    assert not await permits.acquire("out", "late", limit=3, ttl=MINUTE)


async def test_a_permit_of_a_dead_holder_comes_back_by_time(redis: Redis, clock: ManualClock) -> None:
    permits = RedisPermits(redis, clock)
    await permits.acquire("out", "dead", limit=1, ttl=MINUTE)
    clock.advance(MINUTE - timedelta(milliseconds=1))
    assert not await permits.acquire("out", "next", limit=1, ttl=MINUTE)
    clock.advance(timedelta(milliseconds=1))
    assert await permits.taken("out") == 0
    assert await permits.acquire("out", "next", limit=1, ttl=MINUTE)


async def test_live_calls_are_those_somebody_vouches_for(redis: Redis, clock: ManualClock) -> None:
    calls = LiveCalls(redis, clock, ttl=MINUTE)
    await calls.vouch()
    await calls.vouch("c1", "c2", "c3")
    await calls.ended("c2")
    clock.advance(MINUTE / 2)
    await calls.vouch("c3")
    assert await calls.ids() == {"c1", "c3"}
    clock.advance(MINUTE / 2)
    assert await calls.ids() == {"c3"}


async def test_events_arrive_numbered_and_in_order_at_every_listener(events: RedisEvents, redis: Redis) -> None:
    start = await events.latest()
    elsewhere = RedisEvents(redis, block_ms=50)
    listening = [asyncio.create_task(take(feed, start, 3)) for feed in (events, elsewhere)]
    for number in range(3):
        await events.publish(words(number))
    first, second = await asyncio.gather(*listening)
    assert first == second
    assert [item.event for item in first] == [words(0), words(1), words(2)]
    assert [item.number for item in first] == [start + 1, start + 2, start + 3]


async def test_a_listener_who_was_away_gets_what_it_missed_or_is_told(events: RedisEvents) -> None:
    start = await events.latest()
    for number in range(7):
        await events.publish(words(number))
    await events.close(SENT_S)
    kept = await take(events, start + 2, 5)
    assert [item.event for item in kept] == [words(number) for number in range(2, 7)]
    with pytest.raises(EventsLost):
        await take(events, start + 1, 1)
    with pytest.raises(EventsLost):
        await take(events, start + 100, 1)


async def test_from_now_on_means_nothing_old(events: RedisEvents) -> None:
    await events.publish(words(1))
    await events.close(SENT_S)
    listening = asyncio.create_task(take(events, None, 1))
    async with asyncio.timeout(5):
        while not listening.done():
            await events.publish(DeskChanged(what=DeskPart.TASKS))
            await asyncio.sleep(0.01)
    assert [item.event for item in await listening] == [DeskChanged(what=DeskPart.TASKS)]


async def test_numbers_rise_even_when_everything_was_lost(events: RedisEvents, redis: Redis) -> None:
    await events.publish(words(1))
    await events.close(SENT_S)
    before = await events.latest()
    await redis.flushall()
    assert await events.latest() >= before
    with pytest.raises(EventsLost):
        await take(events, before - 1, 1)


async def test_publishing_without_a_server_neither_fails_nor_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = Redis.from_url(f"unix://{tmp_path}/nobody.sock", retry=None)
    events = RedisEvents(client, waiting=3)
    for number in range(10):
        await events.publish(words(number))
    await events.close(SENT_S)
    await client.aclose()
    said = [record.getMessage() for record in caplog.records]
    assert said.count("a live event was dropped: too many are waiting") == 7
    assert said.count("a live event was not published") == 3
