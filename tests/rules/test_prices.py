"""TD2: what the patient pays by the way of payment, from the booking to what the doctor gave."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.clinic import Funding, VisitStatus
from bot.domain.follow_up import LeadStage
from crm_bridge.local.reports import Period
from crm_bridge.local.route import DOCTOR_SIDE, MONEY_SIDE, Given
from tests.rules.house import ACCOUNTANT, DOCTOR, REGISTRAR, THERAPIST, House, at

NOVEMBER = Period(start=date(2026, 11, 1), end=date(2026, 11, 30))


@pytest.mark.parametrize(("funding", "price"), [(Funding.PAID, 1000), (Funding.DMS, 300), (Funding.OMS, 0)])
async def test_td2_the_price_is_of_the_way_of_payment(house: House, funding: Funding, price: int) -> None:
    service = await house.service("укол", specialty=THERAPIST, prices={"dms": 300})
    visit = await house.book(at(24, "09:00"), service_id=service, funding=funding, by=REGISTRAR)
    assert (visit.funding, visit.price) == (funding, price)


async def test_td2_over_a_policy_what_was_given_is_not_owed_and_is_still_counted(house: House) -> None:
    service = await house.service("укол", specialty=THERAPIST)
    patient = await house.patient()
    visit = await house.book(at(24, "09:00"), patient=patient, service_id=service, funding=Funding.DMS)
    for side, who in ((DOCTOR_SIDE, DOCTOR), (MONEY_SIDE, ACCOUNTANT)):
        await house.clinic.approve(visit.id, side, by=who)
    house.go_to(at(24, "09:30"))
    attended = await house.clinic.attend(visit.id, by=DOCTOR, given=[Given(service_id=service, quantity=2)])
    assert (attended.status, attended.price) == (VisitStatus.COMPLETED, 0)
    report = await house.desk.reports.report("revenue", NOVEMBER)
    assert report.totals == {"given": 2, "sum": 2000}


async def test_td2_a_lead_over_a_policy_is_won_when_the_patient_came(house: House) -> None:
    service = await house.service("укол", specialty=THERAPIST)
    patient = await house.patient()
    await house.desk.leads.prescribe(
        patient_id=patient.id, doctor_id="d1", title="укол", service_id=service, due_on=date(2026, 11, 24), by=DOCTOR
    )
    visit = await house.book(at(24, "09:00"), patient=patient, service_id=service, funding=Funding.OMS)
    house.go_to(at(24, "09:30"))
    await house.clinic.attend(visit.id, by=DOCTOR, given=[Given(service_id=service, quantity=1)])
    assert (await house.only_lead(patient)).stage is LeadStage.WON
