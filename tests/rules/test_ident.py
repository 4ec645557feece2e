"""IDENT: tasks and the waiting list (rules.md 1.5)."""

from __future__ import annotations

import asyncio
from datetime import date, time, timedelta

import pytest

from bot.domain.clinic import Patient, VisitStatus
from bot.domain.follow_up import BOT, CANCELLED, PLANNED, SYSTEM, FollowUp, Need, WaitlistEntry, WaitlistType, Wish
from crm_bridge.port import IllegalStep, OpeningTaken, Refused
from tests.rules.house import DOCTOR, NOW, REGISTRAR, SURGEON, THERAPIST, House, at

THERAPY = Need(specialty=THERAPIST)


async def waiting(house: House, patient: Patient, need: Need = THERAPY, **how: object) -> WaitlistEntry:
    how.setdefault("comment", "будни вечером")
    return await house.desk.waitlist.add_to_waitlist(patient_id=patient.id, need=need, by=BOT, **how)  # type: ignore[arg-type]


async def other(house: House, number: int = 2) -> Patient:
    return await house.patient(f"Другой{number} Пётр Ильич", f"+7916000000{number}")


# ---------------------------------------------------------------- the waiting list


async def test_i1_earlier_needs_a_future_visit_and_ends_by_moving_it(house: House) -> None:
    patient = await house.patient()
    with pytest.raises(Refused, match="будущем приёме"):
        await waiting(house, patient, type=WaitlistType.EARLIER)
    visit = await house.book(at(30, "09:00"), patient=patient)
    entry = await waiting(house, patient, type=WaitlistType.EARLIER, visit_id=visit.id)
    await house.opening(at(30, "10:00"))
    assert await house.desk.waitlist.offer_openings(by=SYSTEM) == []
    await house.opening(at(27, "10:00"))
    [offer] = await house.desk.waitlist.offer_openings(by=SYSTEM)
    assert offer.opening.starts_at == at(27, "10:00")
    moved = await house.desk.waitlist.accept_offer(entry.id, by=BOT)
    assert (moved.id, moved.starts_at) == (visit.id, at(27, "10:00"))
    assert await house.desk.waitlist.waitlist() == []


async def test_i2_c14_a_freed_opening_goes_to_the_best_entry_one_at_a_time(house: House) -> None:
    early, late, sick = [await other(house, number) for number in (2, 3, 4)]
    await waiting(house, early)
    house.clock.advance(timedelta(minutes=1))
    await waiting(house, late)
    urgent = await waiting(house, sick, acute=True)
    visit = await house.book(at(24, "09:00"))
    await house.clinic.cancel(visit.id, reason="ill", call_id=None)
    swept = await house.desk.sweep.tick()
    assert [offer.entry.id for offer in swept.offers] == [urgent.id]
    assert (await house.desk.sweep.tick()).offers == []


async def test_i2_the_first_yes_wins_and_the_next_is_asked_after_a_no(house: House) -> None:
    first, second = await other(house, 2), await other(house, 3)
    one = await waiting(house, first)
    house.clock.advance(timedelta(minutes=1))
    two = await waiting(house, second)
    await house.opening(at(24, "09:00"))
    await house.desk.sweep.tick()
    with pytest.raises(OpeningTaken):
        await house.desk.waitlist.accept_offer(two.id, by=BOT)
    await house.desk.waitlist.decline_offer(one.id, by=BOT)
    [offer] = (await house.desk.sweep.tick()).offers
    assert offer.entry.id == two.id
    visit = await house.desk.waitlist.accept_offer(two.id, by=BOT)
    assert visit.patient.id == second.id
    assert [entry.id for entry in await house.desk.waitlist.waitlist()] == [one.id]


async def test_i2_a_race_of_two_acceptances_has_one_winner(house: House) -> None:
    entry = await waiting(house, await house.patient())
    await house.opening(at(24, "09:00"))
    await house.desk.sweep.tick()
    answers = await asyncio.gather(
        *(house.desk.waitlist.accept_offer(entry.id, by=BOT) for _ in range(2)), return_exceptions=True
    )
    visits = [one for one in answers if not isinstance(one, BaseException)]
    assert len({visit.id for visit in visits}) == 1


