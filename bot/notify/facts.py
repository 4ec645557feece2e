"""What is written about, read from the bundled system."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import Patient, Visit
from bot.notify.port import OfferFacts, PaymentFacts, Person, VisitFacts
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import Catalog, load_catalog, load_patients
from crm_bridge.local.standing import DUE, PREPAYMENT
from crm_bridge.local.tables import (
    ConsentRow,
    OpeningRow,
    PatientRow,
    PaymentRow,
    ProfileRow,
    ReasonRow,
    RepresentativeRow,
    VisitRow,
    WaitlistRow,
)

SURVEY = "survey"
"""The purpose of the consent to be asked how it was."""


class LocalMessageFacts(LocalPart):
    """MessageFacts over a LocalClinic's ground."""

    async def visit(self, visit_id: str) -> VisitFacts | None:
        async with self._read() as session:
            row = await session.get(VisitRow, visit_id)
            if row is None:
                return None
            catalog = await load_catalog(session)
            person = await _person(session, row.patient_id)
            visit: Visit = catalog.visit(row, person.patient)
            reason = await session.get(ReasonRow, row.reason_id) if row.reason_id else None
            return VisitFacts(
                visit=visit,
                person=person,
                branch=catalog.branches[row.branch_id],
                clinic=await _clinic_name(session, catalog, row.branch_id),
                moved_at=row.moved_at,
                reason=reason.title if reason else "",
            )

    async def payment(self, payment_id: str) -> PaymentFacts | None:
        async with self._read() as session:
            return _demand(await session.get(PaymentRow, payment_id))

    async def prepayment(self, visit_id: str) -> PaymentFacts | None:
        owed = select(PaymentRow).where(
            PaymentRow.visit_id == visit_id, PaymentRow.status == DUE, PaymentRow.purpose == PREPAYMENT
        )
        async with self._read() as session:
            return _demand(await session.scalar(owed.order_by(PaymentRow.created_at.desc()).limit(1)))

    async def offer(self, entry_id: str, opening_id: str) -> OfferFacts | None:
        async with self._read() as session:
            entry = await session.get(WaitlistRow, entry_id)
            opening = await session.get(OpeningRow, opening_id)
            if entry is None or opening is None or entry.offered_opening_id != opening_id or entry.offer_until is None:
                return None
            catalog = await load_catalog(session)
            person = await _person(session, entry.patient_id)
            return OfferFacts(
                # who asked to be told named a phone for it
                person=replace(person, patient=replace(person.patient, phone=entry.phone or person.patient.phone)),
                opening=catalog.opening(opening),
                branch=catalog.branches[opening.branch_id],
                clinic=await _clinic_name(session, catalog, opening.branch_id),
                until=entry.offer_until,
            )


async def _person(session: AsyncSession, patient_id: str) -> Person:
    """A patient with the phone to write to: their own, else that of who speaks for them."""
    patient: Patient = (await load_patients(session, [patient_id]))[patient_id]
    if patient.phone is None:
        query = select(RepresentativeRow.phone).where(RepresentativeRow.patient_id == patient_id)
        patient = replace(patient, phone=await session.scalar(query.order_by(RepresentativeRow.id).limit(1)))
    consent = select(ConsentRow.granted).where(ConsentRow.patient_id == patient_id, ConsentRow.purpose == SURVEY)
    return Person(
        patient=patient,
        zone=_known_zone(await session.scalar(select(PatientRow.timezone).where(PatientRow.id == patient_id))),
        survey=bool(await session.scalar(consent.order_by(ConsentRow.id.desc()).limit(1))),
    )


def _known_zone(name: str | None) -> str | None:
    """What an import has written there may be no zone at all: then the branch's counts."""
    try:
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _demand(row: PaymentRow | None) -> PaymentFacts | None:
    if row is None:
        return None
    return PaymentFacts(
        id=row.id,
        amount=row.amount,
        token=row.token,
        due=row.status == DUE,
        prepayment=row.purpose == PREPAYMENT,
    )


async def _clinic_name(session: AsyncSession, catalog: Catalog, branch_id: str) -> str:
    """The clinic's name; where it has none, the branch's."""
    return await session.scalar(select(ProfileRow.name).limit(1)) or catalog.branches[branch_id].name
