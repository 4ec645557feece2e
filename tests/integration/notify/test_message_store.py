"""The table of messages on both databases, and its twin in memory: the same behaviour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.domain.clock import ManualClock
from bot.notify.memory import MemoryMessageStore
from bot.notify.port import DeliveryState, Message, MessageKind, MessageStore, Receipt
from bot.notify.store import SqlMessageStore
from bot.storage.engine import Database
from bot.storage.outbox import Outbox
from tests.fixtures.databases import BOTH, Copy
from tests.integration.notify.letters import NOW, message
from tests.rules.house import furnish

DELIVERED, FAILED, QUEUED = DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.QUEUED
SENT, WITHDRAWN = DeliveryState.SENT, DeliveryState.WITHDRAWN
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture(params=["memory", *BOTH])
async def store(request: pytest.FixtureRequest, copied: Copy) -> AsyncIterator[MessageStore]:
    if request.param == "memory":
        yield MemoryMessageStore()
        return
    database = Database(copied(request.param, furnish))
    yield SqlMessageStore(database, ManualClock(NOW))
    await database.dispose()


async def the(store: MessageStore, message_id: str = "m1") -> Message:
    found = await store.get(message_id)
    assert found
    return found


async def test_a_message_comes_back_as_it_was(store: MessageStore) -> None:
    whole = message(
        visit_id="v1", patient_id="p1", urgent=True, expires_at=NOW + HOUR, quiet_until=NOW, title="Заголовок"
    )
    assert await store.add(whole, dedup_key="k1")
    assert await the(store) == whole
    assert await store.get("m9") is None


async def test_one_key_is_one_message(store: MessageStore) -> None:
    assert await store.add(message(), dedup_key="k1")
    assert not await store.add(message(id="m2"), dedup_key="k1")
    assert await store.add(message(id="m3"), dedup_key="k3")
    assert [one.id for one in await store.due(NOW)] == ["m1", "m3"]


async def test_due_are_the_urgent_ones_first_then_the_oldest(store: MessageStore) -> None:
    for number, (minutes, urgent) in enumerate(((2, False), (1, False), (0, True), (-1, True))):
        await store.add(
            message(id=f"m{number}", due_at=NOW - timedelta(minutes=minutes), urgent=urgent), dedup_key=str(number)
        )
    assert [one.id for one in await store.due(NOW)] == ["m2", "m0", "m1"]
    assert [one.id for one in await store.due(NOW, limit=1)] == ["m2"]
    assert "m3" in [one.id for one in await store.due(NOW + HOUR)]


async def test_a_claim_has_one_winner_and_ends(store: MessageStore) -> None:
    await store.add(message(), dedup_key="k1")
    seen = await the(store)
    won = await asyncio.gather(*(store.claim(seen, until=NOW + HOUR) for _ in range(8)))
    assert sorted(won) == [False] * 7 + [True]
    assert await store.due(NOW) == []
    again = await the(store)
    assert (again.attempts, again.due_at) == (1, NOW + HOUR)
    assert [one.id for one in await store.due(NOW + HOUR)] == ["m1"]


async def test_states_go_forward_only(store: MessageStore) -> None:
    await store.add(message(visit_id="v1"), dedup_key="k1")
    await store.again("m1", due_at=NOW + HOUR, error="занято")
    assert ((await the(store)).error, (await the(store)).state) == ("занято", QUEUED)
    await store.postpone("m1", due_at=NOW + 2 * HOUR, quiet_until=NOW + 2 * HOUR)
    assert (await the(store)).quiet_until == NOW + 2 * HOUR
    await store.sent("m1", Receipt(provider_id="4711"), at=NOW)
    sent = await the(store)
    assert (sent.state, sent.provider_id, sent.sent_at, sent.error) == (SENT, "4711", NOW, None)
    assert not await store.withdraw("m1", why="visit", at=NOW)
    await store.again("m1", due_at=NOW, error="late")
    await store.postpone("m1", due_at=NOW)
    assert await the(store) == sent
    await store.delivered("m1", at=NOW)
    await store.failed("m1", error="x", at=NOW)
    assert (await the(store)).state is DELIVERED
    assert (await store.by_provider("4711")) == await the(store)
    assert await store.by_provider("1") is None


async def test_what_was_withdrawn_while_it_was_on_its_way_counts_as_sent(store: MessageStore) -> None:
    await store.add(message(), dedup_key="k1")
    await store.claim(await the(store), until=NOW + HOUR)
    assert await store.withdraw("m1", why="visit", at=NOW)
    await store.again("m1", due_at=NOW, error="x")
    assert (await the(store)).state is WITHDRAWN
    await store.sent("m1", Receipt(), at=NOW)
    assert (await the(store)).state is SENT


async def test_withdrawn_by_key(store: MessageStore) -> None:
    await store.add(message(), dedup_key="payment:1")
    assert not await store.withdraw_key("payment:2", at=NOW)
    assert await store.withdraw_key("payment:1", at=NOW)
    assert not await store.withdraw_key("payment:1", at=NOW)
    assert (await the(store)).state is WITHDRAWN


async def test_notices_are_newest_first_and_go_when_seen(store: MessageStore) -> None:
    for number in range(3):
        notice = message(
            id=f"n{number}",
            kind=MessageKind.STAFF,
            recipient="doctor:d1",
            state=SENT,
            created_at=NOW + number * HOUR,
        )
        await store.add(notice, dedup_key=f"n{number}")
    await store.add(message(recipient="doctor:d1"), dedup_key="sms")
    assert [one.id for one in await store.notices("doctor:d1")] == ["n2", "n1", "n0"]
    await store.delivered("n1", at=NOW)
    assert [one.id for one in await store.notices("doctor:d1")] == ["n2", "n0"]
    assert [one.id for one in await store.notices("doctor:d1", seen=True, limit=2)] == ["n2", "n1"]
    assert await store.notices("doctor:d2") == []


async def test_only_what_was_closed_before_is_forgotten(store: MessageStore) -> None:
    for number in range(3):
        await store.add(message(id=f"m{number}", visit_id="v1"), dedup_key=str(number))
    await store.sent("m0", Receipt(), at=NOW)
    await store.failed("m1", error="x", at=NOW + HOUR)
    assert await store.forget(NOW) == 0
    assert await store.forget(NOW + HOUR) == 1
    assert [one.id for one in await store.of_visit("v1")] == ["m1", "m2"]


async def test_the_world_hears_how_a_message_ended(database: Database) -> None:
    clock = ManualClock(NOW)
    store = SqlMessageStore(database, clock)
    for number in range(3):
        await store.add(message(id=f"m{number}"), dedup_key=str(number))
    await store.sent("m0", Receipt(), at=NOW)
    await store.delivered("m0", at=NOW)
    await store.failed("m1", error="x", at=NOW)
    await store.withdraw("m2", why="visit", at=NOW)
    await store.withdraw("m2", why="visit", at=NOW)
    told = [(event.topic, event.payload) for event in await Outbox(database, clock).pending()]
    assert told == [
        ("message.sent", {"message_id": "m0"}),
        ("message.delivered", {"message_id": "m0"}),
        ("message.failed", {"message_id": "m1"}),
        ("message.withdrawn", {"message_id": "m2"}),
    ]