@pytest.mark.parametrize(("passed", "offered_to"), [(timedelta(minutes=14, seconds=59), 0), (timedelta(minutes=15), 1)])
async def test_i2_an_offer_that_nobody_answers_goes_on_after_a_quarter_of_an_hour(
    house: House, passed: timedelta, offered_to: int
) -> None:
    await waiting(house, await other(house, 2))
    house.clock.advance(timedelta(seconds=1))
    await waiting(house, await other(house, 3))
    await house.opening(at(24, "09:00"))
    await house.desk.sweep.tick()
    house.clock.advance(passed)
    assert len((await house.desk.sweep.tick()).offers) == offered_to


async def test_i7_the_waiting_list_needs_a_phone(house: House) -> None:
    patient = await house.patient(phone=None)
    with pytest.raises(Refused, match="телефон"):
        await waiting(house, patient)
    await waiting(house, patient, phone="+79161110009")


async def test_i9_doctor_or_profession_and_the_doctor_wins(house: House) -> None:
    patient = await house.patient()
    with pytest.raises(Refused, match="врача"):
        await waiting(house, patient, Need())
    await waiting(house, patient, Need(doctor_id="d1", specialty=SURGEON))
    await house.opening(at(24, "09:00"), doctor="d2")
    assert (await house.desk.sweep.tick()).offers == []
    await house.opening(at(24, "10:00"), doctor="d1")
    assert len((await house.desk.sweep.tick()).offers) == 1


async def test_i10_an_opening_that_is_too_short_does_not_match(house: House) -> None:
    await waiting(house, await house.patient(), Need(specialty=THERAPIST, duration_min=40))
    await house.opening(at(24, "09:00"), minutes=39)
    assert (await house.desk.sweep.tick()).offers == []
    await house.opening(at(24, "12:00"), minutes=40)
    assert len((await house.desk.sweep.tick()).offers) == 1


async def test_i11_the_wish_is_kept_in_words_and_as_constraints(house: House) -> None:
    patient = await house.patient()
    with pytest.raises(Refused, match="пожелания"):
        await waiting(house, patient, comment=" ")
    wish = Wish(weekdays=frozenset({1, 2, 3, 4, 5}), time_from=time(17))
    entry = await waiting(house, patient, wish=wish)
    assert (entry.comment, entry.wish) == ("будни вечером", wish)
    await house.opening(at(28, "18:00"))  # a Saturday
    await house.opening(at(30, "16:40"))
    assert (await house.desk.sweep.tick()).offers == []
    await house.opening(at(30, "17:00"))
    assert len((await house.desk.sweep.tick()).offers) == 1


@pytest.mark.parametrize(("day", "valid"), [(date(2027, 1, 4), True), (date(2027, 1, 5), False)])
async def test_i12_six_weeks_and_not_a_day_longer(house: House, day: date, valid: bool) -> None:
    patient = await house.patient()
    entry = await waiting(house, patient)
    assert entry.valid_to == date(2027, 1, 4)
    house.go_to(NOW.replace(year=day.year, month=day.month, day=day.day))
    await house.opening(house.clock.now() + timedelta(hours=2))
    assert bool((await house.desk.sweep.tick()).offers) is valid
    tasks = await house.open_tasks(patient)
    assert [task.comment for task in tasks] == ([] if valid else ["Не дождался в листе ожидания: будни вечером"])


async def test_i12_single_days_are_respected(house: House) -> None:
    await waiting(house, await house.patient(), wish=Wish(days=frozenset({date(2026, 11, 25)})))
    await house.opening(at(24, "09:00"))
    assert (await house.desk.sweep.tick()).offers == []
    await house.opening(at(25, "09:00"))
    assert len((await house.desk.sweep.tick()).offers) == 1


@pytest.mark.parametrize(("day", "waits"), [(24, True), (25, False)])
async def test_i27_acute_pain_waits_one_day_and_is_not_forgotten(house: House, day: int, waits: bool) -> None:
    patient = await house.patient()
    await waiting(house, patient, acute=True)
    house.go_to(at(day, "10:00"))
    await house.desk.sweep.tick()
    assert bool(await house.desk.waitlist.waitlist()) is waits
    tasks = await house.open_tasks(patient)
    assert [(task.owner, task.active_from) for task in tasks] == ([] if waits else [("desk", date(2026, 11, 25))])


async def test_i8_who_books_waits_no_more(house: House) -> None:
    patient = await house.patient()
    await waiting(house, patient)
    await house.book(at(30, "09:00"), patient=patient)
    assert await house.desk.waitlist.waitlist() == []


