"""What counts as right and what as a wrong commit, on made-up databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.demo.person import Part
from bot.demo.spoken.judge import Seen, judge
from bot.demo.spoken.plan import VOICES, CallPlan, Expected, SeenVisit, WantedVisit
from bot.domain.clinic import ClinicRequest, Patient, RequestKind, VisitStatus
from bot.domain.clock import MOSCOW

AT = datetime(2026, 11, 24, 9, 30)
ANNA = Patient(id="p1", full_name="Петрова Анна Ильинична", birth_date=date(1962, 3, 5), phone="+79991002000")
BOOKED = SeenVisit(
    id="v1",
    name=ANNA.full_name,
    birth_date=ANNA.birth_date,
    phone=ANNA.phone,
    at=AT,
    specialty="терапевт",
    doctor="Морозова Наталья Сергеевна",
    service="",
    branch_id="main",
    status=VisitStatus.BOOKED,
)
WANTED = WantedVisit(at=AT, specialty="терапевт", doctor=BOOKED.doctor, branch_id="main")


def plan(expected: Expected, *, known: bool = True, before: SeenVisit | None = None) -> CallPlan:
    part = Part(phone=ANNA.phone or "", voice=VOICES[0], answers={})
    return CallPlan(
        number=0,
        scenario="book",
        patient=ANNA,
        known=known,
        voice=VOICES[0],
        noise="clean",
        part=part,
        expected=expected,
        before=before,
    )


def seen(outcome: str, *visits: SeenVisit, requests: tuple[ClinicRequest, ...] = ()) -> Seen:
    return Seen(outcome={"outcome": outcome}, visits=visits, requests=requests)


BOOKS = Expected(outcomes=frozenset({"booked"}), visit=WANTED)


def test_the_visit_that_was_wanted_is_right() -> None:
    verdict = judge(plan(BOOKS), seen("booked", BOOKED))
    assert verdict.right
    assert not verdict.wrong


@pytest.mark.parametrize(
    "changes",
    [
        {"at": datetime(2026, 11, 24, 10, 30)},
        {"at": datetime(2026, 11, 25, 9, 30)},
        {"doctor": "Григорьев Павел Андреевич"},
        {"specialty": "хирург"},
        {"branch_id": "other"},
        {"birth_date": date(1962, 5, 3)},
        {"name": "Петров Иван Ильич"},
        {"phone": "+79990000000"},
    ],
)
def test_another_hour_day_doctor_branch_or_person_is_a_wrong_commit(changes: dict[str, object]) -> None:
    verdict = judge(plan(BOOKS), seen("booked", replace(BOOKED, **changes)))  # type: ignore[arg-type]
    assert verdict.wrong
    assert not verdict.right


def test_somebody_new_counts_by_birth_date_and_phone() -> None:
    misspelt = replace(BOOKED, name="Петрова Анна Ильинишна")
    assert judge(plan(BOOKS, known=False), seen("booked", misspelt)).right
    assert judge(plan(BOOKS, known=True), seen("booked", misspelt)).wrong
    assert judge(plan(BOOKS, known=False), seen("booked", replace(misspelt, birth_date=date(1963, 3, 5)))).wrong


def test_two_visits_from_one_call_are_one_too_many() -> None:
    assert judge(plan(BOOKS), seen("booked", BOOKED, replace(BOOKED, id="v2"))).wrong


def test_a_call_that_came_to_nothing_is_not_right_and_not_a_wrong_commit() -> None:
    verdict = judge(plan(BOOKS), seen("transferred"))
    assert not verdict.right
    assert not verdict.wrong
    assert verdict.remark == "итог transferred"


def test_an_outcome_without_its_visit_is_not_right() -> None:
    assert judge(plan(BOOKS), seen("booked")).remark == "приём не записан"


def test_who_only_asked_must_not_be_booked() -> None:
    asks = Expected(outcomes=frozenset({"info_given"}))
    assert judge(plan(asks), seen("info_given")).right
    assert judge(plan(asks), seen("info_given", BOOKED)).wrong


def test_a_moved_visit_is_on_the_new_time_and_the_old_one_is_free() -> None:
    moves = Expected(outcomes=frozenset({"rescheduled"}), visit=WANTED, keeps=False)
    before = replace(BOOKED, at=datetime(2026, 11, 26, 12))
    assert judge(plan(moves, before=before), seen("rescheduled", BOOKED)).right
    assert not judge(plan(moves, before=before), seen("transferred", before)).wrong
    assert judge(plan(moves, before=before), seen("rescheduled", replace(BOOKED, at=datetime(2026, 11, 27, 9)))).wrong


def test_a_cancelled_visit_is_gone_only_if_that_was_asked() -> None:
    cancels = Expected(outcomes=frozenset({"cancelled"}), keeps=False)
    assert judge(plan(cancels, before=BOOKED), seen("cancelled")).right
    assert judge(plan(cancels, before=BOOKED), seen("cancelled", BOOKED)).remark == "прежний приём остался"
    confirms = Expected(outcomes=frozenset({"confirmed"}), status=VisitStatus.CONFIRMED)
    assert judge(plan(confirms, before=BOOKED), seen("cancelled")).wrong
    assert judge(plan(confirms, before=BOOKED), seen("confirmed", replace(BOOKED, status=VisitStatus.CONFIRMED))).right
    assert judge(plan(confirms, before=BOOKED), seen("confirmed", BOOKED)).remark == "приём не confirmed"


def home(address: str, born: str = "1962-03-05") -> ClinicRequest:
    return ClinicRequest(
        id="r1",
        kind=RequestKind.HOME_VISIT,
        created_at=datetime(2026, 11, 23, 10, tzinfo=MOSCOW),
        call_id="c1",
        phone=ANNA.phone,
        patient=None,
        fields={"address": address, "birth_date": born},
    )


def test_a_doctor_goes_to_the_right_door_and_the_right_person() -> None:
    calls = Expected(
        outcomes=frozenset({"home_visit_created"}), request=RequestKind.HOME_VISIT, address="Лесная 5 кв 12"
    )
    right = home("улица Лесная, 5, кв 12")
    assert judge(plan(calls), seen("home_visit_created", requests=(right,))).right
    assert judge(plan(calls), seen("home_visit_created", requests=(home("Лесная 6 кв 12"),))).wrong
    assert judge(plan(calls), seen("home_visit_created", requests=(home("Лесная 5 кв 12", "1962-05-03"),))).wrong
    assert judge(plan(BOOKS), seen("booked", BOOKED, requests=(right,))).wrong


def test_a_call_back_task_harms_nobody() -> None:
    request = replace(home(""), kind=RequestKind.CALLBACK)
    assert judge(plan(BOOKS), seen("booked", BOOKED, requests=(request,))).right
