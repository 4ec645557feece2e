"""MEDMIS: a prescription brings the patient back (rules.md 1.1)."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.clinic import Patient
from bot.domain.follow_up import BOT, BOT_OWNER, PLANNED, FollowUp, LeadStage, Prescription
from crm_bridge.port import IllegalStep, Refused
from tests.rules.house import DOCTOR, REGISTRAR, THERAPIST, House, at

EGDS = "эфгдс"


async def prescribed(house: House, due_on: date | None = date(2026, 12, 15)) -> tuple[Patient, Prescription]:
    await house.service(EGDS, specialty=THERAPIST)
    patient = await house.patient()
    made = await house.desk.leads.prescribe(
        patient_id=patient.id,
        doctor_id="d1",
        service_id=EGDS,
        title="повторная ЭФГДС",
        due_on=due_on,
        by=DOCTOR,
        event_key="visit-7",
    )
    return patient, made


async def test_m1_a_prescription_needs_its_date(house: House) -> None:
    with pytest.raises(Refused, match="срок"):
        await prescribed(house, due_on=None)
    patient = await house.patient()
    assert await house.desk.leads.prescriptions(patient.id) == []


async def test_m1_a_date_in_the_past_is_refused(house: House) -> None:
    with pytest.raises(Refused, match="уже прошёл"):
        await prescribed(house, due_on=date(2026, 11, 22))


async def test_m2_one_lead_says_who_ordered_what_for_when(house: House) -> None:
    patient, made = await prescribed(house)
    lead = await house.only_lead(patient)
    assert lead.comment == "Врач Иванов И. И. назначил(а): повторная ЭФГДС на 15 декабря"
    assert (lead.stage, made.lead_id) == (LeadStage.NEW, lead.id)


async def test_m2_a_replayed_event_makes_no_second_lead(house: House) -> None:
    patient, made = await prescribed(house)
    again = await house.desk.leads.prescribe(
        patient_id=patient.id, doctor_id="d1", title="", due_on=None, by=DOCTOR, event_key="visit-7"
    )
    assert again == made
    await house.only_lead(patient)


@pytest.mark.parametrize(
    ("due_on", "called_on"),
    [
        (date(2026, 12, 17), date(2026, 12, 15)),
        # two days before a Tuesday is a Sunday: the Friday before
        (date(2026, 12, 15), date(2026, 12, 11)),
        (date(2026, 11, 25), date(2026, 11, 23)),
        (date(2026, 11, 24), date(2026, 11, 23)),
        (date(2026, 11, 23), date(2026, 11, 23)),
    ],
)
async def test_m3_the_call_is_two_days_before(house: House, due_on: date, called_on: date) -> None:
    patient, _ = await prescribed(house, due_on)
    task = await house.only_task(patient)
    assert (task.active_from, task.type) == (called_on, PLANNED)
    assert all(fact in task.comment for fact in ("Иванов И. И.", "повторная ЭФГДС", f"{due_on.day} "))


async def test_m3_a_holiday_puts_the_call_on_the_working_day_before(house: House) -> None:
    await house.desk.policy.set_holidays({date(2026, 12, 15): "перенос"}, by=REGISTRAR)
    patient, _ = await prescribed(house, date(2026, 12, 17))
    assert (await house.only_task(patient)).active_from == date(2026, 12, 14)


async def test_m3_the_lead_days_and_the_working_day_are_settings(house: House) -> None:
    await house.desk.policy.set("reminder.prescription_lead_days", 3, by=REGISTRAR)
    await house.desk.policy.set("reminder.prescription_workdays", 0, by=REGISTRAR)
    patient, _ = await prescribed(house, date(2026, 12, 16))
    assert (await house.only_task(patient)).active_from == date(2026, 12, 13)


async def test_m3_moving_the_date_moves_the_call(house: House) -> None:
    patient, made = await prescribed(house)
    await house.desk.leads.move_prescription(made.id, date(2026, 12, 24), by=DOCTOR)
    assert (await house.only_task(patient)).active_from == date(2026, 12, 22)
    assert (await house.only_lead(patient)).next_action_on == date(2026, 12, 22)


async def test_m4_a_lead_is_given_to_a_person_or_to_the_bot(house: House) -> None:
    patient, made = await prescribed(house)
    assert made.lead_id is not None
    await house.desk.leads.assign(made.lead_id, BOT_OWNER, by=REGISTRAR)
    lead = await house.only_lead(patient)
    assert (lead.stage, lead.owner) == (LeadStage.ASSIGNED, BOT_OWNER)
    assert (await house.only_task(patient)).owner == BOT_OWNER
    changes = await house.desk.policy.audit_of("lead", lead.id)
    assert [(one.action, one.actor) for one in changes if one.action == "lead.assign"] == [
        ("lead.assign", "staff:registrar")
    ]


@pytest.mark.parametrize("by", [BOT, REGISTRAR])
async def test_m7_m9_the_booking_moves_the_lead_whoever_booked(house: House, by: object) -> None:
    patient, made = await prescribed(house)
    visit = await house.book(at(30, "09:00"), patient=patient, service_id=EGDS, by=by)
    lead = await house.only_lead(patient)
    assert (lead.stage, visit.lead_id) == (LeadStage.BOOKED, made.lead_id)
    assert await house.open_tasks(patient) == []


async def test_m9_a_booking_for_another_service_does_not_move_it(house: House) -> None:
    patient, _ = await prescribed(house)
    await house.book(at(30, "09:00"), patient=patient, doctor="d2")
    assert (await house.only_lead(patient)).stage is LeadStage.NEW
    await house.only_task(patient)


async def test_m8_a_call_cannot_be_closed_without_its_outcome_or_a_refusal_without_reason(house: House) -> None:
    patient, _ = await prescribed(house)
    task = await house.only_task(patient)
    with pytest.raises(Refused, match="итог"):
        await house.desk.tasks.complete(task.id, " ", by=REGISTRAR)
    with pytest.raises(Refused, match="причину"):
        await house.desk.tasks.complete(task.id, "refused", by=BOT)
    await house.desk.tasks.complete(task.id, "refused", reason_id="expensive", by=BOT)
    assert await house.open_tasks(patient) == []


async def test_m10_the_same_answers_give_the_same_comment(house: House) -> None:
    patient, made = await prescribed(house)
    assert made.lead_id is not None
    answers = {"Удобное время": "вечер", "Причина": "дорого"}
    await house.desk.leads.refuse(
        made.lead_id, reason_id="expensive", by=BOT, answers=dict(reversed(list(answers.items())))
    )
    assert (await house.only_lead(patient)).comment.endswith("\nПричина: дорого; Удобное время: вечер")


async def test_m11_payment_wins_the_lead_and_adds_the_revenue(house: House) -> None:
    patient, _ = await prescribed(house)
    visit = await house.book(at(24, "09:00"), patient=patient, service_id=EGDS)
    house.go_to(at(24, "09:30"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    assert (await house.only_lead(patient)).stage is LeadStage.BOOKED
    await house.desk.payments.pay_at_desk(visit.id, 600, by=REGISTRAR)
    assert (await house.only_lead(patient)).stage is LeadStage.BOOKED
    await house.desk.payments.pay_at_desk(visit.id, 400, by=REGISTRAR)
    lead = await house.only_lead(patient)
    assert (lead.stage, lead.revenue) == (LeadStage.WON, 1000)


async def test_m12_a_cancellation_returns_the_lead_with_one_task(house: House) -> None:
    patient, _ = await prescribed(house)
    visit = await house.book(at(30, "09:00"), patient=patient, service_id=EGDS)
    await house.clinic.cancel(visit.id, reason="ill", call_id=None)
    assert (await house.only_lead(patient)).stage is LeadStage.ASSIGNED
    await house.only_task(patient)


async def test_m12_a_no_show_returns_the_lead_with_one_task(house: House) -> None:
    patient, _ = await prescribed(house)
    await house.book(at(24, "09:00"), patient=patient, service_id=EGDS)
    house.go_to(at(24, "09:35"))
    await house.desk.sweep.tick()
    await house.desk.sweep.tick()
    assert (await house.only_lead(patient)).stage is LeadStage.ASSIGNED
    await house.only_task(patient)


async def test_m13_a_refusal_loses_the_lead_with_its_reason(house: House) -> None:
    patient, made = await prescribed(house)
    assert made.lead_id is not None
    with pytest.raises(Refused, match="причину"):
        await house.desk.leads.refuse(made.lead_id, reason_id=None, by=BOT)
    assert (await house.only_lead(patient)).stage is LeadStage.NEW
    await house.desk.leads.refuse(made.lead_id, reason_id="elsewhere", by=BOT)
    lead = await house.only_lead(patient)
    assert (lead.stage, lead.reason_id) == (LeadStage.LOST, "elsewhere")
    assert await house.open_tasks(patient) == []


async def test_a_won_lead_stays_won(house: House) -> None:
    patient, made = await prescribed(house)
    assert made.lead_id is not None
    visit = await house.book(at(24, "09:00"), patient=patient, service_id=EGDS)
    house.go_to(at(24, "09:30"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    await house.desk.payments.pay_at_desk(visit.id, 1000, by=REGISTRAR)
    with pytest.raises(IllegalStep):
        await house.desk.leads.refuse(made.lead_id, reason_id="refused", by=REGISTRAR)


async def test_a_patient_who_no_longer_needs_it_ends_the_lead(house: House) -> None:
    patient, _ = await prescribed(house)
    visit = await house.book(at(30, "09:00"), patient=patient, service_id=EGDS)
    await house.clinic.cancel_visit(
        visit.id, cancelled_by="patient", reason_id="recovered", follow_up=FollowUp.NONE, by=REGISTRAR
    )
    assert (await house.only_lead(patient)).stage is LeadStage.LOST
    assert await house.open_tasks(patient) == []
