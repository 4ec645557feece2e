"""What each event leaves: one message, in the words of what is true now; or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.clinic import VisitStatus
from bot.notify.port import DeliveryState, MessageKind, PaymentFacts, Person, Receipt
from tests.unit.notify.message_house import NOW, PATIENT, SETTINGS, ULTRASOUND, MessageHouse

CONFIRMED = "Здоровье: Мария Петровна, вы записаны на 24 ноября (вторник) в 10:00. Врач Иванов И. И. Адрес: Ленина, 1."
QUEUED, SENT, WITHDRAWN = DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.WITHDRAWN


async def test_a_booked_visit_is_confirmed(house: MessageHouse) -> None:
    house.visit()
    await house.happen("visit.booked", visit_id="v1")
    [message] = await house.written()
    assert message.text == CONFIRMED
    assert (message.kind, message.recipient, message.title) == (MessageKind.SMS, PATIENT.phone, "Запись на приём")
    assert (message.visit_id, message.patient_id, message.zone) == ("v1", "p1", "Europe/Moscow")
    assert (message.due_at, message.expires_at) == (NOW, NOW + timedelta(hours=22))
    assert not message.urgent


async def test_the_same_event_twice_leaves_one_message(house: MessageHouse) -> None:
    house.visit(service=ULTRASOUND)
    event = await house.happen("visit.booked", visit_id="v1")
    await house.planner.take(event)
    await house.happen("visit.approved", visit_id="v1")
    assert sorted(await house.texts()) == ["confirmation", "preparation"]
    assert len(await house.written()) == 2


async def test_preparation_is_told_where_the_service_has_one(house: MessageHouse) -> None:
    house.visit(service=ULTRASOUND)
    await house.happen("visit.booked", visit_id="v1")
    assert (await house.texts())["preparation"].endswith("24 ноября (вторник) в 10:00. Не есть 8 часов.")


@pytest.mark.parametrize(
    "status",
    [
        VisitStatus.REQUESTED,
        VisitStatus.AWAITING_APPROVAL,
        VisitStatus.AWAITING_PAYMENT,
        VisitStatus.CANCELLED,
        VisitStatus.COMPLETED,
    ],
)
async def test_what_is_not_final_is_not_confirmed(house: MessageHouse, status: VisitStatus) -> None:
    house.visit(status=status, service=ULTRASOUND)
    await house.happen("visit.booked", visit_id="v1")
    assert await house.written() == []


async def test_an_approved_visit_is_confirmed_then(house: MessageHouse) -> None:
    house.visit(status=VisitStatus.AWAITING_APPROVAL)
    await house.happen("visit.booked", visit_id="v1")
    house.visit(status=VisitStatus.BOOKED)
    await house.happen("visit.approved", visit_id="v1")
    assert list(await house.texts()) == ["confirmation"]


async def test_a_visit_that_has_begun_is_not_confirmed(house: MessageHouse) -> None:
    house.visit(starts_at=NOW)
    await house.happen("visit.booked", visit_id="v1")
    assert await house.written() == []


async def test_a_moved_visit_withdraws_what_was_said_of_the_old_time(house: MessageHouse) -> None:
    house.visit(service=ULTRASOUND)
    await house.happen("visit.booked", visit_id="v1")
    house.clock.advance(timedelta(hours=1))
    house.visit(starts_at=NOW + timedelta(days=2), moved_at=house.clock.now())
    event = await house.happen("visit.moved", visit_id="v1")
    await house.planner.take(event)
    states = [(one.template, one.state) for one in await house.written()]
    assert states == [
        ("confirmation", WITHDRAWN),
        ("preparation", WITHDRAWN),
        ("moved", QUEUED),
        ("preparation", QUEUED),
    ]
    assert "перенесён на 25 ноября (среда) в 12:00" in (await house.texts())["moved"]
    assert "25 ноября" in (await house.texts())["preparation"]


async def test_a_preparation_that_has_gone_out_is_not_sent_again(house: MessageHouse) -> None:
    house.visit(service=ULTRASOUND)
    await house.happen("visit.booked", visit_id="v1")
    for one in await house.written():
        await house.store.sent(one.id, Receipt(), at=NOW)
    house.clock.advance(timedelta(hours=1))
    house.visit(starts_at=NOW + timedelta(days=2), moved_at=house.clock.now())
    await house.happen("visit.moved", visit_id="v1")
    assert [one.template for one in await house.written()] == ["confirmation", "preparation", "moved"]


async def test_of_several_moves_only_the_last_goes_out(house: MessageHouse) -> None:
    house.visit()
    for days in (2, 1, 2):
        house.clock.advance(timedelta(minutes=1))
        house.visit(starts_at=NOW + timedelta(days=days), moved_at=house.clock.now())
        await house.happen("visit.moved", visit_id="v1")
    assert [one.state for one in await house.written()] == [WITHDRAWN, WITHDRAWN, QUEUED]


async def test_a_payment_link_with_its_deadline(house: MessageHouse) -> None:
    house.visit(status=VisitStatus.AWAITING_PAYMENT, deadline_at=NOW + timedelta(hours=6), prepayment=1500)
    house.facts.payments["pay1"] = PaymentFacts(id="pay1", amount=1500, token="t0k", due=True)
    event = await house.happen("payment.demanded", payment_id="pay1", visit_id="v1")
    await house.planner.take(event)
    [message] = await house.written()
    assert message.text.endswith("предоплаты 1\u00a0500 руб. до 18:00 23 ноября: https://clinic.example/pay/t0k")
    assert message.expires_at == NOW + timedelta(hours=6)


async def test_a_bill_after_the_visit_has_no_deadline(house: MessageHouse) -> None:
    house.visit(status=VisitStatus.COMPLETED)
    house.facts.payments["pay1"] = PaymentFacts(id="pay1", amount=900, token="t0k", due=True)
    await house.happen("payment.demanded", payment_id="pay1", visit_id="v1")
    [message] = await house.written()
    assert (message.template, message.expires_at) == ("payment", None)


@pytest.mark.parametrize(("token", "due"), [(None, True), ("t0k", False)])
async def test_what_was_paid_at_the_desk_or_is_void_needs_no_link(
    house: MessageHouse, token: str | None, due: bool
) -> None:
    house.visit()
    house.facts.payments["pay1"] = PaymentFacts(id="pay1", amount=900, token=token, due=due)
    await house.happen("payment.demanded", payment_id="pay1", visit_id="v1")
    assert await house.written() == []


async def test_a_link_that_was_paid_meanwhile_is_withdrawn(house: MessageHouse) -> None:
    house.visit()
    for payment in ("pay1", "pay2"):
        house.facts.payments[payment] = PaymentFacts(id=payment, amount=900, token=payment, due=True)
        await house.happen("payment.demanded", payment_id=payment, visit_id="v1")
    await house.happen("payment.received", payment_id="pay1", visit_id="v1")
    assert [one.state for one in await house.written()] == [WITHDRAWN, QUEUED]


@pytest.mark.parametrize("waits_for", [VisitStatus.REQUESTED, VisitStatus.AWAITING_APPROVAL])
async def test_a_prepayment_is_asked_for_when_its_turn_has_come(house: MessageHouse, waits_for: VisitStatus) -> None:
    house.visit(status=waits_for, deadline_at=NOW + timedelta(hours=6), prepayment=1500)
    house.facts.payments["pay1"] = PaymentFacts(id="pay1", amount=1500, token="t0k", due=True, prepayment=True)
    await house.happen("payment.demanded", payment_id="pay1", visit_id="v1")
    assert await house.written() == []
    house.visit(status=VisitStatus.AWAITING_PAYMENT, deadline_at=NOW + timedelta(hours=9), prepayment=1500)
    for _ in range(2):
        await house.happen("visit.awaiting_payment", visit_id="v1")
    [message] = await house.written()
    assert (message.template, message.expires_at) == ("payment_deadline", NOW + timedelta(hours=9))


async def test_who_has_paid_at_the_desk_is_not_asked_by_a_message_that_waited(house: MessageHouse) -> None:
    house.visit(status=VisitStatus.AWAITING_PAYMENT, deadline_at=NOW + timedelta(hours=6), prepayment=1500)
    house.facts.payments["pay1"] = PaymentFacts(id="pay1", amount=1500, token="t0k", due=True, prepayment=True)
    await house.happen("payment.demanded", payment_id="pay1", visit_id="v1")
    house.visit(status=VisitStatus.BOOKED, prepayment=1500)
    await house.happen("payment.received", payment_id="at the desk", visit_id="v1")
    assert [one.state for one in await house.written()] == [WITHDRAWN]


@pytest.mark.parametrize(
    ("cancelled_by", "template", "urgent", "said"),
    [
        ("patient", "cancelled", False, "отменён по вашей просьбе"),
        ("clinic", "cancelled_by_clinic", True, "не состоится"),
        ("unpaid", "expired_unpaid", False, "предоплата за приём 24 ноября (вторник) в 10:00 не поступила"),
        ("expired", "expired", False, "не удалось согласовать"),
    ],
)
async def test_a_cancellation_withdraws_the_rest_and_says_why(
    house: MessageHouse, cancelled_by: str, template: str, urgent: bool, said: str
) -> None:
    house.visit(service=ULTRASOUND)
    await house.happen("visit.booked", visit_id="v1")
    house.visit(status=VisitStatus.CANCELLED, cancelled_by=cancelled_by)
    event = await house.happen("visit.cancelled", visit_id="v1")
    await house.planner.take(event)
    *before, notice = await house.written()
    assert [one.state for one in before] == [WITHDRAWN, WITHDRAWN]
    assert (notice.template, notice.urgent, notice.state) == (template, urgent, QUEUED)
    assert said in notice.text


async def test_an_expiry_at_the_visits_own_time_is_still_told(house: MessageHouse) -> None:
    house.visit(status=VisitStatus.CANCELLED, cancelled_by="unpaid", starts_at=NOW)
    await house.happen("visit.cancelled", visit_id="v1")
    [message] = await house.written()
    assert message.expires_at == NOW + timedelta(days=1)


async def test_a_visit_that_is_over_is_not_cancelled_in_words(house: MessageHouse) -> None:
    house.visit(status=VisitStatus.CANCELLED, cancelled_by="patient", starts_at=NOW)
    await house.happen("visit.cancelled", visit_id="v1")
    assert await house.written() == []


@pytest.mark.parametrize(("survey", "asked"), [(True, 1), (False, 0)])
async def test_only_who_agreed_is_asked_for_a_rating(house: MessageHouse, survey: bool, asked: int) -> None:
    house.visit(status=VisitStatus.COMPLETED, person=Person(patient=PATIENT, survey=survey), ends_at=NOW)
    event = await house.happen("visit.completed", visit_id="v1")
    await house.planner.take(event)
    written = await house.written()
    assert len(written) == asked
    for one in written:
        assert one.due_at == NOW + SETTINGS.rating_after
        assert one.expires_at == one.due_at + SETTINGS.rating_useful
        assert "https://clinic.example/rate/v1." in one.text


@pytest.mark.parametrize("missing", [{"public_url": ""}, {"link_secret": ""}])
async def test_without_an_address_nobody_is_asked(missing: dict[str, Any]) -> None:
    house = MessageHouse(replace(SETTINGS, **missing))
    house.visit(status=VisitStatus.COMPLETED, person=Person(patient=PATIENT, survey=True))
    await house.happen("visit.completed", visit_id="v1")
    assert await house.written() == []


async def test_without_an_address_no_link_is_sent() -> None:
    house = MessageHouse(replace(SETTINGS, public_url=""))
    house.visit()
    house.facts.payments["pay1"] = PaymentFacts(id="pay1", amount=900, token="t", due=True)
    await house.happen("payment.demanded", payment_id="pay1", visit_id="v1")
    assert await house.written() == []


async def test_without_an_address_who_has_to_pay_ahead_reads_where() -> None:
    house = MessageHouse(replace(SETTINGS, public_url=""))
    house.visit(status=VisitStatus.AWAITING_PAYMENT, deadline_at=NOW + timedelta(hours=6), prepayment=1500)
    house.facts.payments["pay1"] = PaymentFacts(id="pay1", amount=1500, token="t0k", due=True)
    await house.happen("payment.demanded", payment_id="pay1", visit_id="v1")
    [message] = await house.written()
    assert "предоплаты 1\u00a0500 руб. до 18:00 23 ноября. Внесите её в регистратуре" in message.text
    assert "http" not in message.text
    assert message.expires_at == NOW + timedelta(hours=6)


async def test_a_doctor_reads_of_the_new_time(house: MessageHouse) -> None:
    house.visit(starts_at=NOW + timedelta(days=2))
    event = await house.happen("doctor.notice", visit_id="v1", event="moved")
    await house.planner.take(event)
    [notice] = await house.store.notices("doctor:d1")
    assert notice.text == "Приём перенесён: Сидорова М. П., новое время 25 ноября (среда) в 12:00. Врач Иванов И. И."
    assert (notice.kind, notice.state) == (MessageKind.STAFF, SENT)
    assert await house.store.due(NOW + timedelta(days=9)) == []


@pytest.mark.parametrize(
    ("event", "who"),
    [("cancelled_by_patient", "пациентом"), ("cancelled_by_clinic", "клиникой"), ("unpaid", "истёк срок")],
)
async def test_a_doctor_reads_who_has_cancelled(house: MessageHouse, event: str, who: str) -> None:
    house.visit(status=VisitStatus.CANCELLED)
    await house.happen("doctor.notice", visit_id="v1", event=event)
    [notice] = await house.store.notices("doctor:d1")
    assert f"отменён, {who}: Сидорова М. П." in notice.text


async def test_the_doctor_whom_the_event_names_is_told(house: MessageHouse) -> None:
    house.visit()
    await house.happen("doctor.notice", visit_id="v1", event="moved", doctor_id="d7")
    assert len(await house.store.notices("doctor:d7")) == 1
    assert await house.store.notices("doctor:d1") == []


async def test_each_notice_is_one_of_its_own(house: MessageHouse) -> None:
    house.visit()
    await house.happen("doctor.notice", visit_id="v1", event="moved")
    await house.happen("doctor.notice", visit_id="v1", event="cancelled_by_patient")
    assert len(await house.store.notices("doctor:d1")) == 2


async def test_an_offer_says_until_when_it_is_kept(house: MessageHouse) -> None:
    house.offer(NOW + timedelta(minutes=15))
    event = await house.happen("waitlist.offered", entry_id="w1", opening_id="o1")
    await house.planner.take(event)
    [message] = await house.store.due(NOW)
    assert "Держим его до 12:15 23 ноября" in message.text
    assert message.expires_at == NOW + timedelta(minutes=15)


async def test_an_offer_that_has_run_out_is_not_told(house: MessageHouse) -> None:
    house.offer(NOW)
    await house.happen("waitlist.offered", entry_id="w1", opening_id="o1")
    await house.happen("waitlist.offered", entry_id="w1", opening_id="o2")
    assert await house.store.due(NOW) == []


async def test_who_has_no_phone_is_written_to_by_mail(house: MessageHouse) -> None:
    nobody = replace(PATIENT, phone=None)
    house.visit(person=Person(patient=nobody, email="maria@example.ru"))
    await house.happen("visit.booked", visit_id="v1")
    [message] = await house.written()
    assert (message.kind, message.recipient) == (MessageKind.EMAIL, "maria@example.ru")


async def test_who_has_neither_is_not_written_to(house: MessageHouse) -> None:
    house.visit(person=Person(patient=replace(PATIENT, phone=None)))
    await house.happen("visit.booked", visit_id="v1")
    assert await house.written() == []


async def test_the_patients_zone_is_for_sleep_and_the_branchs_for_the_visit(house: MessageHouse) -> None:
    house.visit(person=Person(patient=PATIENT, zone="Asia/Vladivostok"))
    await house.happen("visit.booked", visit_id="v1")
    [message] = await house.written()
    assert message.zone == "Asia/Vladivostok"
    assert message.text == CONFIRMED


async def test_what_the_clinic_does_not_want_is_not_written() -> None:
    house = MessageHouse(replace(SETTINGS, without=frozenset({"confirmation", "doctor_moved"})))
    house.visit(service=ULTRASOUND)
    await house.happen("visit.booked", visit_id="v1")
    await house.happen("doctor.notice", visit_id="v1", event="moved")
    assert list(await house.texts()) == ["preparation"]


@pytest.mark.parametrize("topic", ["visit.booked", "visit.moved", "visit.cancelled", "doctor.notice", "task.created"])
async def test_what_is_gone_or_does_not_concern_us_leaves_nothing(house: MessageHouse, topic: str) -> None:
    await house.happen(topic, visit_id="v9", event="moved")
    await house.happen(topic)
    assert await house.store.due(NOW) == []
