"""Pyrus: one form, one route (rules.md 1.3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.clinic import Funding, VisitStatus
from bot.domain.follow_up import BOT, FollowUp
from crm_bridge.local.route import DOCTOR_SIDE, MONEY_SIDE, Given
from crm_bridge.local.tables import VisitRow
from crm_bridge.port import HoldExpired, IllegalStep, OpeningTaken, Refused, VisitClosed
from tests.rules.house import ACCOUNTANT, DOCTOR, REGISTRAR, House, at

MINUTE = timedelta(minutes=1)


async def test_p4_a_new_request_keeps_its_opening_for_a_while(house: House) -> None:
    opening = await house.opening(at(30, "09:00"))
    visit = await house.take(opening, checked=False)
    assert (visit.status, visit.deadline_at) == (VisitStatus.REQUESTED, at(24, "10:00"))
    with pytest.raises(OpeningTaken):
        await house.clinic.hold(opening, owner="another")
    await house.clinic.check(visit.id, by=REGISTRAR)
    checked = await house.clinic.visit(visit.id)
    assert (checked.status, checked.deadline_at) == (VisitStatus.BOOKED, None)


async def test_p4_a_request_that_nobody_checked_frees_the_opening_and_leaves_a_task(house: House) -> None:
    patient = await house.patient()
    opening = await house.opening(at(30, "09:00"))
    visit = await house.take(opening, patient=patient, checked=False)
    house.go_to(at(24, "09:59"))
    await house.desk.sweep.tick()
    assert (await house.clinic.visit(visit.id)).status is VisitStatus.REQUESTED
    house.go_to(at(24, "10:00"))
    await house.desk.sweep.tick()
    closed = await house.clinic.visit(visit.id)
    assert (closed.status, closed.cancelled_by) == (VisitStatus.CANCELLED, "expired")
    await house.only_task(patient)
    await house.clinic.hold(opening, owner="another")


async def test_p4_illegal_steps_are_refused(house: House) -> None:
    visit = await house.book(at(24, "09:00"))
    with pytest.raises(IllegalStep):
        await house.clinic.check(visit.id, by=REGISTRAR)
    with pytest.raises(IllegalStep):
        await house.clinic.approve(visit.id, DOCTOR_SIDE, by=DOCTOR)
    with pytest.raises(IllegalStep):
        await house.clinic.attend(visit.id, by=DOCTOR)
    await house.clinic.cancel(visit.id, reason="ill", call_id=None)
    house.go_to(at(24, "10:00"))
    with pytest.raises(IllegalStep):
        await house.clinic.attend(visit.id, by=DOCTOR)
    with pytest.raises(VisitClosed):
        await house.clinic.confirm(visit.id, call_id=None)


@pytest.mark.parametrize("how", [{"funding": Funding.DMS}, {"service_id": "мрт"}])
async def test_p5_two_oks_of_two_people_confirm_by_themselves(house: House, how: dict[str, object]) -> None:
    await house.service("мрт", expensive=True, fundings=["paid", "dms"])
    visit = await house.book(at(30, "09:00"), **how)
    assert visit.status is VisitStatus.AWAITING_APPROVAL
    await house.clinic.approve(visit.id, DOCTOR_SIDE, by=DOCTOR)
    assert (await house.clinic.visit(visit.id)).status is VisitStatus.AWAITING_APPROVAL
    with pytest.raises(Refused, match="другой сотрудник"):
        await house.clinic.approve(visit.id, MONEY_SIDE, by=DOCTOR)
    with pytest.raises(Refused, match="уже есть"):
        await house.clinic.approve(visit.id, DOCTOR_SIDE, by=ACCOUNTANT)
    await house.clinic.approve(visit.id, MONEY_SIDE, by=ACCOUNTANT)
    assert (await house.clinic.visit(visit.id)).status is VisitStatus.BOOKED
    assert (await house.topics()).count("visit.approved") == 1


async def test_p5_the_number_of_oks_is_a_setting(house: House) -> None:
    await house.desk.policy.set("approval.required_oks", 1, by=REGISTRAR)
    visit = await house.book(at(30, "09:00"), funding=Funding.DMS)
    await house.clinic.approve(visit.id, MONEY_SIDE, by=ACCOUNTANT)
    assert (await house.clinic.visit(visit.id)).status is VisitStatus.BOOKED


async def test_p6_a_move_keeps_the_visit_and_tells_the_doctor(house: House) -> None:
    visit = await house.book(at(30, "09:00"))
    moved = await house.move(visit, at(30, "11:00"))
    assert (moved.id, moved.starts_at, moved.moved) == (visit.id, at(30, "11:00"), True)
    assert (await house.topics()).count("doctor.notice") == 1


async def test_p6_staff_choose_a_reason_and_the_bot_may_write_that_none_was_named(house: House) -> None:
    patient = await house.patient()
    visit = await house.book(at(30, "09:00"), patient=patient)
    for reason in (None, "no_such_reason", "not_said"):
        with pytest.raises(Refused, match=r"[Пп]ричину"):
            await house.clinic.cancel_visit(
                visit.id, cancelled_by="patient", reason_id=reason, follow_up=FollowUp.TASK, by=REGISTRAR
            )
    await house.clinic.cancel(visit.id, reason="", call_id=None)
    closed = await house.clinic.visit(visit.id)
    assert (closed.cancelled_by, closed.reason_id) == ("patient", "not_said")
    assert "не назвал(а)" in (await house.only_task(patient)).comment


async def test_p6_who_cancelled_can_be_told_apart(house: House) -> None:
    one, other = await house.book(at(30, "09:00")), await house.book(at(30, "10:00"))
    await house.clinic.cancel(one.id, reason="ill", call_id=None)
    await house.clinic.cancel_visit(other.id, cancelled_by="clinic", reason_id="doctor_away", by=REGISTRAR)
    found = [(await house.clinic.visit(visit.id)).cancelled_by for visit in (one, other)]
    assert found == ["patient", "clinic"]


async def test_p7_the_fact_of_a_visit_is_written_once(house: House) -> None:
    await house.service("укол", price=300)
    visit = await house.book(at(24, "09:00"))
    house.go_to(at(24, "09:30"))
    for quantity in (2, 3):
        await house.clinic.attend(visit.id, by=DOCTOR, given=[Given(service_id="укол", quantity=quantity)])
    done = await house.clinic.visit(visit.id)
    assert (done.status, done.price) == (VisitStatus.COMPLETED, 900)


async def test_p11_what_is_not_approved_or_paid_is_not_confirmed(house: House) -> None:
    visit = await house.book(at(30, "09:00"), funding=Funding.DMS)
    with pytest.raises(Refused, match="не согласован"):
        await house.clinic.confirm(visit.id, call_id=None)


async def test_an_approval_that_does_not_come_frees_the_opening(house: House) -> None:
    patient = await house.patient()
    visit = await house.book(at(30, "09:00"), patient=patient, funding=Funding.DMS)
    house.go_to(at(26, "10:00") - MINUTE)
    assert await house.desk.sweep.withdraw_overdue() == 0
    house.go_to(at(26, "10:00"))
    assert await house.desk.sweep.withdraw_overdue() == 1
    assert (await house.clinic.visit(visit.id)).cancelled_by == "expired"
    await house.only_task(patient)


async def test_tb_the_bots_booking_is_told_from_a_registrars(house: House) -> None:
    await house.book(at(30, "09:00"), by=BOT)
    await house.book(at(30, "10:00"), by=REGISTRAR)
    assert sorted(row.booked_by for row in await house.rows(VisitRow)) == ["bot", "staff:registrar"]


async def test_p3_a_chosen_time_and_one_step_make_a_whole_card(house: House) -> None:
    """Nothing is entered twice: doctor, service, price, time and branch come from the opening, the rest is known."""
    await house.service("приём", price=1000, specialty="терапевт")
    patient = await house.patient()
    opening = await house.opening(at(24, "10:00"))
    hold = await house.clinic.hold(opening, owner="desk", service_id="приём")
    made = await house.clinic.book(hold.id, patient_id=patient.id, call_id=None, service_id="приём", by=REGISTRAR)
    card = await house.clinic.visit(made.id)
    assert (card.patient, card.starts_at, card.ends_at) == (patient, at(24, "10:00"), at(24, "10:20"))
    assert (card.doctor and card.doctor.id, card.service and card.service.id, card.branch_id) == ("d1", "приём", "main")
    [row] = await house.rows(VisitRow)
    assert (row.price, row.booked_by, row.source, row.status) == (1000, str(REGISTRAR), "phone", VisitStatus.BOOKED)
    assert [one.kind for one in await house.desk.control.timeline(patient.id)] == ["visit"]


async def test_p3_the_same_button_pressed_twice_makes_one_card(house: House) -> None:
    patient = await house.patient()
    hold = await house.clinic.hold(await house.opening(at(24, "10:00")), owner="desk")
    cards = [await house.clinic.book(hold.id, patient_id=patient.id, call_id=None, by=REGISTRAR) for _ in range(2)]
    assert cards[0] == cards[1]
    assert len(await house.rows(VisitRow)) == 1


async def test_p3_a_time_that_was_not_kept_makes_no_card(house: House) -> None:
    """Its hold is over after three minutes, to the second."""
    patient = await house.patient()
    first, second = [await house.opening(at(24, clock)) for clock in ("10:00", "11:00")]
    kept, late = [await house.clinic.hold(one, owner="desk") for one in (first, second)]
    house.clock.advance(timedelta(minutes=3) - timedelta(seconds=1))
    await house.clinic.book(kept.id, patient_id=patient.id, call_id=None, by=REGISTRAR)
    house.clock.advance(timedelta(seconds=1))
    with pytest.raises(HoldExpired):
        await house.clinic.book(late.id, patient_id=patient.id, call_id=None, by=REGISTRAR)
    assert len(await house.rows(VisitRow)) == 1
