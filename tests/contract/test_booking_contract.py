"""Who pays for a booking and for which service; and what is refused, in words that say what to do."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from bot.domain.clinic import Funding, VisitStatus
from bot.domain.clock import ManualClock
from crm_bridge.port import ClinicSystem, CrmError, HoldExpired, NotFound, OpeningTaken, Refused, VisitClosed
from crm_bridge.rules.basics import HOLD_TTL
from tests.contract.test_schedule_contract import book, first, patient_id

TOLD = r"[а-я]: [а-я]"
"""Why, then what to do."""


@pytest.mark.parametrize(
    ("funding", "price", "status"),
    [
        (None, 900, VisitStatus.BOOKED),
        (Funding.PAID, 900, VisitStatus.BOOKED),
        (Funding.DMS, 100, VisitStatus.AWAITING_APPROVAL),
    ],
)
async def test_who_pays_decides_the_price_and_what_the_visit_waits_for(
    clinic: ClinicSystem, funding: Funding | None, price: int, status: VisitStatus
) -> None:
    ecg = next(service.id for service in (await clinic.directory()).services if service.name == "экг")
    hold = await clinic.hold((await first(clinic, doctor="Ким")).id, owner="c1", service_id=ecg)
    how = {} if funding is None else {"funding": funding}
    anna = await patient_id(clinic)
    visit = await clinic.book(hold.id, patient_id=anna, call_id="c1", service_id=ecg, **how)
    assert (visit.funding, visit.price, visit.status) == (funding or Funding.PAID, price, status)
    assert visit.service is not None
    assert visit.service.id == ecg
    assert visit.doctor is not None, "the cardiologist gives it"
    assert await clinic.visit(visit.id) == visit


async def test_over_a_policy_a_service_of_its_own_opening_costs_nothing(clinic: ClinicSystem) -> None:
    hold = await clinic.hold((await first(clinic, service="узи почек")).id, owner="c1")
    visit = await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1", funding=Funding.OMS)
    assert (visit.funding, visit.price, visit.status) == (Funding.OMS, 0, VisitStatus.BOOKED)


async def test_what_does_not_fit_is_refused_and_the_hold_stays(clinic: ClinicSystem) -> None:
    services = {service.name: service.id for service in (await clinic.directory()).services}
    anna = await patient_id(clinic)
    kim = await clinic.hold((await first(clinic, doctor="Ким")).id, owner="c1")
    with pytest.raises(Refused, match="не оплачивается"):
        await clinic.book(kim.id, patient_id=anna, call_id="c1", service_id=services["экг"], funding=Funding.OMS)
    therapist = await clinic.hold((await first(clinic, doctor="Семёнов")).id, owner="c1")
    with pytest.raises(Refused, match="не оказывает"):
        await clinic.book(therapist.id, patient_id=anna, call_id="c1", service_id=services["экг"])
    with pytest.raises(NotFound):
        await clinic.book(kim.id, patient_id=anna, call_id="c1", service_id="no-such-service")
    visit = await clinic.book(kim.id, patient_id=anna, call_id="c1", service_id=services["экг"])
    assert visit.status is VisitStatus.BOOKED


async def test_a_moved_visit_keeps_its_payer_and_what_it_waits_for(clinic: ClinicSystem) -> None:
    hold = await clinic.hold((await first(clinic, doctor="Ким")).id, owner="c1")
    visit = await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1", funding=Funding.DMS)
    other = await clinic.hold((await first(clinic, doctor="Семёнов")).id, owner="c1")
    moved = await clinic.move(visit.id, other.id, call_id="c1")
    assert (moved.funding, moved.status) == (Funding.DMS, VisitStatus.AWAITING_APPROVAL)


async def test_an_examination_is_not_moved_into_a_doctors_hour(clinic: ClinicSystem) -> None:
    hold = await clinic.hold((await first(clinic, service="узи почек")).id, owner="c1")
    visit = await clinic.book(hold.id, patient_id=await patient_id(clinic), call_id="c1")
    assert visit.doctor is None
    other = await clinic.hold((await first(clinic, doctor="Семёнов")).id, owner="c1")
    with pytest.raises(Refused, match=TOLD):
        await clinic.move(visit.id, other.id, call_id="c1")
    assert await clinic.visit(visit.id) == visit


async def test_what_cannot_be_done_is_said_in_russian_with_what_to_do(clinic: ClinicSystem, clock: ManualClock) -> None:
    anna = await patient_id(clinic)
    opening = await first(clinic, doctor="Ким")
    hold = await clinic.hold(opening.id, owner="c1")
    visit = await clinic.book(hold.id, patient_id=anna, call_id="c1")
    other = await clinic.hold((await first(clinic, doctor="Семёнов")).id, owner="c1")
    late = await clinic.hold((await first(clinic, specialty="терапевт")).id, owner="c2")
    cancelled = await clinic.cancel((await book(clinic, owner="c3", service="узи почек")).id, reason="", call_id="c3")
    refusals: list[tuple[type[CrmError], Awaitable[object]]] = [
        (NotFound, clinic.visit("nothing")),
        (NotFound, clinic.hold("nothing", owner="c9")),
        (NotFound, clinic.book(other.id, patient_id="nobody", call_id=None)),
        (NotFound, clinic.move("nothing", other.id, call_id=None)),
        (OpeningTaken, clinic.hold(opening.id, owner="c9")),
        (OpeningTaken, clinic.hold(other.opening.id, owner="c9")),
        (OpeningTaken, clinic.move("A1", hold.id, call_id=None)),
        (HoldExpired, clinic.book("nothing", patient_id=anna, call_id=None)),
        (VisitClosed, clinic.move(cancelled.id, other.id, call_id=None)),
        (VisitClosed, clinic.confirm("A3", call_id=None)),
    ]
    for kind, attempt in refusals:
        with pytest.raises(kind, match=TOLD):
            await attempt
    clock.advance(HOLD_TTL)
    with pytest.raises(HoldExpired, match=TOLD):
        await clinic.book(late.id, patient_id=anna, call_id=None)
    assert (await clinic.visit(visit.id)).status is VisitStatus.BOOKED