async def test_i8_joining_the_list_closes_the_task_that_was_open(house: House) -> None:
    patient = await house.patient()
    task = await house.desk.tasks.create_task(patient_id=patient.id, need=THERAPY, comment="записать", by=REGISTRAR)
    await waiting(house, patient, close_task_id=task.id)
    assert await house.open_tasks(patient) == []
    with pytest.raises(Refused, match="уже закрыта"):
        await waiting(house, patient, close_task_id=task.id)


# -------------------------------------------------------------------------- tasks


async def test_i3_a_custom_type_has_nothing_to_do_with_visits(house: House) -> None:
    await house.desk.tasks.add_task_type("certificate", "Справка", by=REGISTRAR)
    task = await house.desk.tasks.create_task(
        patient_id=None, need=THERAPY, comment="сделать справку", type="certificate", by=REGISTRAR
    )
    assert (task.need, task.type) == (Need(), "certificate")
    with pytest.raises(Refused, match="типа"):
        await house.desk.tasks.create_task(patient_id=None, need=Need(), comment="x", type="nope", by=REGISTRAR)


@pytest.mark.parametrize(
    ("how", "day"),
    [
        ({}, date(2026, 11, 24)),
        ({"in_days": 7}, date(2026, 11, 30)),
        ({"in_days": 10}, date(2026, 12, 3)),
        ({"active_from": date(2026, 12, 24)}, date(2026, 12, 24)),
        ({"active_from": date(2026, 11, 1)}, date(2026, 11, 23)),
    ],
)
async def test_i13_i4_a_task_is_for_tomorrow_or_when_it_is_said(
    house: House, how: dict[str, object], day: date
) -> None:
    patient = await house.patient()
    task = await house.desk.tasks.create_task(
        patient_id=patient.id,
        need=THERAPY,
        comment="перезвонить",
        by=BOT,
        **how,  # type: ignore[arg-type]
    )
    assert task.active_from == day


async def test_i13_a_task_is_unseen_before_its_day_and_needs_a_comment(house: House) -> None:
    patient = await house.patient()
    with pytest.raises(Refused, match="комментарий"):
        await house.desk.tasks.create_task(patient_id=patient.id, need=THERAPY, comment="", by=REGISTRAR)
    await house.desk.tasks.create_task(patient_id=patient.id, need=THERAPY, comment="x", by=REGISTRAR)
    assert await house.desk.tasks.active_tasks() == []
    house.go_to(at(24, "00:00"))
    assert len(await house.desk.tasks.active_tasks()) == 1


async def test_i8_the_patient_who_books_is_not_called_about_it(house: House) -> None:
    patient = await house.patient()
    await house.desk.tasks.create_task(patient_id=patient.id, need=THERAPY, comment="x", in_days=0, by=REGISTRAR)
    assert len(await house.clinic.due_errands()) == 1
    await house.book(at(30, "09:00"), patient=patient)
    assert await house.clinic.due_errands() == []


async def test_i4_i8_call_me_in_a_week_is_a_task_of_that_day_and_is_known_when_he_phones(house: House) -> None:
    patient = await house.patient()
    errand = await house.clinic.plan_errand(
        patient.id, THERAPY, active_from=date(2026, 11, 30), comment="перезвоните", call_id="c1"
    )
    assert (errand.task.active_from, errand.task.owner, errand.patient.id) == (date(2026, 11, 30), "bot", patient.id)
    assert await house.clinic.errands_of([patient.id]) == []
    house.go_to(at(30, "08:00"))
    assert [one.task.id for one in await house.clinic.errands_of([patient.id])] == [errand.task.id]
    assert await house.clinic.errands_of(["somebody"]) == []
    await house.book(at(30, "09:00"), patient=patient)
    assert await house.clinic.errands_of([patient.id]) == []


async def test_i4_who_was_to_be_phoned_sooner_is_phoned_when_he_said(house: House) -> None:
    patient = await house.patient()
    await house.desk.tasks.create_task(patient_id=patient.id, need=THERAPY, comment="x", in_days=0, by=REGISTRAR)
    assert len(await house.clinic.errands_of([patient.id])) == 1
    await house.clinic.plan_errand(
        patient.id, THERAPY, active_from=date(2026, 11, 30), comment="через неделю", call_id="c1"
    )
    assert await house.clinic.errands_of([patient.id]) == []
    [task] = await house.desk.tasks.tasks_of(patient.id)
    assert (task.active_from, task.comment) == (date(2026, 11, 30), "x\nчерез неделю")


