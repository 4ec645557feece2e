"""Which visits are reminded of, and when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.policy import CallingWindow
from bot.domain.task import CallTask, TaskKind, TaskStatus
from bot.outbound.memory import MemoryTaskStore
from bot.outbound.planner import ReminderPlanner, last_day_to_remind_of
from bot.outbound.settings import OutboundSettings
from crm_bridge.clinic_data import PlacedVisit
from crm_bridge.memory import MemoryClinic
from tests.fixtures.small_clinic import NO_PHONE, NOW, clinic_with, placed

TOMORROW = datetime(2026, 11, 24, 10, tzinfo=MOSCOW)


def planner(clinic: MemoryClinic, tasks: MemoryTaskStore, clock: ManualClock) -> ReminderPlanner:
    numbers = iter(range(100))
    return ReminderPlanner(
        clinic, tasks, clock, settings=OutboundSettings(), zone=MOSCOW, new_id=lambda: f"t{next(numbers)}"
    )


async def plan(now: datetime, *visits: PlacedVisit) -> list[CallTask]:
    clock = ManualClock(now)
    return list(await planner(clinic_with(*visits, clock=clock), MemoryTaskStore(), clock).plan())


async def test_a_visit_of_tomorrow_makes_one_task_however_often_we_plan(
    tasks: MemoryTaskStore, clock: ManualClock
) -> None:
    clinic = clinic_with(placed("v1", TOMORROW), clock=clock)
    planning = planner(clinic, tasks, clock)
    [task] = await planning.plan()
    assert task == CallTask(
        id="t0",
        kind=TaskKind.REMINDER,
        phone="+79161110001",
        due_at=NOW,
        status=TaskStatus.PENDING,
        visit_id="v1",
        visit_at=TOMORROW,
        patient_id="p1",
    )
    clock.advance(timedelta(hours=1))
    assert list(await planning.plan()) == []
    assert len(await tasks.open_tasks()) == 1


async def test_a_visit_that_moved_is_reminded_of_at_its_new_time(tasks: MemoryTaskStore, clock: ManualClock) -> None:
    clinic = clinic_with(placed("v1", TOMORROW), clock=clock)
    planning = planner(clinic, tasks, clock)
    await planning.plan()
    hold = await clinic.hold("o1", owner="c1")
    await clinic.move("v1", hold.id, call_id="c1")
    assert list(await planning.plan()) == []
    clock.advance(timedelta(days=1))
    [task] = await planning.plan()
    assert task.visit_at == datetime(2026, 11, 25, 12, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    "visit",
    [
        placed("today", NOW + timedelta(hours=2)),
        placed("after-tomorrow", TOMORROW + timedelta(days=1)),
        placed("confirmed", TOMORROW, status="confirmed"),
        placed("cancelled", TOMORROW, status="cancelled"),
        placed("no-phone", TOMORROW, patient=NO_PHONE),
    ],
    ids=lambda visit: visit.visit.id,
)
async def test_other_visits_make_none(visit: PlacedVisit) -> None:
    assert await plan(NOW, visit) == []


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-23T07:00", "2026-11-23T10:00"),
        ("2026-11-23T19:59", "2026-11-23T19:59"),
        ("2026-11-23T20:00", "2026-11-24T09:00"),
    ],
)
async def test_the_call_is_due_within_the_hours_for_calling(now: str, due: str) -> None:
    [task] = await plan(datetime.fromisoformat(now).replace(tzinfo=MOSCOW), placed("v1", TOMORROW))
    assert f"{task.due_at:%Y-%m-%dT%H:%M}" == due


async def test_no_task_when_no_hour_is_left_before_the_visit() -> None:
    early = placed("v1", datetime(2026, 11, 24, 9, tzinfo=MOSCOW))
    assert await plan(datetime(2026, 11, 23, 21, tzinfo=MOSCOW), early) == []


async def test_on_saturday_mondays_visits_are_reminded_of_too() -> None:
    saturday = datetime(2026, 11, 28, 11, tzinfo=MOSCOW)
    visits = [placed(f"v{day}", saturday + timedelta(days=day)) for day in (1, 2, 3)]
    assert [task.visit_id for task in await plan(saturday, *visits)] == ["v1", "v2"]


def test_a_window_that_never_opens_does_not_plan_for_ever() -> None:
    closed = CallingWindow(weekdays=None, saturday=None, sunday=None)
    assert last_day_to_remind_of(date(2026, 11, 23), closed) == date(2026, 12, 1)
