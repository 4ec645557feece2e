"""CleverBOX: nobody is forgotten, who lets the clinic down pays ahead, devices are not booked twice (rules.md 1.4)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest

from bot.domain.clinic import Funding, OpeningQuery, Patient, VisitStatus
from bot.domain.follow_up import CHECK_UP, Need
from crm_bridge.port import IllegalStep, OpeningTaken, Refused
from crm_bridge.rules.settings import RuleSettingError
from tests.rules.house import DIRECTOR, DOCTOR, REGISTRAR, SURGEON, THERAPIST, House, at

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


async def missed(house: House, patient: Patient, day: int) -> str:
    """A visit at nine o'clock of that day to which nobody came."""
    visit = await house.book(at(day, "09:00"), patient=patient)
    house.go_to(at(day, "09:35"))
    await house.desk.sweep.mark_no_shows()
    return visit.id


async def strikes(house: House, patient: Patient) -> int:
    return (await house.desk.policy.booking_policy(patient.id, by=REGISTRAR)).strikes


@pytest.mark.parametrize(("before", "late"), [(timedelta(0), False), (SECOND, True), (MINUTE, True)])
async def test_c15_24_hours_before_is_in_time_a_minute_later_is_not(
    house: House, before: timedelta, late: bool
) -> None:
    patient = await house.patient()
    visit = await house.book(at(30, "09:00"), patient=patient)
    house.go_to(at(29, "09:00") + before)
    await house.clinic.cancel(visit.id, reason="ill", call_id=None)
    assert (await house.clinic.visit(visit.id)).late is late
    assert await strikes(house, patient) == int(late)


async def test_c15_the_hours_are_a_setting(house: House) -> None:
    await house.desk.policy.set("policy.cancel_min_hours", 2, by=DIRECTOR)
    assert (await house.clinic.directory()).cancel_hours == 2, "the bot says it before the visit is given up"
    visit = await house.book(at(24, "09:00"))
    house.go_to(at(24, "07:00"))
    await house.clinic.cancel(visit.id, reason="ill", call_id=None)
    assert not (await house.clinic.visit(visit.id)).late


async def test_c16_the_third_booking_waits_for_money(house: House) -> None:
    patient = await house.patient()
    await missed(house, patient, 24)
    after_one = await house.book(at(28, "12:00"), patient=patient)
    assert after_one.status is VisitStatus.BOOKED
    await missed(house, patient, 25)
    visit = await house.book(at(30, "09:00"), patient=patient)
    assert (visit.status, visit.prepayment, visit.deadline_at) == (
        VisitStatus.AWAITING_PAYMENT,
        1000,
        at(26, "09:35"),
    )


async def test_c16_the_director_lifts_it_with_a_reason(house: House) -> None:
    patient = await house.patient()
    for day in (24, 25):
        await missed(house, patient, day)
    with pytest.raises(Refused, match="почему"):
        await house.desk.policy.lift_strikes(patient.id, " ", by=DIRECTOR)
    await house.desk.policy.lift_strikes(patient.id, "была в больнице", by=DIRECTOR)
    assert (await house.book(at(30, "09:00"), patient=patient)).status is VisitStatus.BOOKED
    [change] = await house.desk.policy.audit_of("patient", patient.id)
    assert (change.action, change.actor) == ("strikes.lift", "staff:director")


async def test_c16_strikes_older_than_the_window_do_not_count(house: House) -> None:
    patient = await house.patient()
    await missed(house, patient, 24)
    house.go_to(at(24, "09:35").replace(year=2027))
    assert await strikes(house, patient) == 1
    house.go_to(at(24, "09:36").replace(year=2027))
    assert await strikes(house, patient) == 0


