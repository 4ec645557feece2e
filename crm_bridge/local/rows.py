"""Rows to the vocabulary of the domain and back; times leave in the branch's own zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import ANY_FUNDING, Branch, Doctor, Funding, Hours, Opening, Patient, Service, Visit, VisitStatus
from crm_bridge.local.tables import BranchRow, DoctorRow, OpeningRow, PatientRow, PhoneRow, ServiceRow, VisitRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Branches, doctors and services by id, those that left included: old visits still name them."""

    branches: Mapping[str, Branch]
    doctors: Mapping[str, Doctor]
    services: Mapping[str, Service]

    def opening(self, row: OpeningRow) -> Opening:
        zone = ZoneInfo(self.branches[row.branch_id].timezone)
        return Opening(
            id=row.id,
            starts_at=row.starts_at.astimezone(zone),
            ends_at=row.ends_at.astimezone(zone),
            branch_id=row.branch_id,
            doctor=self.doctors.get(row.doctor_id or ""),
            service=self.services.get(row.service_id or ""),
        )

    def visit(self, row: VisitRow, patient: Patient) -> Visit:
        zone = ZoneInfo(self.branches[row.branch_id].timezone)
        return Visit(
            id=row.id,
            patient=patient,
            starts_at=row.starts_at.astimezone(zone),
            ends_at=row.ends_at.astimezone(zone),
            branch_id=row.branch_id,
            status=VisitStatus(row.status),
            doctor=self.doctors.get(row.doctor_id or ""),
            service=self.services.get(row.service_id or ""),
            funding=Funding(row.funding),
            comment=row.comment,
            price=row.price,
            paid=row.paid,
            prepayment=row.prepayment,
            deadline_at=row.deadline_at.astimezone(zone) if row.deadline_at else None,
            lead_id=row.lead_id,
            cancelled_by=row.cancelled_by,
            reason_id=row.reason_id,
            late=row.late,
            moved=row.moved_at is not None,
            undecided=row.undecided,
            prep_told=row.prep_told,
        )


async def load_catalog(session: AsyncSession) -> Catalog:
    """Read the whole catalogue: some dozens of rows."""
    branches = await session.scalars(select(BranchRow).order_by(BranchRow.ordinal))
    doctors = await session.scalars(select(DoctorRow).order_by(DoctorRow.ordinal))
    services = await session.scalars(select(ServiceRow).order_by(ServiceRow.ordinal))
    return Catalog(
        branches={row.id: branch_of(row) for row in branches},
        doctors={row.id: doctor_of(row) for row in doctors},
        services={row.id: service_of(row) for row in services},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What an opening is of, as rows: while they are kept, the session finds them again without asking."""

    branch: BranchRow
    doctor: DoctorRow | None
    services: Sequence[ServiceRow]

    @property
    def catalog(self) -> Catalog:
        """As much of the catalogue as the opening and its visit name."""
        return Catalog(
            branches={self.branch.id: branch_of(self.branch)},
            doctors={self.doctor.id: doctor_of(self.doctor)} if self.doctor else {},
            services={row.id: service_of(row) for row in self.services},
        )


async def place_of(session: AsyncSession, opening: OpeningRow, service_id: str | None) -> Place:
    """The opening's branch, doctor and service, and the service that is wanted there."""
    wanted = ServiceRow.id.in_([one for one in (service_id, opening.service_id) if one])
    found = await session.execute(
        select(BranchRow, DoctorRow, ServiceRow)
        .select_from(BranchRow)
        .outerjoin(DoctorRow, DoctorRow.id == opening.doctor_id)
        .outerjoin(ServiceRow, wanted)
        .where(BranchRow.id == opening.branch_id)
    )
    rows = found.all()
    return Place(branch=rows[0][0], doctor=rows[0][1], services=[row[2] for row in rows if row[2] is not None])


async def load_patients(session: AsyncSession, ids: Iterable[str]) -> dict[str, Patient]:
    """Patients by id, each with the phone to call first."""
    wanted = set(ids)
    return await patients_where(session, PatientRow.id.in_(wanted)) if wanted else {}


async def patients_where(session: AsyncSession, condition: ColumnElement[bool]) -> dict[str, Patient]:
    """Patients by id, the oldest card first, each with the phone to call first."""
    found = await session.execute(
        select(PatientRow, PhoneRow.phone)
        .outerjoin(PhoneRow, PhoneRow.patient_id == PatientRow.id)
        .where(condition)
        .order_by(PatientRow.created_at, PatientRow.id, PhoneRow.id)
    )
    patients: dict[str, Patient] = {}
    for row, phone in found:
        if row.id not in patients:
            patients[row.id] = patient_of(row, phone)
    return patients


async def visits_of_rows(
    session: AsyncSession, rows: Sequence[VisitRow], catalog: Catalog | None = None
) -> list[Visit]:
    """Visits in the order of their rows; `catalog` where what they name is already known."""
    catalog = catalog or await load_catalog(session)
    patients = await load_patients(session, (row.patient_id for row in rows))
    return [catalog.visit(row, patients[row.patient_id]) for row in rows]


def patient_of(row: PatientRow, phone: str | None) -> Patient:
    return Patient(id=row.id, full_name=row.full_name, birth_date=row.birth_date, phone=phone)


def doctor_of(row: DoctorRow) -> Doctor:
    return Doctor(id=row.id, full_name=row.full_name, specialty=row.specialty, branch_id=row.branch_id)


def service_of(row: ServiceRow) -> Service:
    return Service(
        id=row.id,
        name=row.name,
        duration_min=row.duration_min,
        price=row.price,
        prices=row.prices,
        prep=row.prep,
        branch_id=row.branch_id,
        bookable=row.bookable,
        specialty=row.specialty,
        category=row.category,
        fundings=tuple(Funding(one) for one in row.fundings) or ANY_FUNDING,
        documents=row.documents,
        resources=tuple(row.resources),
        expensive=row.expensive,
        recall_days=row.recall_days,
        course_total=row.course_total,
        course_interval_days=row.course_interval_days,
    )


def price_of(row: ServiceRow, funding: Funding) -> int:
    """What a patient pays for a service: over a policy nothing unless the clinic has set a price."""
    return (row.price or 0) if funding is Funding.PAID else int(row.prices.get(funding.value, 0))


def branch_of(row: BranchRow) -> Branch:
    return Branch(
        id=row.id,
        name=row.name,
        address=row.address,
        timezone=row.timezone,
        hours=hours_from_json(row.hours),
        lab_hours=hours_from_json(row.lab_hours),
        home_visit_until=row.home_visit_until,
    )


def hours_from_json(value: Mapping[str, Sequence[str]]) -> Hours:
    """`{"1": ["08:00", "20:00"]}` as Hours."""
    return Hours(
        by_weekday={int(day): (time.fromisoformat(span[0]), time.fromisoformat(span[1])) for day, span in value.items()}
    )


def hours_to_json(hours: Hours) -> dict[str, list[str]]:
    """The inverse of `hours_from_json`."""
    return {
        str(day): [span[0].isoformat("minutes"), span[1].isoformat("minutes")] for day, span in hours.by_weekday.items()
    }
