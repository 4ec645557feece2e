"""A freed opening becomes a call: one an offer, while it can still be taken, and the next in line at once (C14, I2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import Need, WaitOffer, WaitRequest, Wish
from bot.domain.task import AttemptResult, TaskKind, TaskStatus
from bot.outbound.memory import MemoryPermits, MemoryTaskStore
from bot.outbound.offers import OfferPlanner
from bot.outbound.results import cannot_be_asked, of_talk
from crm_bridge.port import NotFound
from tests.fixtures.small_clinic import ANNA, NOW, opening
from tests.unit.outbound.rig import ANNAS_PHONE, Desk, open_desk


@dataclass
class Line:
    """Stands for the sweep that looks for the next in line."""

    asked: int = 0


@pytest.fixture
def freed() -> Line:
    return Line()


@pytest.fixture
async def desk(
    tmp_path: Path, tasks: MemoryTaskStore, permits: MemoryPermits, clock: ManualClock, freed: Line
) -> AsyncIterator[Desk]:
    async def sweep() -> None:
        freed.asked += 1

    async with open_desk(tmp_path, tasks, permits, clock, freed=sweep) as desk:
        await desk.clinic.cancel("v1", reason="x", call_id=None)
        need = Need(specialty="кардиолог")
        await desk.clinic.join_waitlist(
            WaitRequest(patient_id=ANNA.id, need=need, wish=Wish(), comment="утром", phone=ANNAS_PHONE), call_id=None
        )
        yield desk


async def planned(desk: Desk) -> WaitOffer:
    """The opening is offered to Anna, and her call is task t1."""
    [offer] = await desk.clinic.offer_openings()
    [call] = await OfferPlanner(desk.clinic, desk.tasks, desk.clock, new_id=lambda: "t1").plan()
    assert (call.kind, call.offer_id, call.phone) == (TaskKind.WAITLIST_OFFER, offer.id, ANNAS_PHONE)
    return offer


async def is_kept(desk: Desk, offer: WaitOffer) -> bool:
    try:
        return bool(await desk.clinic.offer(offer.id))
    except NotFound:
        return False


async def is_offered_again(desk: Desk, clock: ManualClock) -> None:
    """The same opening, a quarter of an hour later."""
    assert await desk.clinic.offer_openings() == []
    clock.advance(timedelta(minutes=15))
    [_] = await desk.clinic.offer_openings()


async def test_an_offer_is_one_call_and_only_while_it_lasts(desk: Desk) -> None:
    offer = await planned(desk)
    assert await OfferPlanner(desk.clinic, desk.tasks, desk.clock).plan() == []
    task = await desk.task()
    assert task.not_after == offer.until - timedelta(minutes=3)
    assert [one.id for one in await desk.tasks.due(desk.clock.now())] == ["t1"]


async def test_it_is_led_by_its_script_and_the_next_is_looked_for_afterwards(desk: Desk, freed: Line) -> None:
    await planned(desk)
    desk.talk.outcome = {"outcome": "booked"}
    await desk.dial()
    task = await desk.task()
    assert (desk.talk.led, task.status, task.result) == ([("waitlist_offer", "t1")], TaskStatus.DONE, "booked")
    assert freed.asked == 1
    assert await desk.callbacks() == []


@pytest.mark.parametrize(
    ("outcome", "result", "kept"),
    [
        ({"outcome": "offer_declined"}, "refused", True),  # the talk itself has declined it
        ({"outcome": "offer_later"}, "postponed", True),
        ({"outcome": "ended_by_caller"}, "talked", True),
        ({"outcome": "transferred"}, "talked", True),
        ({"outcome": "wrong_person_handled"}, "wrong_person", False),
        ({"outcome": "ended_by_caller", "do_not_call": True}, "talked", False),
    ],
)
async def test_without_an_answer_it_runs_out_and_who_cannot_be_asked_goes_to_people(
    desk: Desk, outcome: Mapping[str, Any], result: str, kept: bool
) -> None:
    offer = await planned(desk)
    desk.talk.outcome = outcome
    await desk.dial()
    assert (await desk.task()).result == result
    assert await is_kept(desk, offer) is kept
    assert await desk.callbacks() == []  # what people are to do is a task of the clinic's, with its reason


async def test_busy_is_tried_again_while_it_lasts_and_not_after(desk: Desk, clock: ManualClock, freed: Line) -> None:
    offer = await planned(desk)
    await desk.dial(answer=False)
    task = await desk.task()
    assert (task.status, task.due_at, freed.asked) == (TaskStatus.PENDING, clock.now() + timedelta(minutes=10), 0)
    clock.advance(timedelta(minutes=10))
    await desk.dial(answer=False)
    task = await desk.task()
    assert (task.status, task.attempts, task.result) == (TaskStatus.FAILED, 2, "busy")
    assert await is_kept(desk, offer)
    assert await desk.callbacks() == []


async def test_a_number_that_does_not_exist_is_for_people_at_once(desk: Desk) -> None:
    offer = await planned(desk)
    await desk.dial(answer=False, code=404)
    assert (await desk.task()).result == AttemptResult.INVALID_NUMBER.value
    assert not await is_kept(desk, offer)


async def test_whoever_must_not_be_phoned_is_not_and_the_opening_goes_on(desk: Desk, freed: Line) -> None:
    offer = await planned(desk)
    await desk.clinic.do_not_call(ANNAS_PHONE, call_id=None)
    await desk.dial()
    task = await desk.task()
    assert (desk.talk.led, task.status, task.result) == ([], TaskStatus.CANCELLED, "denied")
    assert await desk.tasks.decisions("t1") == [("deny", "do_not_call")]
    assert not await is_kept(desk, offer)
    assert freed.asked == 1
    assert await desk.clinic.offer_openings() == []  # people ask Anna from now on


async def test_answered_meanwhile_it_is_not_phoned_about(desk: Desk) -> None:
    offer = await planned(desk)
    await desk.clinic.accept_offer(offer.id, call_id=None)
    await desk.dial()
    task = await desk.task()
    assert (desk.talk.led, task.status, task.result) == ([], TaskStatus.CANCELLED, "offer_gone")


async def test_so_late_that_it_would_be_the_next_ones_it_is_not_phoned_about(desk: Desk, clock: ManualClock) -> None:
    await planned(desk)
    clock.advance(timedelta(minutes=12))
    await desk.dial()
    assert (desk.talk.led, (await desk.task()).result) == ([], "offer_over")
    await is_offered_again(desk, clock)


async def test_while_the_line_is_down_no_opening_is_lost_to_the_patient(desk: Desk, clock: ManualClock) -> None:
    await planned(desk)
    for number in range(3):
        await desk.tasks.claim("t1", call_id=f"lost-{number}", at=clock.now())
        await desk.dialer.recover(())
        clock.advance(timedelta(minutes=5))
    task = await desk.task()
    assert (task.status, task.result) == (TaskStatus.FAILED, AttemptResult.LINE_FAILED.value)
    await is_offered_again(desk, clock)


async def test_whose_phone_rang_is_not_asked_about_that_opening_again(desk: Desk, clock: ManualClock) -> None:
    await planned(desk)
    await desk.dial(answer=False)
    clock.advance(timedelta(minutes=12))
    await desk.dial(answer=False)
    clock.advance(timedelta(hours=4))
    assert await desk.clinic.offer_openings() == []


@pytest.mark.parametrize("outcome", ["offer_later", "ended_by_caller"])
async def test_who_has_answered_is_not_phoned_again_the_same_day(desk: Desk, clock: ManualClock, outcome: str) -> None:
    offer = await planned(desk)
    desk.talk.outcome = {"outcome": outcome}
    await desk.dial()
    desk.clinic._openings["o2"] = opening(2, datetime(2026, 11, 27, 12, tzinfo=MOSCOW))
    clock.advance(timedelta(hours=5))
    assert await desk.clinic.offer_openings() == []
    clock.advance(timedelta(hours=10))
    [another] = await desk.clinic.offer_openings()
    assert another.opening.id != offer.opening.id


async def test_outside_the_hours_nobody_is_woken_and_nobody_asked_why(desk: Desk, clock: ManualClock) -> None:
    clock.advance(datetime(2026, 11, 23, 19, 50, tzinfo=MOSCOW) - NOW)
    await planned(desk)
    clock.advance(timedelta(minutes=10))
    await desk.dial()
    task = await desk.task()
    assert (desk.talk.led, task.status, task.result) == ([], TaskStatus.FAILED, "too_late")
    assert await desk.callbacks() == []


def test_who_cannot_be_asked() -> None:
    wrong = {"outcome": "wrong_person_handled"}
    assert cannot_be_asked(of_talk(wrong), wrong)
    assert cannot_be_asked(AttemptResult.INVALID_NUMBER, None)
    assert not cannot_be_asked(AttemptResult.NO_ANSWER, None)
