"""Of which branch something is: who works in one branch has no business with the others; and what is the director's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import (
    ClinicTaskRow,
    DoctorRow,
    HoldRow,
    LeadRow,
    OpeningRow,
    PaymentRow,
    PrescriptionRow,
    ServiceRow,
    VisitRow,
    WaitlistRow,
)
from crm_bridge.rules.rights import RATING_TASK, RATINGS_READ, Identity

Where = ColumnElement[bool]

_DOCTOR, _SERVICE, _VISIT = aliased(DoctorRow), aliased(ServiceRow), aliased(VisitRow)


def _doctor(column: InstrumentedAttribute[Any]) -> ColumnElement[str | None]:
    return select(_DOCTOR.branch_id).where(_DOCTOR.id == column).scalar_subquery()


def _service(column: InstrumentedAttribute[Any]) -> ColumnElement[str | None]:
    return select(_SERVICE.branch_id).where(_SERVICE.id == column).scalar_subquery()


def _visit(column: InstrumentedAttribute[Any]) -> ColumnElement[str | None]:
    return select(_VISIT.branch_id).where(_VISIT.id == column).scalar_subquery()


TASK_BRANCH = func.coalesce(
    _visit(ClinicTaskRow.visit_id), _doctor(ClinicTaskRow.doctor_id), _service(ClinicTaskRow.service_id)
)
LEAD_BRANCH = _service(LeadRow.service_id)
WAIT_BRANCH = func.coalesce(WaitlistRow.branch_id, _doctor(WaitlistRow.doctor_id), _service(WaitlistRow.service_id))
PAYMENT_BRANCH = _visit(PaymentRow.visit_id)
PRESCRIPTION_BRANCH = select(_DOCTOR.branch_id).where(_DOCTOR.id == PrescriptionRow.doctor_id).scalar_subquery()

_OF: Mapping[str, Select[Any]] = {
    "visit": select(VisitRow.branch_id),
    "opening": select(OpeningRow.branch_id),
    "hold": select(OpeningRow.branch_id).join(HoldRow, HoldRow.opening_id == OpeningRow.id),
    "task": select(TASK_BRANCH).select_from(ClinicTaskRow),
    "lead": select(LEAD_BRANCH).select_from(LeadRow),
    "waitlist": select(WAIT_BRANCH).select_from(WaitlistRow),
    "prescription": select(PRESCRIPTION_BRANCH).select_from(PrescriptionRow),
    "doctor": select(DoctorRow.branch_id),
    "service": select(ServiceRow.branch_id),
}
_KEY: Mapping[str, InstrumentedAttribute[str]] = {
    "visit": VisitRow.id,
    "opening": OpeningRow.id,
    "hold": HoldRow.id,
    "task": ClinicTaskRow.id,
    "lead": LeadRow.id,
    "waitlist": WaitlistRow.id,
    "prescription": PrescriptionRow.id,
    "doctor": DoctorRow.id,
    "service": ServiceRow.id,
}


class LocalScope(LocalPart):
    """Branches on SQL."""

    async def branch_of(self, kind: str, id: str) -> str | None:
        """The branch of a visit, opening, hold, task, lead, waitlist, prescription, doctor or service.

        None for what belongs to no branch, and for what does not exist: whoever acts on it hears that then.
        """
        async with self._read() as session:
            found = await session.scalar(_OF[kind].where(_KEY[kind] == id))
        return None if found is None else str(found)


def within(column: ColumnElement[Any] | InstrumentedAttribute[str], branches: Collection[str]) -> Where | None:
    """The condition that something is of one of these branches, or of none; None when all are meant."""
    return or_(column.is_(None), column.in_(branches)) if branches else None


def tasks_seen_by(reader: Identity | None) -> Where:
    """The condition that a reader may know of a task: those about ratings are for who sees ratings (C20).

    Who does not say who reads is shown none of them.
    """
    return true() if reader is not None and reader.may(RATINGS_READ) else ClinicTaskRow.type != RATING_TASK
