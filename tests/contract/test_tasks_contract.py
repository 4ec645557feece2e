"""Calls to be made: the store in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.policy import Allow, Defer, Deny
from bot.domain.task import AttemptResult, CallTask, TaskKind, TaskStatus
from bot.outbound.memory import MemoryTaskStore
from bot.outbound.ports import Again, Final
from bot.storage.engine import Database
from bot.storage.tasks import SqlTaskStore
from tests.fixtures.databases import BOTH, Copy

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
TASK = CallTask(
    id="t1",
    kind=TaskKind.REMINDER,
    phone="+79161110001",
    due_at=NOW,
    status=TaskStatus.PENDING,
    visit_id="v1",
    visit_at=NOW + timedelta(days=1),
    patient_id="p1",
)
Store = MemoryTaskStore | SqlTaskStore


@pytest.fixture(params=["memory", *BOTH])
async def store(request: pytest.FixtureRequest, copied: Copy) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryTaskStore()
        return
    database = Database(copied(request.param))
    yield SqlTaskStore(database, ManualClock(NOW))
    await database.dispose()


async def status(store: Store, task_id: str = "t1") -> TaskStatus:
    task = await store.get(task_id)
    assert task is not None
    return task.status


async def test_a_task_is_kept_as_given_and_once(store: Store) -> None:
    assert await store.add(TASK, dedup_key="k")
    assert not await store.add(replace(TASK, id="t2"), dedup_key="k")
    assert await store.get("t1") == TASK
    assert await store.get("t2") is None
    assert list(await store.open_tasks()) == [TASK]


async def test_the_call_of_an_offer_keeps_what_it_offers_and_until_when(store: Store) -> None:
    offer = replace(TASK, kind=TaskKind.WAITLIST_OFFER, offer_id="h1", not_after=NOW + timedelta(minutes=12))
    await store.add(replace(TASK, id="t0", due_at=NOW - timedelta(hours=1)), dedup_key="reminder")
    assert await store.add(offer, dedup_key="offer:h1")
    assert [task.id for task in await store.due(NOW)] == ["t1", "t0"]  # what can be too late comes first
    assert await store.get("t1") == offer
    assert offer.last_moment == NOW + timedelta(minutes=12)


async def test_due_are_reminders_whose_time_has_come_oldest_first(store: Store) -> None:
    for number, minutes in enumerate((0, -5, 1)):
        task = replace(TASK, id=f"t{number}", due_at=NOW + timedelta(minutes=minutes))
        await store.add(task, dedup_key=task.id)
    await store.add(replace(TASK, id="people", kind=TaskKind.CALLBACK), dedup_key="people")
    await store.mark_queued("t1")
    assert [task.id for task in await store.due(NOW)] == ["t1", "t0"]
    assert [task.id for task in await store.due(NOW, limit=1)] == ["t1"]
    assert [task.id for task in await store.open_tasks()] == ["t1", "people", "t0", "t2"]


async def test_exactly_one_of_many_claims_a_task(store: Store) -> None:
    await store.add(TASK, dedup_key="k")
    await store.mark_queued("t1")
    claims = await asyncio.gather(*(store.claim("t1", call_id=f"c{number}", at=NOW) for number in range(10)))
    assert sum(claims) == 1
    [attempt] = await store.under_way()
    assert (attempt.task.id, attempt.task.attempts, attempt.started_at) == ("t1", 1, NOW)
    assert await status(store) is TaskStatus.IN_CALL
    assert list(await store.due(NOW)) == []


async def test_a_task_in_a_call_is_neither_postponed_nor_closed_nor_queued(store: Store) -> None:
    await store.add(TASK, dedup_key="k")
    await store.claim("t1", call_id="c1", at=NOW)
    await store.mark_queued("t1")
    await store.postpone("t1", NOW + timedelta(hours=1))
    assert not await store.close("t1", status=TaskStatus.CANCELLED, result="visit_moved", at=NOW)
    assert await status(store) is TaskStatus.IN_CALL


async def test_an_attempt_is_settled_once_and_the_task_dialled_again(store: Store) -> None:
    await store.add(TASK, dedup_key="k")
    later = NOW + timedelta(minutes=10)
    await store.claim("t1", call_id="c1", at=NOW)
    assert await store.settle("c1", result=AttemptResult.BUSY, verdict=Again(at=later), at=NOW)
    assert not await store.settle("c1", result=AttemptResult.TALKED, verdict=Final(status=TaskStatus.DONE), at=NOW)
    assert await store.get("t1") == replace(TASK, attempts=1, result="busy", due_at=later)
    assert list(await store.due(NOW)) == []
    assert [task.id for task in await store.due(later)] == ["t1"]

    await store.claim("t1", call_id="c2", at=later)
    assert await store.settle(
        "c2", result=AttemptResult.CONFIRMED, verdict=Final(status=TaskStatus.DONE), at=later + timedelta(minutes=1)
    )
    assert list(await store.results("t1")) == [AttemptResult.BUSY, AttemptResult.CONFIRMED]
    assert await status(store) is TaskStatus.DONE
    assert list(await store.open_tasks()) == []
    assert list(await store.under_way()) == []
    assert not await store.claim("t1", call_id="c3", at=later)


async def test_a_decision_is_kept_and_done(store: Store) -> None:
    until = NOW + timedelta(hours=23)
    for name in ("t1", "t2", "t3"):
        await store.add(replace(TASK, id=name), dedup_key=name)
    await store.decided("t1", Allow(), at=NOW)
    await store.decided("t2", Defer(until=until, rule="calling_window"), at=NOW)
    await store.decided("t3", Deny(rule="do_not_call"), at=NOW)
    assert [await status(store, name) for name in ("t1", "t2", "t3")] == [
        TaskStatus.PENDING,
        TaskStatus.PENDING,
        TaskStatus.CANCELLED,
    ]
    deferred = await store.get("t2")
    assert deferred is not None
    assert deferred.due_at == until
    assert [await store.decisions(name) for name in ("t1", "t2", "t3")] == [
        [("allow", None)],
        [("defer", "calling_window")],
        [("deny", "do_not_call")],
    ]


async def test_a_waiting_task_is_closed_once(store: Store) -> None:
    await store.add(TASK, dedup_key="k")
    assert await store.close("t1", status=TaskStatus.CANCELLED, result="visit_moved", at=NOW)
    assert not await store.close("t1", status=TaskStatus.FAILED, result="too_late", at=NOW)
    assert await store.get("t1") == replace(TASK, status=TaskStatus.CANCELLED, result="visit_moved")
