"""What an event of the outbox is about, as facts that robots may ask for and insert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.follow_up import Need
from crm_bridge.local.tables import (
    BranchRow,
    ClinicTaskRow,
    DoctorRow,
    LeadRow,
    PatientRow,
    PaymentRow,
    PhoneRow,
    PrescriptionRow,
    ServiceRow,
    VisitRow,
    WaitlistRow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom and what the event touches."""

    facts: Mapping[str, Any]
    patient_id: str | None = None
    visit_id: str | None = None
    lead_id: str | None = None
    need: Need | None = None


async def subject_of(session: AsyncSession, topic: str, payload: Mapping[str, Any], now: datetime) -> Subject | None:
    """The event's subject; None when its object is gone."""
    row: Any = None
    for key, table in _TABLES.items():
        if payload.get(key):
            row = await session.get(table, payload[key])
            break
    if row is None:
        return None
    facts: dict[str, Any] = {"topic": topic, **_plain(row)}
    if payload.get("result"):
        facts["outcome"] = payload["result"]
    await _people(session, row, facts, now)
    return Subject(
        facts=facts,
        patient_id=row.patient_id,
        visit_id=row.id if isinstance(row, VisitRow) else getattr(row, "visit_id", None),
        lead_id=row.id if isinstance(row, LeadRow) else getattr(row, "lead_id", None),
        need=Need(
            service_id=getattr(row, "service_id", None),
            doctor_id=getattr(row, "doctor_id", None),
            specialty=facts.get("specialty"),
        ),
    )


_TABLES = {
    "prescription_id": PrescriptionRow,
    "payment_id": PaymentRow,
    "task_id": ClinicTaskRow,
    "entry_id": WaitlistRow,
    "lead_id": LeadRow,
    "visit_id": VisitRow,
}


def _plain(row: Any) -> dict[str, Any]:
    """Facts that lie in the row itself."""
    names = ("funding", "source", "price", "paid", "status", "stage", "owner", "comment", "specialty", "outcome")
    facts = {name: getattr(row, name) for name in names if getattr(row, name, None) is not None}
    if isinstance(row, PrescriptionRow):
        facts |= {"due_on": f"{row.due_on:%d.%m.%Y}", "comment": row.title}
    return facts


async def _people(session: AsyncSession, row: Any, facts: dict[str, Any], now: datetime) -> None:
    """Names of patient, doctor, service and branch."""
    patient = await session.get(PatientRow, row.patient_id) if row.patient_id else None
    if patient is not None:
        born = patient.birth_date
        facts["patient"] = patient.full_name
        facts["age"] = now.year - born.year - ((now.month, now.day) < (born.month, born.day))
        phones = select(PhoneRow.phone).where(PhoneRow.patient_id == patient.id).order_by(PhoneRow.id).limit(1)
        facts["phone"] = await session.scalar(phones)
    doctor = await _named(session, DoctorRow, getattr(row, "doctor_id", None))
    service = await _named(session, ServiceRow, getattr(row, "service_id", None))
    branch = await _named(session, BranchRow, getattr(row, "branch_id", None))
    if doctor:
        facts |= {"doctor": doctor.full_name, "specialty": doctor.specialty}
    if service:
        facts |= {"service": service.name, "specialty": service.specialty or facts.get("specialty")}
    if branch:
        facts["branch"] = branch.name
    if isinstance(row, VisitRow):
        local = row.starts_at.astimezone(ZoneInfo(branch.timezone))
        facts |= {"date": f"{local:%d.%m.%Y}", "time": f"{local:%H:%M}"}


async def _named(session: AsyncSession, table: Any, id: str | None) -> Any:
    return await session.get(table, id) if id else None
