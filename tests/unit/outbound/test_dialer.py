"""One attempt at a task, over the simulated line: from the permission to what becomes of the task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.clinic import RequestKind
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.task import AttemptResult, CallTask, TaskKind, TaskStatus
from bot.outbound.dialer import PERMIT
from bot.outbound.memory import MemoryPermits, MemoryTaskStore
from bot.outbound.view import queue_view
from tests.fixtures.small_clinic import NOW
from tests.unit.outbound.rig import ANNAS_PHONE, VISIT_AT, Desk, open_desk


@pytest.fixture
async def desk(
    tmp_path: Path, tasks: MemoryTaskStore, permits: MemoryPermits, clock: ManualClock
) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, tasks, permits, clock) as desk:
        call = CallTask(
            id="t1",
            kind=TaskKind.REMINDER,
            phone=ANNAS_PHONE,
            due_at=NOW,
            status=TaskStatus.PENDING,
            visit_id="v1",
            visit_at=VISIT_AT,
            patient_id="p1",
        )
        await tasks.add(call, dedup_key="reminder:v1")
        yield desk


async def test_an_answered_call_is_led_with_the_reminder_and_closes_the_task(desk: Desk) -> None:
    await desk.dial()
    task = await desk.task()
    assert desk.talk.led == [("reminder", "t1")]
    assert (task.status, task.result, task.attempts) == (TaskStatus.DONE, "confirmed", 1)
    assert await desk.tasks.decisions("t1") == [("allow", None)]
    assert await desk.callbacks() == []
    assert await desk.permits.acquire(PERMIT, "next", limit=1, ttl=timedelta(seconds=1))


@pytest.mark.parametrize(
    ("code", "result", "minutes"), [(486, "busy", 10), (480, "no_answer", 60), (503, "no_answer", 60)]
)
async def test_a_refused_call_waits_for_its_next_attempt(desk: Desk, code: int, result: str, minutes: int) -> None:
    await desk.dial(answer=False, code=code)
    task = await desk.task()
    assert task.status is TaskStatus.PENDING
    assert task.due_at == NOW + timedelta(minutes=minutes)
    assert task.result == result
    assert desk.talk.led == []
    assert await desk.callbacks() == []


async def test_after_the_third_attempt_people_are_asked_to_phone(desk: Desk) -> None:
    for _ in range(3):
        await desk.dial(answer=False)
        desk.clock.advance(timedelta(minutes=10))
    task = await desk.task()
    assert (task.status, task.result, task.attempts) == (TaskStatus.FAILED, "busy", 3)
    [request] = await desk.clinic.open_requests()
    assert (request.kind, request.phone) == (RequestKind.CALLBACK, ANNAS_PHONE)
    assert request.patient is not None
    assert dict(request.fields) == {
        "reason": "Робот не дозвонился: занято",
        "visit": "v1",
        "visit_at": "2026-11-24T10:00+03:00",
    }
    await desk.dial()
    assert desk.talk.led == []


async def test_a_number_that_does_not_exist_is_not_tried_again(desk: Desk) -> None:
    await desk.dial(answer=False, code=404)
    assert (await desk.task()).status is TaskStatus.FAILED
    assert await desk.callbacks() == ["Номер не существует: проверьте телефон"]


async def test_nobody_answers_in_time(desk: Desk) -> None:
    desk.exchange.phone(ANNAS_PHONE)
    await desk.dialer.dial("t1")
    assert (await desk.task()).result == "no_answer"


async def test_a_line_that_is_down_costs_the_patient_no_attempt(desk: Desk) -> None:
    await desk.line.close()
    for _ in range(4):
        await desk.dialer.dial("t1")
    task = await desk.task()
    assert (task.status, task.result) == (TaskStatus.PENDING, "line_failed")
    assert task.due_at == NOW + timedelta(minutes=5)


async def test_the_wrong_person_is_not_phoned_again(desk: Desk) -> None:
    desk.talk.outcome = {"outcome": "wrong_person_handled"}
    await desk.dial()
    assert ((await desk.task()).status, (await desk.task()).result) == (TaskStatus.DONE, "wrong_person")
    assert await desk.callbacks() == ["По этому номеру ответил другой человек: проверьте телефон"]


async def test_a_broken_talk_hangs_up_and_asks_people(desk: Desk) -> None:
    desk.talk.error = RuntimeError("broken")
    await desk.dial()
    assert desk.exchange.wires == {}
    assert (await desk.task()).result == "talked"
    assert await desk.callbacks() == ["Разговор прервался, ответа нет"]


async def test_do_not_call_closes_the_task_unphoned(desk: Desk) -> None:
    await desk.clinic.do_not_call(ANNAS_PHONE, call_id=None)
    await desk.dial()
    task = await desk.task()
    assert (task.status, task.result, desk.talk.led) == (TaskStatus.CANCELLED, "denied", [])
    assert await desk.tasks.decisions("t1") == [("deny", "do_not_call")]
    assert await desk.callbacks() == []


async def test_outside_the_hours_the_task_waits_for_the_window(desk: Desk) -> None:
    desk.clock.advance(timedelta(hours=9))
    await desk.dial()
    task = await desk.task()
    assert (task.status, desk.talk.led) == (TaskStatus.PENDING, [])
    assert task.due_at == datetime(2026, 11, 24, 9, tzinfo=MOSCOW)
    assert await desk.tasks.decisions("t1") == [("defer", "calling_window")]


async def test_a_window_that_opens_after_the_visit_is_too_late(desk: Desk) -> None:
    early = datetime(2026, 11, 24, 9, tzinfo=MOSCOW)
    await desk.tasks.add(
        CallTask(
            id="t2",
            kind=TaskKind.REMINDER,
            phone=ANNAS_PHONE,
            due_at=NOW,
            status=TaskStatus.PENDING,
            visit_at=early,
        ),
        dedup_key="early",
    )
    desk.clock.advance(timedelta(hours=9))
    await desk.dialer.dial("t2")
    task = await desk.tasks.get("t2")
    assert task is not None
    assert (task.status, task.result) == (TaskStatus.FAILED, "too_late")
    assert await desk.callbacks() == ["Робот не дозвонился до начала приёма"]


@pytest.mark.parametrize("event", ["confirm", "cancel", "move", "begin"])
async def test_a_task_whose_visit_changed_closes_itself(desk: Desk, event: str) -> None:
    if event == "confirm":
        await desk.clinic.confirm("v1", call_id=None)
    elif event == "cancel":
        await desk.clinic.cancel("v1", reason="", call_id=None)
    elif event == "move":
        hold = await desk.clinic.hold("o1", owner="c")
        await desk.clinic.move("v1", hold.id, call_id=None)
    else:
        desk.clock.advance(VISIT_AT - NOW)
    await desk.dial()
    task = await desk.task()
    expected = {"confirm": "confirmed", "cancel": "cancelled", "move": "moved", "begin": "begun"}[event]
    assert (task.status, task.result, desk.talk.led) == (TaskStatus.CANCELLED, f"visit_{expected}", [])


async def test_without_a_free_line_the_task_waits(desk: Desk) -> None:
    await desk.permits.acquire(PERMIT, "another", limit=1, ttl=timedelta(minutes=5))
    await desk.dial()
    task = await desk.task()
    assert (task.status, task.due_at, task.attempts) == (TaskStatus.PENDING, NOW + timedelta(seconds=30), 0)


async def test_many_workers_phone_once(desk: Desk) -> None:
    phone = desk.exchange.phone(ANNAS_PHONE)

    async def at_annas() -> int:
        calls = 0
        async for ringing in phone.incoming():
            calls += 1
            await ringing.answer()
        return calls

    anna = asyncio.create_task(at_annas())
    await asyncio.gather(*(desk.dialer.dial("t1") for _ in range(5)))
    anna.cancel()
    assert desk.talk.led == [("reminder", "t1")]
    assert (await desk.task()).attempts == 1


async def test_a_call_cut_off_by_a_crash_is_settled_and_tried_again(desk: Desk) -> None:
    await desk.tasks.claim("t1", call_id="lost", at=NOW)
    assert await desk.dialer.recover({"lost"}) == 0
    assert await desk.dialer.recover(()) == 1
    task = await desk.task()
    assert (task.status, task.result) == (TaskStatus.PENDING, AttemptResult.LINE_FAILED)
    assert await desk.dialer.recover(()) == 0


async def test_a_call_that_outlived_a_restart_is_finished_later(desk: Desk) -> None:
    await desk.tasks.claim("t1", call_id="survivor", at=NOW)
    await desk.dialer.finish("t1", "survivor", {"outcome": "rescheduled"})
    await desk.dialer.finish("t1", "survivor", {"outcome": "cancelled"})
    assert ((await desk.task()).status, (await desk.task()).result) == (TaskStatus.DONE, "moved")


async def test_the_view_shows_open_tasks_with_masked_phones(desk: Desk) -> None:
    [row] = await queue_view(desk.tasks)
    assert row == {
        "id": "t1",
        "kind": "reminder",
        "status": "pending",
        "phone": "…0001",
        "due_at": "2026-11-23T11:00:00+03:00",
        "visit": "v1",
        "visit_at": "2026-11-24T10:00:00+03:00",
        "attempts": 0,
        "last_result": None,
    }
    await desk.dial()
    assert await queue_view(desk.tasks) == []


async def test_who_has_no_time_is_reminded_at_the_hour_they_named(desk: Desk) -> None:
    hour = NOW + timedelta(hours=2)
    desk.talk.outcome = {"outcome": "ended_by_caller", "call_again": hour.isoformat()}
    await desk.dial()
    task = await desk.task()
    assert (task.status, task.due_at, task.result) == (TaskStatus.PENDING, hour, "postponed")
    assert await desk.callbacks() == []


async def test_who_named_an_hour_after_the_visit_is_phoned_by_people(desk: Desk) -> None:
    desk.talk.outcome = {"outcome": "ended_by_caller", "call_again": VISIT_AT.isoformat()}
    await desk.dial()
    assert (await desk.task()).status is TaskStatus.DONE
    assert await desk.callbacks() == ["Просил перезвонить, робот до приёма уже не успеет"]
