"""Openings, holds and visits: what every clinic's system does alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest

from bot.domain.clinic import Funding, Opening, OpeningQuery, Visit, VisitStatus
from bot.domain.clock import MOSCOW, ManualClock
from crm_bridge.port import ClinicSystem, HoldExpired, NotFound, OpeningTaken, VisitClosed
from crm_bridge.rules.basics import HOLD_TTL
from tests.contract.subject import Subject

MILLISECOND = timedelta(milliseconds=1)
KIM = OpeningQuery(doctor="Ким")


def moments(openings: Sequence[Opening]) -> list[str]:
    return [f"{opening.starts_at:%d %H:%M}" for opening in openings]


async def first(clinic: ClinicSystem, **query: str) -> Opening:
    return (await clinic.openings(OpeningQuery(**query)))[0]  # type: ignore[arg-type]


async def patient_id(clinic: ClinicSystem, phone: str = "+79161110002") -> str:
    return (await clinic.patients_by_phone(phone))[0].id


async def book(clinic: ClinicSystem, *, owner: str = "c1", **query: str) -> Visit:
    hold = await clinic.hold((await first(clinic, **query)).id, owner=owner)
    return await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id=owner)


async def test_the_directory_says_what_the_file_says(clinic: ClinicSystem) -> None:
    directory = await clinic.directory()
    assert directory.name == "Клиника «Договор»"
    assert [doctor.full_name for doctor in directory.doctors][1:] == ["Семёнов Пётр Ильич", "Ким Виктор Сергеевич"]
    assert directory.specialties == ("кардиолог", "терапевт")
    [branch] = directory.branches
    assert branch.home_visit_until == time(14)
    assert branch.hours.on(date(2026, 11, 23)) == (time(8), time(20))
    assert branch.hours.on(date(2026, 11, 22)) is None
    assert directory.prices == {"приём терапевта": 1000, "узи почек": 1500, "экг": 900}
    assert [service.bookable for service in directory.services] == [True, False, True]
    assert directory.prep["анализ крови"].startswith("Утром натощак")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (OpeningQuery(specialty="терапевт"), ["24 09:00", "24 09:40", "24 10:00"]),
        (OpeningQuery(specialty="терапевт", limit=1), ["24 09:00"]),
        (OpeningQuery(doctor="смирнова", limit=9), ["24 09:00", "24 10:00", "24 18:00", "25 10:00"]),
        (OpeningQuery(doctor="Семенов Петр"), ["24 09:40"]),
        (OpeningQuery(doctor="Семёнов", specialty="кардиолог"), []),
        (OpeningQuery(doctor="Иванов"), []),
        (OpeningQuery(service="УЗИ почек"), ["27 08:00"]),
        (OpeningQuery(service="анализ крови"), []),
        (OpeningQuery(service="ЭКГ"), ["26 12:00"]),
        (OpeningQuery(service="экг", funding=Funding.DMS), ["26 12:00"]),
        (OpeningQuery(service="экг", funding=Funding.OMS), []),
        (OpeningQuery(service="узи почек", funding=Funding.OMS), ["27 08:00"]),
        (OpeningQuery(date_from=date(2026, 11, 25), date_to=date(2026, 11, 26)), ["25 10:00", "26 12:00"]),
        (OpeningQuery(specialty="терапевт", time_from=time(10), time_to=time(18), limit=9), ["24 10:00", "25 10:00"]),
        (OpeningQuery(branch_id="main", time_from=time(17)), ["24 18:00"]),
        (OpeningQuery(branch_id="elsewhere"), []),
    ],
)
async def test_openings_suit_the_query_and_are_to_come(
    clinic: ClinicSystem, query: OpeningQuery, expected: list[str]
) -> None:
    assert moments(await clinic.openings(query)) == expected


async def test_an_opening_names_its_doctor_or_service_in_local_time(clinic: ClinicSystem) -> None:
    of_doctor, of_service = await first(clinic, doctor="Ким"), await first(clinic, service="узи почек")
    assert of_doctor.doctor is not None
    assert of_doctor.doctor.full_name == "Ким Виктор Сергеевич"
    assert of_doctor.service is None
    assert of_service.service is not None
    assert of_service.doctor is None
    assert of_service.starts_at.isoformat() == "2026-11-27T08:00:00+03:00"
    assert of_service.ends_at - of_service.starts_at == timedelta(minutes=20)


async def test_a_held_opening_is_offered_to_nobody_and_held_by_one(clinic: ClinicSystem, clock: ManualClock) -> None:
    opening = await first(clinic, doctor="Ким")
    hold = await clinic.hold(opening.id, owner="c1")
    assert (hold.opening, hold.owner, hold.expires_at) == (opening, "c1", clock.now() + HOLD_TTL)
    assert list(await clinic.openings(KIM)) == []
    with pytest.raises(OpeningTaken):
        await clinic.hold(opening.id, owner="c2")


async def test_the_same_owner_renews_its_hold(clinic: ClinicSystem, clock: ManualClock) -> None:
    opening = await first(clinic, doctor="Ким")
    hold = await clinic.hold(opening.id, owner="c1")
    clock.advance(timedelta(seconds=100))
    renewed = await clinic.hold(opening.id, owner="c1")
    assert (renewed.id, renewed.expires_at) == (hold.id, hold.expires_at + timedelta(seconds=100))
    clock.advance(timedelta(seconds=100))
    assert (await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1")).status == "booked"


async def test_a_hold_works_until_its_last_millisecond(clinic: ClinicSystem, clock: ManualClock) -> None:
    opening = await first(clinic, doctor="Ким")
    hold = await clinic.hold(opening.id, owner="c1")
    clock.advance(HOLD_TTL - MILLISECOND)
    with pytest.raises(OpeningTaken):
        await clinic.hold(opening.id, owner="c2")
    assert list(await clinic.openings(KIM)) == []
    visit = await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1")
    assert visit.starts_at == opening.starts_at


async def test_a_hold_ends_on_time(subject: Subject) -> None:
    clinic, clock = subject.clinic, subject.clock
    opening = await first(clinic, doctor="Ким")
    hold = await clinic.hold(opening.id, owner="c1")
    clock.advance(HOLD_TTL + MILLISECOND)
    with pytest.raises(HoldExpired):
        await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1")
    assert list(await clinic.openings(KIM)) == [opening]
    assert await subject.topics() == []
    second = await clinic.hold(opening.id, owner="c2")
    with pytest.raises(HoldExpired):
        await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1")
    await clinic.book(second.id, patient_id=await patient_id(clinic), call_id="c2")


async def test_a_released_hold_frees_the_opening(clinic: ClinicSystem) -> None:
    opening = await first(clinic, doctor="Ким")
    hold = await clinic.hold(opening.id, owner="c1")
    await clinic.release(hold.id)
    await clinic.release(hold.id)
    assert list(await clinic.openings(KIM)) == [opening]
    with pytest.raises(HoldExpired):
        await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1")


async def test_an_unknown_opening_cannot_be_held(clinic: ClinicSystem) -> None:
    with pytest.raises(NotFound):
        await clinic.hold("no-such-opening", owner="c1")


async def test_a_booked_opening_cannot_be_held(clinic: ClinicSystem) -> None:
    opening = await first(clinic, doctor="Ким")
    await book(clinic, doctor="Ким")
    with pytest.raises(OpeningTaken):
        await clinic.hold(opening.id, owner="c2")


async def test_an_opening_that_has_begun_cannot_be_held(clinic: ClinicSystem, clock: ManualClock) -> None:
    opening = await first(clinic, doctor="Ким")
    clock.advance(opening.starts_at - clock.now())
    with pytest.raises(OpeningTaken):
        await clinic.hold(opening.id, owner="c1")


async def test_booking_makes_a_visit_and_tells_once(subject: Subject) -> None:
    clinic = subject.clinic
    opening = await first(clinic, doctor="Ким")
    hold = await clinic.hold(opening.id, owner="c1")
    anna = await patient_id(clinic, "+79161110001")
    visit = await clinic.book(hold.id, patient_id=anna, call_id="c1")
    again = await clinic.book(hold.id, patient_id=anna, call_id="c1")
    assert visit == again
    assert (visit.starts_at, visit.ends_at, visit.doctor, visit.status, visit.patient.id) == (
        opening.starts_at,
        opening.ends_at,
        opening.doctor,
        VisitStatus.BOOKED,
        anna,
    )
    assert await clinic.visit(visit.id) == visit
    assert list(await clinic.openings(KIM)) == []
    assert await subject.topics() == ["visit.booked"]


async def test_booking_for_nobody_keeps_the_hold(subject: Subject) -> None:
    clinic = subject.clinic
    hold = await clinic.hold((await first(clinic, doctor="Ким")).id, owner="c1")
    with pytest.raises(NotFound):
        await clinic.book(hold.id, patient_id="no-such-patient", call_id="c1")
    assert await subject.topics() == []
    await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1")


async def test_coming_visits_of_people_soonest_first(clinic: ClinicSystem) -> None:
    family = [patient.id for patient in await clinic.patients_by_phone("+79161110001")]
    assert [visit.id for visit in await clinic.visits_of(family)] == ["A1", "A2"]
    assert [visit.id for visit in await clinic.visits_of(family[1:])] == ["A2"]
    assert list(await clinic.visits_of([])) == []


async def test_a_visit_under_way_still_counts_and_a_past_one_does_not(clinic: ClinicSystem, clock: ManualClock) -> None:
    person = [await patient_id(clinic)]
    assert [visit.id for visit in await clinic.visits_of(person)] == ["A4"]
    clock.advance(timedelta(minutes=11))
    assert list(await clinic.visits_of(person)) == []


async def test_visits_of_a_day_with_and_without_closed_ones(clinic: ClinicSystem) -> None:
    start, end = datetime(2026, 11, 24, tzinfo=MOSCOW), datetime(2026, 11, 24, 12, tzinfo=MOSCOW)
    await clinic.cancel("A1", reason="заболела", call_id="c1")
    assert list(await clinic.visits_between(start, end)) == []
    closed = await clinic.visits_between(start, end, closed=True)
    assert [(visit.id, visit.status) for visit in closed] == [("A1", VisitStatus.CANCELLED)]
    to_noon = await clinic.visits_between(start, end + timedelta(minutes=1))
    assert [visit.id for visit in to_noon] == ["A2"]


async def test_an_unknown_visit_is_not_found(clinic: ClinicSystem) -> None:
    for asked in (clinic.visit("A9"), clinic.confirm("A9", call_id=None), clinic.cancel("A9", reason="", call_id=None)):
        with pytest.raises(NotFound):
            await asked


async def test_moving_keeps_the_id_and_frees_the_old_opening(subject: Subject) -> None:
    clinic = subject.clinic
    old = await clinic.confirm("A1", call_id="c0")
    opening = await first(clinic, doctor="Ким")
    hold = await clinic.hold(opening.id, owner="c1")
    moved = await clinic.move("A1", hold.id, call_id="c1")
    assert (moved.id, moved.starts_at, moved.doctor, moved.status) == (
        "A1",
        opening.starts_at,
        opening.doctor,
        VisitStatus.BOOKED,
    )
    assert await clinic.move("A1", hold.id, call_id="c1") == moved
    assert list(await clinic.openings(KIM)) == []
    freed = await clinic.openings(OpeningQuery(doctor="Смирнова", time_from=time(11), time_to=time(12)))
    assert [item.starts_at for item in freed] == [old.starts_at]
    assert await subject.news_of_visits() == ["visit.confirmed", "visit.moved"]


async def test_a_visit_moves_only_with_a_live_hold_of_its_own(clinic: ClinicSystem, clock: ManualClock) -> None:
    hold = await clinic.hold((await first(clinic, doctor="Ким")).id, owner="c1")
    await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1")
    with pytest.raises(OpeningTaken):
        await clinic.move("A1", hold.id, call_id="c1")
    late = await clinic.hold((await first(clinic, doctor="Семёнов")).id, owner="c1")
    clock.advance(HOLD_TTL)
    with pytest.raises(HoldExpired):
        await clinic.move("A1", late.id, call_id="c1")
    assert f"{(await clinic.visit('A1')).starts_at:%d %H:%M}" == "24 11:00"


async def test_cancelling_frees_the_opening_and_is_safe_twice(subject: Subject) -> None:
    clinic = subject.clinic
    cancelled = await clinic.cancel("A1", reason="не назвала", call_id="c1")
    assert cancelled.status == VisitStatus.CANCELLED
    assert await clinic.cancel("A1", reason="", call_id="c1") == cancelled
    freed = await first(clinic, doctor="Смирнова")
    assert (await clinic.openings(OpeningQuery(time_from=time(11), limit=1)))[0].starts_at == cancelled.starts_at
    assert freed.starts_at < cancelled.starts_at
    assert await subject.news_of_visits() == ["visit.cancelled"]


async def test_a_cancelled_opening_can_be_booked_anew(clinic: ClinicSystem) -> None:
    visit = await book(clinic, doctor="Ким")
    await clinic.cancel(visit.id, reason="", call_id="c1")
    again = await book(clinic, owner="c2", doctor="Ким")
    assert again.id != visit.id
    assert again.starts_at == visit.starts_at


async def test_confirming_is_safe_twice(subject: Subject) -> None:
    confirmed = await subject.clinic.confirm("A1", call_id="c1")
    assert confirmed.status == VisitStatus.CONFIRMED
    assert await subject.clinic.confirm("A1", call_id="c1") == confirmed
    assert await subject.topics() == ["visit.confirmed"]


async def test_a_closed_visit_stays_closed(clinic: ClinicSystem) -> None:
    await clinic.cancel("A1", reason="", call_id="c1")
    hold = await clinic.hold((await first(clinic, doctor="Ким")).id, owner="c1")
    with pytest.raises(VisitClosed):
        await clinic.confirm("A1", call_id="c1")
    with pytest.raises(VisitClosed):
        await clinic.move("A1", hold.id, call_id="c1")
    with pytest.raises(VisitClosed):
        await clinic.cancel("A3", reason="", call_id="c1")