async def test_i17_a_reason_that_needs_a_visit_needs_what_follows(house: House) -> None:
    visit = await house.book(at(30, "09:00"))
    for follow_up in (None, FollowUp.NONE):
        with pytest.raises(Refused, match="задачу, лист ожидания"):
            await house.clinic.cancel_visit(
                visit.id, cancelled_by="patient", reason_id="time", follow_up=follow_up, by=REGISTRAR
            )
    assert (await house.clinic.visit(visit.id)).status is VisitStatus.BOOKED


async def test_i18_the_task_of_a_cancellation_is_complete(house: House) -> None:
    patient = await house.patient()
    visit = await house.book(at(30, "09:00"), patient=patient)
    await house.clinic.cancel(visit.id, reason="ill", call_id=None)
    task = await house.only_task(patient)
    assert (task.type, task.active_from, task.visit_id) == (CANCELLED, date(2026, 11, 30), visit.id)
    assert (task.need.doctor_id, task.need.duration_min) == ("d1", 20)


async def test_i19_a_cancellation_may_end_in_the_waiting_list(house: House) -> None:
    patient = await house.patient()
    visit = await house.book(at(30, "09:00"), patient=patient)
    await house.clinic.cancel_visit(
        visit.id, cancelled_by="patient", reason_id="time", follow_up=FollowUp.WAITLIST, by=REGISTRAR
    )
    [entry] = await house.desk.waitlist.waitlist(patient_id=patient.id)
    assert (entry.type, entry.valid_to, entry.need.doctor_id) == (WaitlistType.CANCELLED, date(2027, 1, 4), "d1")
    assert await house.open_tasks(patient) == []


@pytest.mark.parametrize(("clock", "tasks"), [("10:30", 0), ("10:43", 0), ("10:44", 1), ("10:45", 1)])
async def test_i20_a_no_show_has_its_task_within_a_quarter_of_an_hour(house: House, clock: str, tasks: int) -> None:
    patient = await house.patient()
    await house.book(at(24, "10:00"), patient=patient, minutes=30)
    house.go_to(at(24, clock))
    for _ in range(2):
        await house.desk.sweep.tick()
    assert len(await house.open_tasks(patient)) == tasks


async def test_i20_with_a_future_visit_there_is_none(house: House) -> None:
    patient = await house.patient()
    await house.book(at(24, "10:00"), patient=patient)
    await house.book(at(30, "10:00"), patient=patient, doctor="d2")
    house.go_to(at(24, "12:00"))
    assert (await house.desk.sweep.tick()).no_shows == 1
    assert await house.open_tasks(patient) == []


async def test_i20_the_setting_counts_only_visits_of_the_same_kind(house: House) -> None:
    await house.desk.policy.set("task.noshow_same_service_only", 1, by=REGISTRAR)
    patient = await house.patient()
    await house.book(at(24, "10:00"), patient=patient)
    await house.book(at(30, "10:00"), patient=patient, doctor="d2")
    house.go_to(at(24, "12:00"))
    await house.desk.sweep.tick()
    await house.only_task(patient)


@pytest.mark.parametrize(("days", "linkable"), [(30, True), (31, False)])
async def test_i21_a_cancellation_can_be_linked_for_thirty_days(house: House, days: int, linkable: bool) -> None:
    patient = await house.patient()
    visit = await house.book(at(30, "09:00"), patient=patient)
    await house.clinic.cancel_visit(
        visit.id, cancelled_by="patient", reason_id="time", follow_up=FollowUp.LATER, by=REGISTRAR
    )
    house.clock.advance(timedelta(days=days))
    assert await house.desk.tasks.linkable_cancellations(patient.id) == ([visit.id] if linkable else [])
    linking = house.desk.tasks.create_task(
        patient_id=patient.id, need=Need(doctor_id="d1"), comment="x", visit_id=visit.id, by=REGISTRAR
    )
    if linkable:
        assert (await linking).visit_id == visit.id
        assert await house.desk.tasks.linkable_cancellations(patient.id) == []
    else:
        with pytest.raises(Refused, match="30 дней"):
            await linking


async def test_a_closed_task_is_closed(house: House) -> None:
    patient = await house.patient()
    task = await house.desk.tasks.create_task(patient_id=patient.id, need=THERAPY, comment="x", by=REGISTRAR)
    await house.desk.tasks.complete(task.id, "not_now", by=REGISTRAR)
    with pytest.raises(IllegalStep):
        await house.desk.tasks.complete(task.id, "booked", by=REGISTRAR)
    assert task.type == PLANNED
    assert DOCTOR.id == "doctor"
