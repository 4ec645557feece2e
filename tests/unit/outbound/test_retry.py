"""What becomes of a task after an attempt."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.clock import MOSCOW
from bot.domain.task import AttemptResult, TaskStatus
from bot.outbound.ports import Again, Final
from bot.outbound.results import asked_again_at, needs_a_person, of_failed_call, of_talk
from bot.outbound.retry import verdict
from bot.outbound.settings import RetrySettings
from telephony.port import HangupCause

AT = datetime(2026, 11, 23, 12, tzinfo=MOSCOW)
BUSY, NO_ANSWER, LINE = AttemptResult.BUSY, AttemptResult.NO_ANSWER, AttemptResult.LINE_FAILED


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([BUSY], Again(at=AT + timedelta(minutes=10))),
        ([NO_ANSWER], Again(at=AT + timedelta(minutes=60))),
        ([BUSY, NO_ANSWER, BUSY], Final(status=TaskStatus.FAILED)),
        ([LINE, LINE, LINE, BUSY], Again(at=AT + timedelta(minutes=10))),
        ([BUSY, BUSY, LINE], Again(at=AT + timedelta(minutes=5))),
        ([LINE] * 12, Final(status=TaskStatus.FAILED)),
        ([AttemptResult.INVALID_NUMBER], Final(status=TaskStatus.FAILED)),
        ([AttemptResult.CONFIRMED], Final(status=TaskStatus.DONE)),
        ([BUSY, AttemptResult.TALKED], Final(status=TaskStatus.DONE)),
        ([AttemptResult.WRONG_PERSON], Final(status=TaskStatus.DONE)),
    ],
)
def test_the_next_step_follows_from_how_the_attempts_ended(results: list[AttemptResult], expected: object) -> None:
    assert verdict(results, at=AT, settings=RetrySettings()) == expected


def test_nobody_is_phoned_when_the_visit_has_begun() -> None:
    begins = AT + timedelta(minutes=60)
    assert verdict([NO_ANSWER], at=AT, settings=RetrySettings(), not_after=begins) == Final(status=TaskStatus.FAILED)
    later = begins + timedelta(seconds=1)
    assert isinstance(verdict([NO_ANSWER], at=AT, settings=RetrySettings(), not_after=later), Again)


@pytest.mark.parametrize("result", list(AttemptResult))
def test_every_result_is_judged(result: AttemptResult) -> None:
    assert isinstance(verdict([result], at=AT, settings=RetrySettings()), Again | Final)


@pytest.mark.parametrize("cause", list(HangupCause))
def test_every_cause_is_understood(cause: HangupCause) -> None:
    assert of_failed_call(cause, rang=False) in AttemptResult


def test_a_phone_that_rang_is_not_a_dead_line() -> None:
    assert of_failed_call(HangupCause.FAILED, rang=False) is LINE
    assert of_failed_call(HangupCause.FAILED, rang=True) is NO_ANSWER
    assert of_failed_call(HangupCause.BUSY, rang=True) is BUSY


@pytest.mark.parametrize(
    ("outcome", "result", "people"),
    [
        ("confirmed", AttemptResult.CONFIRMED, False),
        ("rescheduled", AttemptResult.MOVED, False),
        ("cancelled", AttemptResult.CANCELLED, False),
        ("transferred", AttemptResult.TALKED, False),
        ("visit_kept", AttemptResult.TALKED, False),
        ("wrong_person_handled", AttemptResult.WRONG_PERSON, True),
        ("ended_by_caller", AttemptResult.TALKED, True),
        ("ended_no_input", AttemptResult.NO_ANSWER, True),
    ],
)
def test_a_talk_tells_its_result_and_whether_people_have_to_phone(
    outcome: str, result: AttemptResult, people: bool
) -> None:
    assert of_talk({"outcome": outcome}) is result
    assert needs_a_person(result, {"outcome": outcome}) is people


def test_who_asks_to_be_phoned_again_is_phoned_at_that_hour() -> None:
    hour, later = AT + timedelta(hours=3), timedelta(minutes=60)
    asked = {"outcome": "ended_by_caller", "call_again": hour.isoformat()}
    assert of_talk(asked) is AttemptResult.POSTPONED
    assert asked_again_at(asked, now=AT, later=later) == hour
    assert asked_again_at({"call_again": "later"}, now=AT, later=later) == AT + later
    assert asked_again_at({"outcome": "confirmed"}, now=AT, later=later) is None
    judged = verdict([AttemptResult.POSTPONED], at=AT, settings=RetrySettings(), asked_at=hour)
    assert judged == Again(at=hour)


@pytest.mark.parametrize(("calls", "begins"), [(3, 24), (1, 3)])
def test_not_for_ever_and_not_when_the_visit_has_begun(calls: int, begins: int) -> None:
    asked, hour = {"outcome": "ended_by_caller", "call_again": "later"}, AT + timedelta(hours=3)
    results = [AttemptResult.POSTPONED] * calls
    begun = AT + timedelta(hours=begins)
    judged = verdict(results, at=AT, settings=RetrySettings(), not_after=begun, asked_at=hour)
    assert judged == Final(status=TaskStatus.DONE)
    assert needs_a_person(AttemptResult.POSTPONED, asked)
