"""The steps of loading a clinic, in one session: each brings one kind of row up to the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import Branch, ClinicDirectory, Opening, Patient, Service
from bot.storage.engine import rows_changed
from bot.storage.upsert import insert_if_new
from crm_bridge.clinic_data import ClinicData, PlacedVisit
from crm_bridge.local.file_errors import Problem
from crm_bridge.local.rows import hours_to_json
from crm_bridge.local.tables import (
    BranchRow,
    DoctorRow,
    DoNotCallRow,
    HoldRow,
    OpeningRow,
    PatientRow,
    PhoneRow,
    ProfileRow,
    ServiceRow,
    SickLeaveRow,
    TestResultRow,
    VisitRow,
)
from crm_bridge.names import same_person
from crm_bridge.rules.basics import COMING

_CHUNK = 200
"""Ids per statement: SQLite takes a bounded number of parameters."""


class VisitClash(Exception):
    """The file books an opening that somebody else has booked since."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Merge:
    """One loading; call the steps in the order of the tables' foreign keys."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._session = session
        self._now = now
        self._known_as: dict[str, str] = {}

    async def directory(self, directory: ClinicDirectory) -> None:
        """Profile, branches, doctors, services."""
        session = self._session
        await session.merge(
            ProfileRow(
                id=1,
                name=directory.name,
                prices=dict(directory.prices),
                prep=dict(directory.prep),
                documents=dict(directory.documents),
                streets=list(directory.streets),
                loaded_at=self._now,
            )
        )
        for ordinal, branch in enumerate(directory.branches):
            await session.merge(_branch_row(branch, ordinal))
        await session.flush()
        await session.execute(update(DoctorRow).values(active=False))
        await session.execute(update(ServiceRow).values(active=False))
        for ordinal, doctor in enumerate(directory.doctors):
            await session.merge(
                DoctorRow(
                    id=doctor.id,
                    ordinal=ordinal,
                    full_name=doctor.full_name,
                    specialty=doctor.specialty,
                    branch_id=doctor.branch_id,
                    active=True,
                )
            )
        for ordinal, service in enumerate(directory.services):
            await session.merge(_service_row(service, ordinal))
        await session.flush()

    async def openings(self, openings: Sequence[Opening]) -> tuple[int, int]:
        """Add what is new, remove free ones that are gone. Returns how many of each."""
        known = set(await self._session.scalars(select(OpeningRow.id)))
        given = {opening.id for opening in openings}
        new = [_opening_values(opening) for opening in openings if opening.id not in known]
        removed = await self._remove_free(known - given)
        if new:
            await self._session.execute(insert(OpeningRow), new)
        return len(new), removed

    async def _remove_free(self, gone: set[str]) -> int:
        taken = select(VisitRow.id).where(VisitRow.opening_id == OpeningRow.id).exists()
        held = select(HoldRow.id).where(HoldRow.opening_id == OpeningRow.id, HoldRow.expires_at > self._now).exists()
        ids, removed = sorted(gone), 0
        for begin in range(0, len(ids), _CHUNK):
            chunk = OpeningRow.id.in_(ids[begin : begin + _CHUNK])
            result = await self._session.execute(
                delete(OpeningRow).where(chunk, ~taken, ~held).execution_options(synchronize_session=False)
            )
            removed += rows_changed(result)
        return removed

    async def patients(self, patients: Sequence[Patient]) -> int:
        """Add whom we do not know yet, by id or by name and birth date. Returns how many were new."""
        new = 0
        for patient in patients:
            known = await self._known(patient)
            self._known_as[patient.id] = known or patient.id
            if known is None:
                new += 1
                self._session.add(
                    PatientRow(
                        id=patient.id,
                        full_name=patient.full_name,
                        birth_date=patient.birth_date,
                        created_at=self._now,
                    )
                )
                await self._session.flush()
            if patient.phone:
                await insert_if_new(self._session, PhoneRow, patient_id=self._known_as[patient.id], phone=patient.phone)
        return new

    async def _known(self, patient: Patient) -> str | None:
        born = select(PatientRow).where(PatientRow.birth_date == patient.birth_date).order_by(PatientRow.created_at)
        for row in await self._session.scalars(born):
            if row.id == patient.id or same_person(row.full_name, patient.full_name):
                return row.id
        return None

    async def visits(self, visits: Sequence[PlacedVisit]) -> int:
        """Add visits that were never there; what became of the others since is left alone. Returns how many."""
        new = 0
        for placed in visits:
            visit = placed.visit
            if await self._session.get(VisitRow, visit.id):
                continue
            coming = visit.status in COMING
            if coming and await self._count_visits(placed.opening_id):
                message = "это время в базе уже занято другой записью"
                raise VisitClash(Problem(place=f"{placed.place}.at", message=message))
            new += 1
            self._session.add(
                VisitRow(
                    id=visit.id,
                    patient_id=self._known_as[visit.patient.id],
                    opening_id=placed.opening_id if coming else None,
                    starts_at=visit.starts_at,
                    ends_at=visit.ends_at,
                    branch_id=visit.branch_id,
                    doctor_id=visit.doctor.id if visit.doctor else None,
                    service_id=visit.service.id if visit.service else None,
                    status=visit.status.value,
                    created_at=self._now,
                    updated_at=self._now,
                )
            )
            await self._session.flush()
        return new

    async def _count_visits(self, opening_id: str) -> int:
        query = select(func.count()).select_from(VisitRow).where(VisitRow.opening_id == opening_id)
        return int(await self._session.scalar(query) or 0)

    async def facts(self, data: ClinicData) -> None:
        """Sick leaves, test results, numbers not to be called."""
        for leave in data.sick_leaves:
            await self._session.merge(
                SickLeaveRow(
                    number=leave.number,
                    patient_id=self._known_as[leave.patient.id],
                    doctor=leave.doctor,
                    starts_on=leave.starts_on,
                    ends_on=leave.ends_on,
                    status=leave.status,
                )
            )
        for result in data.test_results:
            key = {
                "patient_id": self._known_as[result.patient.id],
                "service": result.service,
                "taken_on": result.taken_on,
            }
            if not await insert_if_new(self._session, TestResultRow, **key, status=result.status):
                await self._session.execute(update(TestResultRow).filter_by(**key).values(status=result.status))
        for phone in data.do_not_call:
            await insert_if_new(self._session, DoNotCallRow, phone=phone, created_at=self._now, call_id=None)
        await self._session.flush()


def _service_row(service: Service, ordinal: int) -> ServiceRow:
    return ServiceRow(
        id=service.id,
        ordinal=ordinal,
        name=service.name,
        duration_min=service.duration_min,
        price=service.price,
        prices=dict(service.prices),
        prep=service.prep,
        branch_id=service.branch_id,
        bookable=service.bookable,
        active=True,
        specialty=service.specialty,
        category=service.category,
        fundings=[one.value for one in service.fundings],
        documents=dict(service.documents),
        resources=list(service.resources),
        expensive=service.expensive,
        recall_days=service.recall_days,
        course_total=service.course_total,
        course_interval_days=service.course_interval_days,
    )


def _branch_row(branch: Branch, ordinal: int) -> BranchRow:
    return BranchRow(
        id=branch.id,
        ordinal=ordinal,
        name=branch.name,
        address=branch.address,
        timezone=branch.timezone,
        hours=hours_to_json(branch.hours),
        lab_hours=hours_to_json(branch.lab_hours),
        home_visit_until=branch.home_visit_until,
    )


def _opening_values(opening: Opening) -> dict[str, Any]:
    return {
        "id": opening.id,
        "starts_at": opening.starts_at,
        "ends_at": opening.ends_at,
        "local_date": opening.starts_at.date(),
        "local_time": opening.starts_at.time(),
        "branch_id": opening.branch_id,
        "doctor_id": opening.doctor.id if opening.doctor else None,
        "service_id": opening.service.id if opening.service else None,
    }
