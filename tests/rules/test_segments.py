"""C9: segments by number, recency and cancellations of visits, by money; the count equals the members."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.clinic import Patient
from crm_bridge.local.segments import LocalSegments, Segment
from tests.rules.house import DOCTOR, REGISTRAR, THERAPIST, House, at

FOUR = {"visits_at_least": 2, "cancelled_at_least": 1, "spent_at_least": 2000}


async def _came(house: House, patient: Patient, day: int) -> None:
    visit = await house.book(at(day, "09:00"), patient=patient, service_id="consult", minutes=20)
    house.go_to(max(house.clock.now(), visit.ends_at))
    await house.clinic.attend(visit.id, by=DOCTOR)
    await house.desk.payments.pay_at_desk(visit.id, 1000, by=REGISTRAR)


async def test_c9_four_criteria_each_hold(house: House) -> None:
    await house.service("consult", specialty=THERAPIST)
    regular, newcomer = await house.patient(), await house.patient("Орлов Пётр Ильич", "+79161110002")
    cancelled = await house.book(at(40, "09:00"), patient=regular)
    await house.clinic.cancel(cancelled.id, reason="recovered", call_id=None)
    for day in (24, 25):
        await _came(house, regular, day)
    await _came(house, newcomer, 26)
    segments = LocalSegments(house.clinic.ground)

    whole = Segment(last_visit_before=at(26, "00:00").date(), **FOUR)
    assert await segments.members(whole) == [regular.id]
    assert await segments.count(whole) == 1
    day_less = Segment(last_visit_before=at(25, "00:00").date(), **FOUR)
    assert await segments.count(day_less) == 0, "the last visit was on the 25th"
    for criterion, more in (("visits_at_least", 3), ("cancelled_at_least", 2), ("spent_at_least", 2001)):
        assert await segments.count(Segment(**{**FOUR, criterion: more})) == 0
    assert await segments.count(Segment(service_id="consult")) == 2


async def test_c9_who_has_a_visit_ahead_is_no_dormant_patient(house: House) -> None:
    busy, idle = await house.patient(), await house.patient("Орлов Пётр Ильич", "+79161110002")
    await house.book(house.clock.now() + timedelta(days=3), patient=busy)
    assert await LocalSegments(house.clinic.ground).members(Segment(nothing_ahead=True)) == [idle.id]
