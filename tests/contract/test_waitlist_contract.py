"""The waiting list by phone: joined, offered to one at a time, answered once; in memory and on both databases."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.domain.clinic import Funding, OpeningQuery, Visit
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import Need, WaitlistEntry, WaitlistType, WaitOffer, WaitRequest, Wish
from crm_bridge.port import ClinicSystem, NotFound, OpeningTaken, Refused
from tests.contract.subject import Subject

SEMYON, ANNA = "+79161110002", "+79161110001"
HEART = Need(specialty="кардиолог")
THERAPY = Need(specialty="терапевт")
ANY = Wish()


async def wait(
    clinic: ClinicSystem,
    phone: str = SEMYON,
    need: Need = HEART,
    wish: Wish = ANY,
    *,
    number: str | None = None,
    **how: Any,
) -> WaitlistEntry:
    """Whose card has `phone` waits, to be phoned there or at `number`."""
    patient = (await clinic.patients_by_phone(phone))[0]
    return await clinic.join_waitlist(
        WaitRequest(patient_id=patient.id, need=need, wish=wish, comment="утром", phone=number, **how), call_id="c1"
    )


async def ask(subject: Subject) -> WaitOffer:
    """The one offer there is after a tick."""
    await subject.tick()
    [offer] = await subject.clinic.offers()
    return offer


async def heart_openings(clinic: ClinicSystem) -> int:
    return len(await clinic.openings(OpeningQuery(specialty="кардиолог")))


async def test_what_the_caller_said_is_what_is_waited_for(subject: Subject) -> None:
    clinic = subject.clinic
    entry = await wait(clinic, need=Need(specialty="терапевт"), wish=Wish(days=frozenset({date(2026, 11, 25)})))
    assert (entry.type, entry.comment, entry.phone) == (WaitlistType.PLANNED, "утром", SEMYON)
    assert entry.valid_to == date(2027, 1, 4)
    offer = await ask(subject)
    assert offer.opening.starts_at == datetime(2026, 11, 25, 10, tzinfo=MOSCOW)
    assert (offer.entry.id, offer.patient.full_name, offer.visit) == (entry.id, "Ёлкин Семён Семёнович", None)
    assert offer == await clinic.offer(offer.id)


async def test_who_waits_for_the_same_again_has_one_entry_with_the_new_wish(subject: Subject) -> None:
    first = await wait(subject.clinic)
    again = await wait(subject.clinic, wish=Wish(weekdays=frozenset({1})))
    assert (again.id, again.wish.weekdays) == (first.id, frozenset({1}))
    await subject.tick()
    assert list(await subject.clinic.offers()) == []  # Thursday was not wished any more


async def test_without_a_need_or_a_person_nobody_waits(clinic: ClinicSystem) -> None:
    with pytest.raises(Refused):
        await wait(clinic, need=Need())
    with pytest.raises(NotFound):
        await wait(clinic, need=Need(doctor_id="nobody"))
    with pytest.raises(NotFound):
        await clinic.join_waitlist(
            WaitRequest(patient_id="x", need=HEART, wish=ANY, comment="", phone=SEMYON), call_id=None
        )


async def test_yes_is_a_visit_and_twice_the_same_one(subject: Subject) -> None:
    clinic = subject.clinic
    await wait(clinic)
    offer = await ask(subject)
    assert await heart_openings(clinic) == 0
    visit = await clinic.accept_offer(offer.id, call_id="c2")
    assert (visit.patient.id, visit.starts_at) == (offer.patient.id, offer.opening.starts_at)
    assert (await clinic.accept_offer(offer.id, call_id="c2")).id == visit.id
    await subject.tick()
    assert list(await clinic.offers()) == []
    with pytest.raises(NotFound):
        await clinic.offer(offer.id)


async def test_two_acceptances_at_once_are_one_visit(subject: Subject) -> None:
    await wait(subject.clinic)
    offer = await ask(subject)
    results = await asyncio.gather(
        *(subject.clinic.accept_offer(offer.id, call_id=f"c{number}") for number in range(4)), return_exceptions=True
    )
    visits = {result.id for result in results if isinstance(result, Visit)}
    assert len(visits) == 1
    assert all(isinstance(result, Visit | OpeningTaken) for result in results)


async def test_who_hoped_to_come_earlier_is_moved(subject: Subject, clock: ManualClock) -> None:
    clinic = subject.clinic
    anna = (await clinic.patients_by_phone(ANNA))[0]
    entry = await wait(clinic, ANNA, Need(specialty="терапевт"))
    assert (entry.type, entry.visit_id) == (WaitlistType.EARLIER, "A1")
    offer = await ask(subject)
    assert offer.visit is not None
    assert offer.opening.starts_at < offer.visit.starts_at
    visit = await clinic.accept_offer(offer.id, call_id="c2")
    assert (visit.id, visit.starts_at) == ("A1", offer.opening.starts_at)
    assert [one.id for one in await clinic.visits_of([anna.id])] == ["A1"]


@pytest.mark.parametrize("stays", [True, False])
async def test_no_gives_the_opening_to_the_next_and_asks_about_another_if_they_stay(
    subject: Subject, clock: ManualClock, stays: bool
) -> None:
    clinic = subject.clinic
    first = await wait(clinic)
    clock.advance(timedelta(minutes=1))
    await clinic.register_patient(full_name="Орлова Вера Ивановна", birth_date=date(1970, 1, 1), phone="+79161110003")
    second = await wait(clinic, "+79161110003")
    offer = await ask(subject)
    assert offer.entry.id == first.id
    for _ in range(2):
        if not stays:
            await clinic.leave_waitlist(first.id, call_id="c2")
        await clinic.decline_offer(offer.id, call_id="c2")
    with pytest.raises(OpeningTaken):
        await clinic.accept_offer(offer.id, call_id="c2")
    following = await ask(subject)
    assert (following.entry.id, following.opening.id) == (second.id, offer.opening.id)
    await clinic.decline_offer(following.id, call_id="c3")
    await subject.tick()
    assert list(await clinic.offers()) == []


async def test_what_nobody_answers_runs_out_and_cannot_be_taken(subject: Subject, clock: ManualClock) -> None:
    await wait(subject.clinic)
    offer = await ask(subject)
    clock.advance(timedelta(minutes=15))
    assert list(await subject.clinic.offers()) == []
    with pytest.raises(OpeningTaken):
        await subject.clinic.accept_offer(offer.id, call_id="c2")
    await subject.tick()
    assert await heart_openings(subject.clinic) == 1


async def test_whom_the_bot_cannot_ask_people_ask(subject: Subject) -> None:
    await wait(subject.clinic)
    offer = await ask(subject)
    await subject.clinic.hand_over_offer(offer.id, why="Номер не существует")
    await subject.clinic.hand_over_offer(offer.id, why="Номер не существует")
    assert await heart_openings(subject.clinic) == 1
    await subject.tick()
    assert list(await subject.clinic.offers()) == []


async def test_whom_people_were_to_ask_the_bot_asks_again_after_a_call_of_theirs(subject: Subject) -> None:
    clinic = subject.clinic
    first = await wait(clinic, need=THERAPY)
    await clinic.hand_over_offer((await ask(subject)).id, why="Номер не существует")
    again = await wait(clinic, need=THERAPY, number="+79161110008")
    assert (again.id, again.phone) == (first.id, "+79161110008")
    assert (await ask(subject)).entry.phone == "+79161110008"


async def test_who_must_not_be_phoned_stays_with_people(subject: Subject) -> None:
    clinic = subject.clinic
    await wait(clinic, need=THERAPY)
    await clinic.do_not_call(SEMYON, call_id=None)
    await clinic.hand_over_offer((await ask(subject)).id, why="Просил не звонить")
    assert (await wait(clinic, need=THERAPY)).phone == SEMYON
    await subject.tick()
    assert list(await clinic.offers()) == []


async def test_who_pays_and_for_which_service_is_booked_as_it_was_said(subject: Subject) -> None:
    clinic = subject.clinic
    service = next(one for one in (await clinic.directory()).services if one.name == "экг")
    need = Need(service_id=service.id)
    entry = await wait(clinic, need=need, funding=Funding.DMS)
    again = await wait(clinic, need=need)
    assert (again.id, again.funding) == (entry.id, Funding.DMS)
    assert again.need == Need(service_id=service.id, specialty="кардиолог", duration_min=service.duration_min)
    visit = await clinic.accept_offer((await ask(subject)).id, call_id="c2")
    assert (visit.funding, visit.price, visit.service) == (Funding.DMS, 100, service)


async def test_what_was_refused_in_the_talk_is_not_offered_afterwards(subject: Subject) -> None:
    clinic = subject.clinic
    told = [one.id for one in await clinic.openings(OpeningQuery(specialty="терапевт", limit=10))]
    await wait(clinic, need=THERAPY, refused=told[:2])
    await wait(clinic, need=THERAPY, refused=told[1:3])
    assert (await ask(subject)).opening.id == told[3]


async def test_days_named_later_make_no_acute_pain_wait_longer(subject: Subject) -> None:
    clinic = subject.clinic
    await clinic.register_patient(full_name="Орлова Вера Ивановна", birth_date=date(1970, 1, 1), phone="+79161110003")
    for wish in (ANY, Wish(weekdays=frozenset({1}))):
        entry = await wait(clinic, "+79161110003", THERAPY, wish, acute=wish is ANY)
        assert (entry.acute, entry.valid_to) == (True, date(2026, 11, 24))


@pytest.mark.parametrize("spoken_of", [False, True])
async def test_the_visit_that_was_spoken_of_is_the_one_to_be_left(subject: Subject, *, spoken_of: bool) -> None:
    clinic = subject.clinic
    anna = (await clinic.patients_by_phone(ANNA))[0]
    opening = (await clinic.openings(OpeningQuery(specialty="терапевт", limit=10)))[-1]
    hold = await clinic.hold(opening.id, owner="c9")
    second = await clinic.book(hold.id, patient_id=anna.id, call_id="c9", funding=Funding.OMS)
    entry = await wait(clinic, ANNA, THERAPY, visit_id=second.id if spoken_of else None)
    assert (entry.type, entry.visit_id) == (WaitlistType.EARLIER, second.id if spoken_of else "A1")
    assert (await wait(clinic, ANNA, THERAPY)).visit_id == entry.visit_id
    assert (await wait(clinic, ANNA, THERAPY, visit_id=second.id)).visit_id == second.id


async def test_who_was_spoken_with_is_asked_about_another_opening_another_day(
    subject: Subject, clock: ManualClock
) -> None:
    clinic = subject.clinic
    await wait(clinic, need=THERAPY)
    offer = await ask(subject)
    await clinic.spoke_of_offer(offer.id)
    assert await clinic.offer(offer.id) == offer  # it can still be taken
    for hours in (1, 3, 9):
        clock.advance(timedelta(hours=hours))
        await subject.tick()
        assert list(await clinic.offers()) == []
    clock.advance(timedelta(hours=1, minutes=30))  # past midnight
    assert (await ask(subject)).opening.id != offer.opening.id
    await clinic.spoke_of_offer(offer.id)


async def test_an_opening_that_no_phone_rang_about_is_offered_again(subject: Subject, clock: ManualClock) -> None:
    clinic = subject.clinic
    await wait(clinic)
    offer = await ask(subject)
    for _ in range(2):
        await clinic.free_offer(offer.id)
    assert await heart_openings(clinic) == 1
    await subject.tick()
    assert list(await clinic.offers()) == []  # not at once: first the next in line
    clock.advance(timedelta(minutes=15))
    assert (await ask(subject)).opening.id == offer.opening.id


async def test_who_books_meanwhile_waits_no_more(subject: Subject) -> None:
    clinic = subject.clinic
    entry = await wait(clinic, need=Need(specialty="терапевт"), wish=Wish(days=frozenset({date(2026, 11, 25)})))
    offer = await ask(subject)
    opening = (await clinic.openings(OpeningQuery(specialty="терапевт", limit=1)))[0]
    hold = await clinic.hold(opening.id, owner="c9")
    await clinic.book(hold.id, patient_id=entry.patient_id, call_id="c9")
    with pytest.raises(NotFound):
        await clinic.offer(offer.id)
    freed = await clinic.openings(OpeningQuery(specialty="терапевт", date_from=date(2026, 11, 25)))
    assert [one.id for one in freed] == [offer.opening.id]
