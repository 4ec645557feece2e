"""From what happens in the clinic to what its patients read: real rules, real outbox, real table, real wire."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.composition.notify import UNDELIVERED
from bot.domain.clinic import Funding, Patient, VisitStatus
from bot.domain.follow_up import FollowUp, Need
from bot.notify.port import DeliveryState
from bot.notify.service import Step
from bot.notify.settings import GatewaySettings
from bot.storage.outbox import Outbox
from crm_bridge.local.route import DOCTOR_SIDE, MONEY_SIDE
from crm_bridge.local.tables import ConsentRow, PatientRow, RepresentativeRow
from tests.integration.notify.post import SETTINGS, post
from tests.integration.notify.sms_gateway import FakeGateway
from tests.rules.house import ACCOUNTANT, DIRECTOR, DOCTOR, NOW, REGISTRAR, THERAPIST, House, at

PREP = "Не есть 8 часов."


async def agree(house: House, patient: Patient, *answers: bool) -> None:
    async with house.database.write() as session:
        for granted in answers:
            session.add(
                ConsentRow(patient_id=patient.id, purpose="survey", granted=granted, source="desk", wording="1", at=NOW)
            )
            await session.flush()


async def test_a_booking_with_preparation_leaves_one_message_each(house: House, tmp_path: Path) -> None:
    await house.service("uzi", prep=PREP, specialty=THERAPIST)
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(24, "10:00"), service_id="uzi")
        assert await mail.round() == {Step.SENT: 2}
        assert await mail.round() == {}
        assert await mail.templates(visit) == ["confirmation", "preparation"]
        texts = {line["template"]: line["text"] for line in mail.lines()}
        assert texts["confirmation"] == (
            "Главный: Мария Петровна, вы записаны на 24 ноября (вторник) в 10:00. "
            "uzi, врач Иванов И. И. Адрес: Ленина, 1."
        )
        assert PREP in texts["preparation"]
        assert len(mail.lines()) == 2
        assert (await house.clinic.visit(visit.id)).prep_told


async def test_an_outbox_that_is_handed_on_again_leaves_no_second_message(house: House, tmp_path: Path) -> None:
    await house.service("uzi", prep=PREP, specialty=THERAPIST)
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(24, "10:00"), service_id="uzi")
        events = await Outbox(house.database, house.clock).pending()
        await mail.round()
        for event in events:
            await mail.messages.planner.take(event)
        assert await mail.round() == {}
        assert len(await mail.about(visit)) == 2


async def test_a_prepayment_leaves_one_link_and_its_expiry_one_notice(house: House, tmp_path: Path) -> None:
    patient = await house.patient()
    await house.service("mri", specialty=THERAPIST, price=5000)
    for day in (24, 25):  # two no-shows: the third visit is prepaid
        missed = await house.book(at(day, "10:00"), patient=patient)
        house.go_to(at(day, "10:40"))
        await house.clinic.no_show(missed.id, by=REGISTRAR)
    async with post(house, tmp_path) as mail:
        await mail.round()
        visit = await house.book(at(28, "10:00"), patient=patient, service_id="mri")
        assert visit.status is VisitStatus.AWAITING_PAYMENT
        assert await mail.round() == {Step.SENT: 1}
        [link] = await mail.about(visit)
        [payment] = await house.desk.payments.payments_of(visit.id)
        assert link.template == "payment_deadline"
        assert f"https://clinic.example/pay/{payment.token}" in link.text
        assert "5\u00a0000 руб. до 10:40 26 ноября" in link.text
        house.go_to(at(26, "10:40"))
        await house.desk.sweep.tick()
        await mail.round()
        assert await mail.templates(visit) == ["expired_unpaid", "payment_deadline"]


async def test_a_paid_visit_is_confirmed_then(house: House, tmp_path: Path) -> None:
    patient = await house.patient()
    for day in (24, 25):
        missed = await house.book(at(day, "10:00"), patient=patient)
        house.go_to(at(day, "10:40"))
        await house.clinic.no_show(missed.id, by=REGISTRAR)
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(28, "10:00"), patient=patient)
        await mail.round()
        assert await mail.templates(visit) == ["payment_deadline"]
        [payment] = await house.desk.payments.payments_of(visit.id)
        assert payment.token
        await house.desk.payments.paid(payment.token, provider_id="x1", by=ACCOUNTANT)
        await mail.round()
        assert await mail.templates(visit) == ["confirmation", "payment_deadline"]


async def test_money_at_the_desk_leaves_no_link(house: House, tmp_path: Path) -> None:
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(24, "10:00"))
        await house.desk.payments.pay_at_desk(visit.id, 1000, by=ACCOUNTANT)
        await mail.round()
        assert await mail.templates(visit) == ["confirmation"]


async def test_an_approved_visit_is_confirmed_once(house: House, tmp_path: Path) -> None:
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(24, "10:00"), funding=Funding.DMS)
        await mail.round()
        assert await mail.about(visit) == []
        await house.clinic.approve(visit.id, DOCTOR_SIDE, by=DOCTOR)
        await house.clinic.approve(visit.id, MONEY_SIDE, by=ACCOUNTANT)
        await mail.round()
        assert await mail.templates(visit) == ["confirmation"]


async def test_a_moved_visit_tells_patient_and_doctor_once_each(house: House, tmp_path: Path) -> None:
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(24, "10:00"))
        await mail.round()
        house.go_to(at(23, "11:00"))
        await house.move(visit, at(26, "15:30"))
        await mail.round()
        assert await mail.templates(visit) == ["confirmation", "doctor_moved", "moved"]
        [notice] = await mail.messages.store.notices("doctor:d1")
        assert "новое время 26 ноября (четверг) в 15:30" in notice.text
        assert len(mail.lines()) == 2  # the doctor's stays in the table
        await mail.messages.service.seen(notice.id)
        assert await mail.messages.store.notices("doctor:d1") == []


async def test_a_cancellation_by_the_clinic_is_told_at_night(house: House, tmp_path: Path) -> None:
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(24, "10:00"))
        await mail.round()
        house.go_to(at(23, "23:00"))
        await house.clinic.cancel_visit(visit.id, cancelled_by="clinic", reason_id="doctor_away", by=DIRECTOR)
        assert await mail.round() == {Step.SENT: 1}
        assert await mail.templates(visit) == ["cancelled_by_clinic", "confirmation", "doctor_cancelled"]


async def test_a_booking_at_night_is_confirmed_in_the_patients_morning(house: House, tmp_path: Path) -> None:
    patient = await house.patient()
    async with house.database.write() as session:
        row = await session.get(PatientRow, patient.id)
        assert row
        row.timezone = "Asia/Vladivostok"
    async with post(house, tmp_path) as mail:
        house.go_to(at(23, "15:00"))  # ten in the evening there
        visit = await house.book(at(26, "10:00"), patient=patient)
        assert await mail.round() == {Step.QUIET: 1}
        house.go_to(at(24, "01:59"))
        assert await mail.round() == {}
        house.go_to(at(24, "02:00"))
        assert await mail.round() == {Step.SENT: 1}
        [message] = await mail.about(visit)
        assert message.quiet_until == at(24, "02:00")


async def test_a_zone_that_is_none_leaves_the_branchs(house: House, tmp_path: Path) -> None:
    patient = await house.patient()
    async with house.database.write() as session:
        row = await session.get(PatientRow, patient.id)
        assert row
        row.timezone = "Мск +2"
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(26, "10:00"), patient=patient)
        assert await mail.round() == {Step.SENT: 1}
        [message] = await mail.about(visit)
        assert message.zone == "Europe/Moscow"


async def test_what_was_not_sent_before_a_cancellation_is_not_sent(house: House, tmp_path: Path) -> None:
    async with post(house, tmp_path) as mail:
        house.go_to(at(23, "22:00"))
        visit = await house.book(at(26, "10:00"))
        assert await mail.round() == {Step.QUIET: 1}
        await house.clinic.cancel_visit(
            visit.id, cancelled_by="patient", reason_id="ill", by=REGISTRAR, follow_up=FollowUp.TASK
        )
        house.go_to(at(24, "12:00"))
        await mail.round()
        assert [line["template"] for line in mail.lines()] == ["cancelled"]


@pytest.mark.parametrize(("answers", "asked"), [((), 0), ((True,), 1), ((True, False), 0), ((False, True), 1)])
async def test_a_rating_is_asked_for_by_the_newest_consent(
    house: House, tmp_path: Path, answers: tuple[bool, ...], asked: int
) -> None:
    patient = await house.patient()
    await agree(house, patient, *answers)
    async with post(house, tmp_path) as mail:
        visit = await house.book(at(23, "11:00"), patient=patient)
        house.go_to(at(23, "11:20"))
        await house.clinic.attend(visit.id, by=DOCTOR)
        await mail.round()
        house.go_to(at(23, "13:20"))
        await mail.round()
        assert (await mail.templates(visit)).count("rating") == asked
        assert sum(line["template"] == "rating" for line in mail.lines()) == asked


async def test_a_freed_opening_is_offered_in_writing(house: House, tmp_path: Path) -> None:
    patient = await house.patient()
    await house.desk.waitlist.add_to_waitlist(
        patient_id=patient.id, need=Need(doctor_id="d1"), comment="утром", by=REGISTRAR
    )
    async with post(house, tmp_path) as mail:
        await house.opening(at(25, "10:00"))
        await house.desk.sweep.tick()
        assert await mail.round() == {Step.SENT: 1}
        [line] = mail.lines()
        assert "освободилось время 25 ноября (среда) в 10:00" in line["text"]
        assert "до 10:15 23 ноября" in line["text"]


async def test_who_has_no_phone_is_reached_through_who_speaks_for_them(house: House, tmp_path: Path) -> None:
    child = await house.patient(phone=None)
    async with house.database.write() as session:
        session.add(RepresentativeRow(patient_id=child.id, full_name="Мать", phone="+79160000009", relation="mother"))
    async with post(house, tmp_path) as mail:
        await house.book(at(24, "10:00"), patient=child)
        await mail.round()
        assert [line["recipient"] for line in mail.lines()] == ["+79160000009"]


@pytest.mark.parametrize("fault", [500, 429, "timeout", "dropped"])
async def test_a_dead_gateway_leaves_one_task_and_no_exception(
    house: House, tmp_path: Path, gateway: FakeGateway, fault: int | str
) -> None:
    waits = (timedelta(minutes=1), timedelta(minutes=5))
    sms = GatewaySettings(url=gateway.url, timeout_s=0.2 if fault == "timeout" else 10)
    gateway.faults = [fault] * 3
    async with post(house, tmp_path, replace(SETTINGS, sms=sms, retries=waits)) as mail:
        visit = await house.book(at(24, "10:00"))
        assert await mail.round() == {Step.AGAIN: 1}
        house.clock.advance(waits[0])
        assert await mail.round() == {Step.AGAIN: 1}
        house.clock.advance(waits[1])
        assert await mail.round() == {Step.FAILED: 1}
        house.clock.advance(timedelta(hours=1))
        assert await mail.round() == {}
        [message] = await mail.about(visit)
        assert message.state is DeliveryState.FAILED
        [task] = await house.desk.tasks.active_tasks(owner="desk")
        assert (task.type, task.patient_id) == (UNDELIVERED, visit.patient.id)
        assert "Не доставлено: Запись на приём. SMS-шлюз" in task.comment
        assert len({one.fields["phone"] for one in gateway.asked}) == 1
        if fault != "timeout":  # a hurried client may give up before the gateway has read what it was asked
            assert len(gateway.asked) == 3


async def test_the_task_of_a_message_is_made_once(house: House, tmp_path: Path, gateway: FakeGateway) -> None:
    """The process died between the task and the message's end: the next one finds the task."""
    gateway.faults = [400]
    sms = GatewaySettings(url=gateway.url)
    async with post(house, tmp_path, replace(SETTINGS, sms=sms)) as mail:
        visit = await house.book(at(24, "10:00"))
        await mail.round()
        [message] = await mail.about(visit)
        await mail.messages.service._undelivered(message, "ещё раз")
        assert len(await house.desk.tasks.active_tasks(owner="desk")) == 1


async def test_two_processes_send_each_message_once(house: House, tmp_path: Path) -> None:
    async with post(house, tmp_path) as one, post(house, tmp_path) as other:
        patient = await house.patient()
        for hour in range(10, 13):
            await house.book(at(24, f"{hour}:00"), patient=patient)
        await one.round()
        for hour in range(10, 13):
            await house.book(at(25, f"{hour}:00"), patient=patient)
        await Outbox(house.database, house.clock).relay(one.messages.planner.take)
        await asyncio.gather(one.messages.service.tick(), other.messages.service.tick())
        assert len(one.lines()) == len({line["id"] for line in one.lines()}) == 6
