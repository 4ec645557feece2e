"""The clinic's tasks for the bot become calls; one that was dealt with meanwhile is not phoned about (I8, C12)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.domain.clock import ManualClock
from bot.domain.follow_up import BOT_OWNER, DESK_OWNER, ClinicTask, Errand, Need
from bot.domain.task import CallTask, TaskKind, TaskStatus
from bot.outbound.invitations import InvitationPlanner
from bot.outbound.memory import MemoryPermits, MemoryTaskStore
from bot.outbound.results import needs_a_person, of_talk
from crm_bridge.memory import MemoryClinic
from tests.fixtures.small_clinic import ANNA, NOW, clinic_with
from tests.unit.outbound.rig import ANNAS_PHONE, Desk, open_desk

TODAY = NOW.date()


def errand_of(*, active_from: date = TODAY, owner: str = BOT_OWNER) -> Errand:
    task = ClinicTask(
        id="e1",
        type="planned",
        patient_id=ANNA.id,
        phone=ANNA.phone,
        need=Need(specialty="терапевт"),
        comment="позвонить",
        active_from=active_from,
        owner=owner,
        status="open",
    )
    return Errand(task=task, patient=ANNA)


@pytest.fixture
def clinic(clock: ManualClock) -> MemoryClinic:
    return clinic_with(clock=clock)


@pytest.fixture
def planner(clinic: MemoryClinic, tasks: MemoryTaskStore, clock: ManualClock) -> InvitationPlanner:
    return InvitationPlanner(clinic, tasks, clock)


async def test_a_task_of_today_is_one_call(
    clinic: MemoryClinic, planner: InvitationPlanner, tasks: MemoryTaskStore
) -> None:
    clinic.add_errand(errand_of())
    [call] = await planner.plan()
    assert await planner.plan() == []
    assert (call.kind, call.errand_id) == (TaskKind.INVITATION, "e1")
    assert [task.id for task in await tasks.due(NOW)] == [call.id]


@pytest.mark.parametrize(
    "changed", [{"active_from": TODAY + timedelta(days=1)}, {"owner": DESK_OWNER}], ids=["tomorrow", "people's"]
)
async def test_what_is_not_the_bots_today_is_left_alone(
    clinic: MemoryClinic, planner: InvitationPlanner, changed: dict[str, object]
) -> None:
    clinic.add_errand(errand_of(**changed))  # type: ignore[arg-type]
    assert await planner.plan() == []


async def test_put_off_it_comes_back_on_its_day(
    clinic: MemoryClinic, planner: InvitationPlanner, clock: ManualClock
) -> None:
    clinic.add_errand(errand_of())
    await planner.plan()
    await clinic.postpone_errand("e1", TODAY + timedelta(days=7), call_id="c1")
    assert await planner.plan() == []
    clock.advance(timedelta(days=7))
    assert len(await planner.plan()) == 1


@pytest.mark.parametrize(
    ("outcome", "person"),
    [("booked", False), ("invitation_refused", False), ("invitation_postponed", False), ("ended_by_caller", True)],
)
def test_only_what_is_unsettled_goes_to_people(outcome: str, person: bool) -> None:
    ended = {"outcome": outcome}
    assert needs_a_person(of_talk(ended), ended) is person


async def test_dealt_with_meanwhile_it_is_not_phoned_about(desk: Desk) -> None:
    await desk.clinic.refuse_errand("e1", reason="refused", call_id=None)
    await desk.dial()
    task = await desk.task()
    assert (desk.talk.led, task.status, task.result) == ([], TaskStatus.CANCELLED, "errand_closed")


async def test_a_talk_that_settled_nothing_hands_the_task_to_people(desk: Desk) -> None:
    desk.talk.outcome = {"outcome": "ended_by_caller"}
    await desk.dial()
    assert desk.talk.led == [("invitation", "t1")]
    assert (await desk.clinic.errand("e1")).task.owner == DESK_OWNER
    assert await desk.callbacks() == []


@pytest.fixture
async def desk(
    tmp_path: Path, tasks: MemoryTaskStore, permits: MemoryPermits, clock: ManualClock
) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, tasks, permits, clock) as desk:
        desk.clinic.add_errand(errand_of())
        call = CallTask(
            id="t1",
            kind=TaskKind.INVITATION,
            phone=ANNAS_PHONE,
            due_at=NOW,
            status=TaskStatus.PENDING,
            patient_id=ANNA.id,
            errand_id="e1",
        )
        await tasks.add(call, dedup_key="invitation:e1")
        yield desk
