"""The queue over a real Valkey: tasks are dialled once, and Redis may be lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.task import AttemptResult, CallTask, TaskKind, TaskStatus
from bot.outbound.dialer import Dialer
from bot.outbound.invitations import InvitationPlanner
from bot.outbound.memory import MemoryPermits
from bot.outbound.offers import OfferPlanner
from bot.outbound.planner import ReminderPlanner
from bot.outbound.ports import Final, RunCall
from bot.outbound.queue import CallQueue, Sweep
from bot.outbound.service import OutboundService
from bot.outbound.settings import OutboundSettings
from bot.storage.engine import Database
from bot.storage.tasks import SqlTaskStore
from bot.storage.valkey import EmbeddedValkey
from crm_bridge.memory import MemoryClinic
from telephony.port import CallLeg
from telephony.simulated import SimulatedExchange, SimulatedLine
from tests.fixtures.databases import Copy
from tests.fixtures.small_clinic import NOW, clinic_with, placed


@dataclass
class Dialled:
    """Stands for the dialer: claims, remembers, settles."""

    tasks: SqlTaskStore
    clock: ManualClock
    calls: list[str] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    expected: int = 1

    async def __call__(self, task_id: str) -> None:
        call_id = f"call-{task_id}"
        if await self.tasks.claim(task_id, call_id=call_id, at=self.clock.now()):
            self.calls.append(task_id)
            final = Final(status=TaskStatus.DONE)
            await self.tasks.settle(call_id, result=AttemptResult.CONFIRMED, verdict=final, at=self.clock.now())
            if len(self.calls) >= self.expected:
                self.enough.set()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def tasks(copied: Copy, clock: ManualClock) -> AsyncIterator[SqlTaskStore]:
    database = Database(copied("sqlite"))
    yield SqlTaskStore(database, clock)
    await database.dispose()


@pytest.fixture
def dialled(tasks: SqlTaskStore, clock: ManualClock) -> Dialled:
    return Dialled(tasks, clock)


async def add(tasks: SqlTaskStore, *names: str, minutes: int = 0) -> None:
    for name in names:
        task = CallTask(
            id=name,
            kind=TaskKind.REMINDER,
            phone="+79161110001",
            due_at=NOW + timedelta(minutes=minutes),
            status=TaskStatus.PENDING,
        )
        await tasks.add(task, dedup_key=name)


async def test_due_tasks_are_queued_once_and_dialled(
    redis: Redis, tasks: SqlTaskStore, clock: ManualClock, dialled: Dialled
) -> None:
    await add(tasks, "a", "b", "c")
    await add(tasks, "later", minutes=1)
    queue = CallQueue(redis, tasks, clock, dialled)
    assert await queue.feed() == 3
    assert await queue.feed() == 0
    assert await queue.waiting() == 3
    assert {task.id: task.status for task in await tasks.open_tasks()} == {
        "a": TaskStatus.QUEUED,
        "b": TaskStatus.QUEUED,
        "c": TaskStatus.QUEUED,
        "later": TaskStatus.PENDING,
    }
    dialled.expected = 3
    await queue.start()
    async with asyncio.timeout(20):
        await dialled.enough.wait()
    await queue.close()
    assert sorted(dialled.calls) == ["a", "b", "c"]
    assert [task.id for task in await tasks.open_tasks()] == ["later"]


async def test_an_offer_overtakes_the_reminders_of_a_morning(
    redis: Redis, tasks: SqlTaskStore, clock: ManualClock, dialled: Dialled
) -> None:
    await add(tasks, *(f"reminder-{number}" for number in range(9)))
    queue = CallQueue(redis, tasks, clock, dialled, concurrency=1)
    assert await queue.feed() == 3
    offer = CallTask(
        id="offer",
        kind=TaskKind.WAITLIST_OFFER,
        phone="+79161110001",
        due_at=NOW,
        status=TaskStatus.PENDING,
        offer_id="h1",
        not_after=NOW + timedelta(minutes=12),
    )
    await tasks.add(offer, dedup_key="offer")
    assert await queue.feed() == 0
    dialled.expected = 3
    await queue.start()
    async with asyncio.timeout(20):
        await dialled.enough.wait()
        dialled.enough.clear()
        dialled.expected = 6
        while await queue.waiting():
            await asyncio.sleep(0.01)
        assert await queue.feed() == 3
        await dialled.enough.wait()
    await queue.close()
    assert dialled.calls[3] == "offer"


async def test_a_queue_lost_with_redis_is_rebuilt_from_sql(
    redis: Redis, tasks: SqlTaskStore, clock: ManualClock, dialled: Dialled
) -> None:
    await add(tasks, "a", "b")
    queue = CallQueue(redis, tasks, clock, dialled)
    await queue.feed()
    await redis.flushall()
    assert await queue.waiting() == 0
    assert await queue.feed() == 2
    dialled.expected = 2
    await queue.start()
    async with asyncio.timeout(20):
        await dialled.enough.wait()
    await queue.close()
    assert sorted(dialled.calls) == ["a", "b"]


async def test_the_same_task_queued_by_two_processes_is_dialled_once(
    redis: Redis, tasks: SqlTaskStore, clock: ManualClock, dialled: Dialled
) -> None:
    await add(tasks, "a", "last")
    first = CallQueue(redis, tasks, clock, dialled, name="one")
    second = CallQueue(redis, tasks, clock, dialled, name="two")
    assert [await first.feed(), await second.feed()] == [2, 2]
    dialled.expected = 2
    await asyncio.gather(first.start(), second.start())
    async with asyncio.timeout(20):
        await dialled.enough.wait()
        while await first.waiting() or await second.waiting():
            await asyncio.sleep(0.01)
    await asyncio.gather(first.close(), second.close())
    assert sorted(dialled.calls) == ["a", "last"]


async def test_a_worker_outlives_a_restart_of_redis(
    valkey: EmbeddedValkey, tasks: SqlTaskStore, clock: ManualClock, dialled: Dialled
) -> None:
    client = Redis.from_url(valkey.url)
    queue = CallQueue(client, tasks, clock, dialled)
    await queue.start()
    await valkey.stop()
    await valkey.start()
    await add(tasks, "a")
    async with asyncio.timeout(20):
        await queue.feed()
        await dialled.enough.wait()
    await queue.close()
    await client.aclose()
    assert dialled.calls == ["a"]


def service_of(
    redis: Redis,
    clinic: MemoryClinic,
    tasks: SqlTaskStore,
    clock: ManualClock,
    line: SimulatedLine,
    run_call: RunCall,
    *,
    calls: bool = True,
    sweep: Sweep | None = None,
) -> OutboundService:
    """The clockwork over these parts; nobody is on the phone when it begins."""
    settings = OutboundSettings(enabled=calls)
    dialer = Dialer(
        clinic=clinic,
        tasks=tasks,
        permits=MemoryPermits(clock),
        line=line,
        run_call=run_call,
        clock=clock,
        settings=settings,
        zone=MOSCOW,
    )

    async def nobody() -> tuple[str, ...]:
        return ()

    return OutboundService(
        planner=ReminderPlanner(clinic, tasks, clock, settings=settings, zone=MOSCOW),
        invitations=InvitationPlanner(clinic, tasks, clock),
        offers=OfferPlanner(clinic, tasks, clock),
        dialer=dialer,
        queue=CallQueue(redis, tasks, clock, dialer.dial, sweep=sweep),
        live_calls=nobody,
        calls=calls,
        round_s=0.05,
    )


async def test_where_nobody_is_phoned_time_goes_on(
    redis: Redis, tasks: SqlTaskStore, clock: ManualClock, tmp_path: Path
) -> None:
    clinic = clinic_with(placed("v1", NOW + timedelta(days=1)), clock=clock)
    swept: asyncio.Queue[int] = asyncio.Queue()

    async def sweep() -> None:
        swept.put_nowait(clock.now().minute)

    async def nothing(leg: CallLeg, script: str, task_id: str | None) -> dict[str, str]:
        raise AssertionError("somebody was phoned")

    line = SimulatedLine(SimulatedExchange(tmp_path, speed=50))
    service = service_of(redis, clinic, tasks, clock, line, nothing, calls=False, sweep=sweep)
    await add(tasks, "due")
    await service.start()
    first = await asyncio.wait_for(swept.get(), 30)
    clock.advance(timedelta(seconds=60))
    assert await asyncio.wait_for(swept.get(), 30) == first + 1
    await service.close()
    assert [(task.id, task.status) for task in await tasks.open_tasks()] == [("due", TaskStatus.PENDING)]


async def test_a_reminder_from_the_visit_to_the_confirmed_task(
    redis: Redis, tasks: SqlTaskStore, clock: ManualClock, tmp_path: Path
) -> None:
    exchange = SimulatedExchange(tmp_path, speed=50)
    line = SimulatedLine(exchange)
    clinic = clinic_with(placed("v1", NOW + timedelta(days=1)), clock=clock)
    talked = asyncio.Event()

    async def confirm(leg: CallLeg, script: str, task_id: str | None) -> dict[str, str]:
        await clinic.confirm("v1", call_id=leg.call_id)
        await leg.hangup()
        talked.set()
        return {"outcome": "confirmed"}

    service = service_of(redis, clinic, tasks, clock, line, confirm)
    await line.start()
    await service.start()
    async with asyncio.timeout(20):
        ringing = await exchange.phone("+79161110001").next_call()
        await ringing.answer()
        await talked.wait()
        while await tasks.open_tasks():
            await asyncio.sleep(0.01)
    await service.close()
    await line.close()
    assert exchange.wires == {}


async def test_the_time_driven_rules_are_swept_once_a_minute(
    redis: Redis, tasks: SqlTaskStore, dialled: Dialled, clock: ManualClock
) -> None:
    swept: asyncio.Queue[int] = asyncio.Queue()

    async def sweep() -> None:
        swept.put_nowait(clock.now().minute)
        if swept.qsize() == 1:
            raise RuntimeError("one that fails must not end the worker")

    queue = CallQueue(redis, tasks, clock, dialled, sweep=sweep)
    await queue.start()
    assert [await queue.feed_sweep() for _ in range(3)] == [True, False, False]
    first = await asyncio.wait_for(swept.get(), 10)
    clock.advance(timedelta(seconds=60))
    assert await queue.feed_sweep()
    assert await asyncio.wait_for(swept.get(), 10) == first + 1
    await queue.close()
    assert swept.empty()