async def test_c16_a_prepaid_visit_that_took_place_clears_the_slate(house: House) -> None:
    patient = await house.patient()
    for day in (24, 25):
        await missed(house, patient, day)
    visit = await house.book(at(30, "09:00"), patient=patient)
    [demand] = await house.desk.payments.payments_of(visit.id)
    assert demand.token
    await house.desk.payments.paid(demand.token, provider_id="p1", by=REGISTRAR)
    house.go_to(at(30, "09:30"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    assert await strikes(house, patient) == 0


async def test_c16_a_visit_paid_by_the_state_is_never_prepaid(house: House) -> None:
    patient = await house.patient()
    for day in (24, 25):
        await missed(house, patient, day)
    assert (await house.book(at(30, "09:00"), patient=patient, funding=Funding.OMS)).status is VisitStatus.BOOKED


async def test_c17_paid_by_the_link_is_booked_at_once_and_only_once(house: House) -> None:
    patient = await house.patient()
    for day in (24, 25):
        await missed(house, patient, day)
    visit = await house.book(at(30, "09:00"), patient=patient)
    [demand] = await house.desk.payments.payments_of(visit.id)
    assert demand.token
    for _ in range(2):
        await house.desk.payments.paid(demand.token, provider_id="p1", payer="Сидоров", by=REGISTRAR)
    paid = await house.clinic.visit(visit.id)
    assert (paid.status, paid.paid, paid.deadline_at) == (VisitStatus.BOOKED, 1000, None)
    assert await house.desk.payments.balance(patient.id) == 0


@pytest.mark.parametrize("amount", [1000, 1500])
async def test_c17_what_was_paid_at_the_desk_the_link_does_not_ask_again(house: House, amount: int) -> None:
    patient = await house.patient()
    for day in (24, 25):
        await missed(house, patient, day)
    visit = await house.book(at(30, "09:00"), patient=patient)
    [demand] = await house.desk.payments.payments_of(visit.id)
    assert demand.token
    await house.desk.payments.pay_at_desk(visit.id, amount, by=REGISTRAR)
    assert (await house.clinic.visit(visit.id)).status is VisitStatus.BOOKED
    assert (await house.desk.payments.by_token(demand.token)).status in {"paid", "void"}
    with suppress(IllegalStep):
        await house.desk.payments.paid(demand.token, provider_id="p1", by=REGISTRAR)
    assert (await house.clinic.visit(visit.id)).paid == amount


async def test_c17_unpaid_by_the_deadline_is_cancelled_and_the_money_that_comes_late_is_kept(house: House) -> None:
    patient = await house.patient()
    for day in (24, 25):
        await missed(house, patient, day)
    visit = await house.book(at(30, "09:00"), patient=patient)
    [demand] = await house.desk.payments.payments_of(visit.id)
    house.go_to(at(26, "09:34"))
    assert await house.desk.sweep.withdraw_overdue() == 0
    house.go_to(at(26, "09:35"))
    assert await house.desk.sweep.withdraw_overdue() == 1
    closed = await house.clinic.visit(visit.id)
    assert (closed.status, closed.cancelled_by, closed.late) == (VisitStatus.CANCELLED, "unpaid", False)
    assert await strikes(house, patient) == 2
    assert demand.token


async def test_c19_one_device_is_not_in_two_places(house: House) -> None:
    await house.service("узи", resources=["узи"])
    await house.device("u1", "узи")
    first = await house.opening(at(30, "09:00"), doctor="d1")
    second = await house.opening(at(30, "09:10"), doctor="d2")
    later = await house.opening(at(30, "09:20"), doctor="d2")
    await house.take(first, service_id="узи")
    with pytest.raises(OpeningTaken, match="оборудование"):
        await house.clinic.hold(second, owner="c", service_id="узи")
    await house.take(later, service_id="узи", patient=await house.patient("Другой Пётр Ильич", "+79160000002"))


async def test_c19_a_hold_keeps_the_device_and_its_end_frees_it(house: House) -> None:
    await house.service("узи", resources=["узи"])
    await house.device("u1", "узи")
    first = await house.opening(at(30, "09:00"), doctor="d1")
    second = await house.opening(at(30, "09:00"), doctor="d2")
    await house.clinic.hold(first, owner="a", service_id="узи")
    with pytest.raises(OpeningTaken):
        await house.clinic.hold(second, owner="b", service_id="узи")
    house.go_to(at(23, "10:03"))
    await house.clinic.hold(second, owner="b", service_id="узи")


async def test_c5_c6_the_next_observation_follows_from_the_visit(house: House) -> None:
    await house.service("осмотр", recall_days=30)
    patient = await house.patient()
    visit = await house.book(at(24, "09:00"), patient=patient, service_id="осмотр")
    house.go_to(at(24, "09:30"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    task = await house.only_task(patient)
    assert (task.type, task.active_from) == (CHECK_UP, date(2026, 12, 24))


@pytest.mark.parametrize(("days", "tasks"), [(61, 0), (62, 1)])
async def test_c11_not_seen_for_two_months_is_invited_once(house: House, days: int, tasks: int) -> None:
    patient = await house.patient()
    visit = await house.book(at(23, "10:20"), patient=patient)
    house.go_to(at(23, "10:45"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    house.go_to(at(23, "10:20") + timedelta(days=days))
    for _ in range(2):
        await house.desk.sweep.recall_inactive()
    assert len(await house.open_tasks(patient)) == tasks


async def test_c11_who_has_a_visit_ahead_is_left_in_peace(house: House) -> None:
    patient = await house.patient()
    visit = await house.book(at(23, "10:20"), patient=patient)
    house.go_to(at(23, "10:45"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    house.go_to(at(23, "10:20") + timedelta(days=90))
    await house.book(house.clock.now() + timedelta(days=3), patient=patient)
    assert await house.desk.sweep.recall_inactive() == 0


async def test_c11_a_closed_invitation_is_not_repeated(house: House) -> None:
    patient = await house.patient()
    visit = await house.book(at(23, "10:20"), patient=patient)
    house.go_to(at(23, "10:45"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    house.go_to(at(23, "10:20") + timedelta(days=90))
    await house.desk.sweep.recall_inactive()
    await house.desk.tasks.complete((await house.only_task(patient)).id, "not_now", by=REGISTRAR)
    assert await house.desk.sweep.recall_inactive() == 0


async def test_c12_not_reached_comes_back_by_itself(house: House) -> None:
    patient = await house.patient()
    task = await house.desk.tasks.create_task(
        patient_id=patient.id, need=Need(specialty=THERAPIST), comment="позвонить", in_days=0, by=REGISTRAR
    )
    await house.desk.tasks.postpone(task.id, date(2026, 11, 25), by=REGISTRAR)
    assert [one.id for one in await house.desk.tasks.active_tasks()] == []
    house.go_to(at(25, "09:00"))
    assert [one.id for one in await house.desk.tasks.active_tasks()] == [task.id]


async def test_c26_settings_are_named_bounded_and_audited(house: House) -> None:
    with pytest.raises(RuleSettingError, match="такой настройки нет"):
        await house.desk.policy.set("policy.no_such", 1, by=DIRECTOR)
    for value in (-1, 100_000, True):
        with pytest.raises(RuleSettingError, match="от 0 до 720"):
            await house.desk.policy.set("policy.cancel_min_hours", value, by=DIRECTOR)
    await house.desk.policy.set("policy.cancel_min_hours", 12, by=DIRECTOR)
    assert (await house.desk.policy.values())["policy.cancel_min_hours"] == 12
    [change] = await house.desk.policy.audit_of("setting", "policy.cancel_min_hours")
    assert change.detail == {"before": 24, "after": 12}


async def test_a_service_is_given_by_its_own_profession_and_needs_its_time(house: House) -> None:
    await house.service("операция", specialty=SURGEON, duration_min=40)
    with pytest.raises(Refused, match="не оказывает"):
        await house.book(at(30, "09:00"), doctor="d1", minutes=60, service_id="операция")
    with pytest.raises(Refused, match="короче"):
        await house.book(at(30, "09:00"), doctor="d2", minutes=20, service_id="операция")
    await house.book(at(30, "11:00"), doctor="d2", minutes=40, service_id="операция")
    house.go_to(at(23, "10:03"))  # the holds of the refused bookings run out
    assert len(await house.clinic.openings(OpeningQuery(limit=10))) == 2
