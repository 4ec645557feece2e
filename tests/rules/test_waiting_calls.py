"""The waiting list as the bot's calls meet it (C14, I2, I4, I8, I27 and 1.7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain.clinic import Funding, OpeningQuery, Patient
from bot.domain.follow_up import BOT_OWNER, DESK_OWNER, FollowUp, Need, WaitlistEntry, WaitlistType, WaitRequest, Wish
from tests.rules.house import NOW, REGISTRAR, THERAPIST, House, at

NEED = Need(specialty=THERAPIST)
BORN = date(1960, 3, 5)


async def waits(
    house: House, patient: Patient, *, acute: bool = False, need: Need = NEED, funding: Funding | None = None
) -> WaitlistEntry:
    """The bot writes the patient down while they are on the line."""
    return await house.clinic.join_waitlist(
        WaitRequest(
            patient_id=patient.id, need=need, wish=Wish(), comment="утром", phone=None, acute=acute, funding=funding
        ),
        call_id="c1",
    )


async def two_waiting(house: House) -> tuple[Patient, Patient]:
    first = await house.patient()
    await waits(house, first)
    house.clock.advance(timedelta(minutes=1))
    second = await house.clinic.register_patient(full_name="Егорова Вера", birth_date=BORN, phone="+79161110002")
    await waits(house, second)
    return first, second


async def test_i2_whom_the_bot_cannot_ask_is_asked_by_people_and_the_opening_is_the_next_ones(house: House) -> None:
    first, second = await two_waiting(house)
    await house.opening(at(24, "10:00"))
    await house.desk.sweep.tick()
    [offer] = await house.clinic.offers()
    await house.clinic.hand_over_offer(offer.id, why="Номер не существует: проверьте телефон")
    task = await house.only_task(first)
    assert (task.owner, task.active_from) == (DESK_OWNER, NOW.date())
    assert "Номер не существует" in task.comment
    assert "утром" in task.comment
    await house.desk.sweep.tick()
    [following] = await house.clinic.offers()
    assert (following.patient.id, following.opening.id) == (second.id, offer.opening.id)
    assert [entry.patient_id for entry in await house.desk.waitlist.waitlist()] == [first.id, second.id]


async def test_i2_an_entry_of_peoples_is_offered_by_people_and_not_phoned_about(house: House) -> None:
    patient = await house.patient()
    await waits(house, patient)
    await house.opening(at(24, "10:00"))
    await house.desk.sweep.tick()
    [offer] = await house.clinic.offers()
    await house.clinic.hand_over_offer(offer.id, why="Просил не звонить")
    await house.opening(at(25, "10:00"))
    await house.desk.sweep.tick()
    assert await house.clinic.offers() == []
    [made] = await house.desk.waitlist.offer_openings(by=REGISTRAR)
    assert made.opening.starts_at == at(25, "10:00")
    assert await house.clinic.offers() == []  # a person has it in hand: the bot phones nobody about it


async def test_c14_no_more_are_asked_at_once_than_can_be_phoned(house: House) -> None:
    await two_waiting(house)
    for day in (24, 25):
        await house.opening(at(day, "10:00"))
    assert len((await house.desk.sweep.tick(at_once=1)).offers) == 1
    assert (await house.desk.sweep.tick(at_once=1)).offers == []
    assert len((await house.desk.sweep.tick(at_once=2)).offers) == 1


async def test_an_opening_is_offered_only_to_whose_payer_pays_for_it(house: House) -> None:
    service = await house.service("uzi", fundings=["paid"])
    await house.opening(at(24, "10:00"), service_id=service)
    patient = await house.patient()
    for funding, offers in ((Funding.OMS, 0), (Funding.PAID, 1)):
        await waits(house, patient, need=Need(service_id=service), funding=funding)
        await house.desk.sweep.tick()
        assert len(await house.clinic.offers()) == offers


async def test_a_cancelled_visits_payer_is_the_one_that_waits(house: House) -> None:
    patient = await house.patient()
    visit = await house.book(at(24, "10:00"), patient=patient, funding=Funding.OMS)
    await house.clinic.cancel_visit(
        visit.id, cancelled_by="patient", reason_id="time", follow_up=FollowUp.WAITLIST, by=REGISTRAR
    )
    [entry] = await house.desk.waitlist.waitlist()
    assert (entry.type, entry.funding) == (WaitlistType.CANCELLED, Funding.OMS)


async def test_i8_who_phones_to_wait_is_not_phoned_about_the_same(house: House) -> None:
    patient = await house.patient()
    visit = await house.book(at(24, "10:00"), patient=patient)
    await house.clinic.cancel(visit.id, reason="заболела", call_id=None)
    assert (await house.only_task(patient)).owner == BOT_OWNER
    await waits(house, patient)
    assert await house.open_tasks(patient) == []
    house.go_to(at(30, "10:00"))
    assert await house.clinic.due_errands() == []


async def test_i27_acute_pain_of_a_first_time_patient_waits_a_day_and_of_an_old_one_six_weeks(house: House) -> None:
    first = await house.patient()
    assert (await waits(house, first, acute=True)).valid_to == NOW.date() + timedelta(days=1)
    old = await house.clinic.register_patient(full_name="Егорова Вера", birth_date=BORN, phone="+79161110002")
    visit = await house.book(at(23, "11:00"), patient=old)
    house.go_to(at(23, "11:30"))
    await house.clinic.attend(visit.id, by=REGISTRAR)
    assert (await waits(house, old, acute=True)).valid_to == NOW.date() + timedelta(weeks=6)


async def test_an_offer_declined_leaves_the_patient_waiting_for_another(house: House) -> None:
    patient = await house.patient()
    entry = await waits(house, patient)
    for day in (24, 25):
        await house.opening(at(day, "10:00"))
    await house.desk.sweep.tick()
    [offer] = await house.clinic.offers()
    await house.clinic.decline_offer(offer.id, call_id="c2")
    house.clock.advance(timedelta(hours=9))
    await house.desk.sweep.tick()
    assert await house.clinic.offers() == []  # who has said no is not phoned again the same day
    house.go_to(at(24, "09:00"))
    await house.desk.sweep.tick()
    [another] = await house.clinic.offers()
    assert (another.entry.id, another.opening.starts_at) == (entry.id, at(25, "10:00"))
    await house.clinic.leave_waitlist(entry.id, call_id="c3")
    assert await house.desk.waitlist.waitlist() == []
    assert len(await house.clinic.openings(OpeningQuery())) == 2


async def test_i2_who_does_not_answer_is_phoned_three_hours_later_and_twice_a_day_at_most(house: House) -> None:
    await waits(house, await house.patient())
    for day in (25, 26, 27):
        await house.opening(at(day, "10:00"))
    asked = []
    for hour in range(10, 20):
        for minute in (0, 20, 40):
            house.go_to(at(23, f"{hour}:{minute:02}"))
            if (await house.desk.sweep.tick()).offers:
                asked.append((hour, minute))
    assert asked == [(10, 0), (13, 20)]
    house.go_to(at(24, "09:00"))
    assert len((await house.desk.sweep.tick()).offers) == 1


@pytest.mark.parametrize("may_phone", [True, False])
async def test_i2_whom_people_were_to_ask_and_who_phones_again_is_asked_by_one_of_both(
    house: House, *, may_phone: bool
) -> None:
    patient = await house.patient()
    await waits(house, patient)
    await house.opening(at(24, "10:00"))
    await house.desk.sweep.tick()
    [offer] = await house.clinic.offers()
    if not may_phone:
        await house.clinic.do_not_call("+79161110001", call_id=None)
    await house.clinic.hand_over_offer(offer.id, why="Не дозвонились")
    await waits(house, patient)
    await house.opening(at(25, "10:00"))
    await house.desk.sweep.tick()
    assert len(await house.clinic.offers()) == (1 if may_phone else 0)
    assert [task.owner for task in await house.open_tasks(patient)] == ([] if may_phone else [DESK_OWNER])
