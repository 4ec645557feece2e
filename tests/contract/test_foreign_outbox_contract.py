"""What every foreign outbox promises: in memory, on SQLite, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.clock import MOSCOW, ManualClock
from bot.storage.engine import Database
from crm_bridge.foreign_outbox import ForeignOutbox, ForeignWrite, MemoryForeignOutbox, WriteKind, WriteState
from crm_bridge.local.foreign_outbox import SqlForeignOutbox
from crm_bridge.local.part import Ground
from tests.fixtures.databases import BOTH, Copy

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture(params=["memory", *BOTH])
async def outbox(request: pytest.FixtureRequest, copied: Copy) -> AsyncIterator[ForeignOutbox]:
    if request.param == "memory":
        yield MemoryForeignOutbox()
        return
    database = Database(copied(request.param))
    yield SqlForeignOutbox(Ground(database=database, clock=ManualClock(NOW)))
    await database.dispose()


def write(id: str = "visit:1", **fields: Any) -> ForeignWrite:
    content = {"full_name": "Ким", "wished_at": None}
    moments = {"created_at": NOW, "due_at": NOW}
    return ForeignWrite(**{"id": id, "system": "s", "kind": WriteKind.BOOKING, "content": content, **moments, **fields})


async def ids(outbox: ForeignOutbox, now: datetime = NOW) -> list[str]:
    return [one.id for one in await outbox.due(now)]


async def test_what_was_added_comes_back_whole(outbox: ForeignOutbox) -> None:
    given = write(after="visit:0", attempts=2, state=WriteState.SENT)
    assert await outbox.add(given)
    assert await outbox.get(given.id) == given
    assert await outbox.get("visit:2") is None


async def test_the_same_id_twice_is_one_and_the_first_stands(outbox: ForeignOutbox) -> None:
    await outbox.add(write())
    assert not await outbox.add(write(system="other"))
    assert [one.system for one in await outbox.due(NOW)] == ["s"]
    assert await outbox.backlog() == 1


async def test_due_are_the_oldest_whose_time_has_come(outbox: ForeignOutbox) -> None:
    await outbox.add(write("b", created_at=NOW))
    await outbox.add(write("c", due_at=NOW + MINUTE))
    await outbox.add(write("a", created_at=NOW - MINUTE))
    assert await ids(outbox) == ["a", "b"]
    assert len(await outbox.due(NOW + MINUTE, limit=2)) == 2
    assert await ids(outbox, NOW + MINUTE) == ["a", "b", "c"]


async def test_a_write_waits_for_the_one_it_needs(outbox: ForeignOutbox) -> None:
    await outbox.add(write("second", after="first", created_at=NOW - MINUTE))
    await outbox.add(write("first"))
    assert await ids(outbox) == ["first"]
    await outbox.claim(write("first"), until=NOW + MINUTE)
    assert await ids(outbox) == []
    await outbox.done("first", "Z-1")
    assert await ids(outbox) == ["second"]


async def test_a_lost_predecessor_lets_its_follower_through(outbox: ForeignOutbox) -> None:
    await outbox.add(write("first"))
    await outbox.add(write("second", after="first"))
    await outbox.give_up("first", "нет")
    assert await ids(outbox) == ["second"]


async def test_a_claim_is_one_workers_and_comes_back_as_sent(outbox: ForeignOutbox) -> None:
    await outbox.add(write())
    claims = await asyncio.gather(*(outbox.claim(write(), until=NOW + MINUTE) for _ in range(5)))
    assert sorted(claims) == [False] * 4 + [True]
    assert await ids(outbox) == []
    [back] = await outbox.due(NOW + MINUTE)
    assert (back.state, back.attempts) == (WriteState.SENT, 1)
    assert await outbox.claim(back, until=NOW + 2 * MINUTE)


async def test_again_sets_time_and_knowledge(outbox: ForeignOutbox) -> None:
    await outbox.add(write())
    await outbox.claim(write(), until=NOW + MINUTE)
    await outbox.again("visit:1", at=NOW + 2 * MINUTE, state=WriteState.WAITING)
    assert await ids(outbox, NOW + MINUTE) == []
    [back] = await outbox.due(NOW + 2 * MINUTE)
    assert back == replace(write(), attempts=1, due_at=NOW + 2 * MINUTE)


async def test_done_keeps_the_reference_and_no_person(outbox: ForeignOutbox) -> None:
    await outbox.add(write())
    await outbox.done("visit:1", "Z-1")
    kept = await outbox.get("visit:1")
    assert kept is not None
    assert (kept.state, kept.reference, dict(kept.content)) == (WriteState.DONE, "Z-1", {})
    assert (await outbox.backlog(), await ids(outbox)) == (0, [])
    assert not await outbox.claim(write(), until=NOW + MINUTE)


async def test_given_up_keeps_what_people_must_see(outbox: ForeignOutbox) -> None:
    await outbox.add(write())
    await outbox.give_up("visit:1", "Отказано")
    [left] = await outbox.given_up()
    assert (left.fault, left.content["full_name"]) == ("Отказано", "Ким")
    assert (await outbox.backlog(), await ids(outbox)) == (0, [])


async def test_what_follows_a_write_in_order_whatever_became_of_it(outbox: ForeignOutbox) -> None:
    await outbox.add(write("first"))
    await outbox.add(write("b", after="first", created_at=NOW + MINUTE))
    await outbox.add(write("a", after="first", state=WriteState.DONE))
    await outbox.add(write("c", after="b"))
    assert [one.id for one in await outbox.following("first")] == ["a", "b"]
