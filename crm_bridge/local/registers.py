"""The clinic's lists as its people and programmes leaf through them, page by page, branch by branch."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from bot.domain.clinic import Patient, Visit, VisitStatus
from bot.domain.follow_up import ClinicTask, Lead, LeadStage, WaitlistEntry
from crm_bridge.local.leads import lead_of
from crm_bridge.local.listing import equal, filtered, mapped, read_page
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import load_patients, visits_of_rows
from crm_bridge.local.scope import LEAD_BRANCH, TASK_BRANCH, WAIT_BRANCH, tasks_seen_by, within
from crm_bridge.local.tables import ClinicTaskRow, LeadRow, PatientRow, PhoneRow, VisitRow, WaitlistRow
from crm_bridge.local.task_book import OPEN, task_of
from crm_bridge.local.wait_book import WAITING, entry_of
from crm_bridge.paging import Asked, Page
from crm_bridge.port import NotFound
from crm_bridge.rules.basics import phone_key
from crm_bridge.rules.rights import Identity


class LocalRegisters(LocalPart):
    """Patients, visits, tasks, leads and the waiting list on SQL."""

    async def patient(self, patient_id: str) -> Patient:
        """Raises NotFound."""
        async with self._read() as session:
            found = await load_patients(session, [patient_id])
        if not found:
            raise NotFound("Пациент не найден")
        return found[patient_id]

    async def patients(self, asked: Asked, *, phone: str | None = None) -> Page[Patient]:
        """All patients, or those of one phone; longest known first."""
        query = select(PatientRow)
        if phone is not None:
            mine = select(PhoneRow.patient_id).where(PhoneRow.phone == phone_key(phone))
            query = query.where(PatientRow.id.in_(mine))
        async with self._read() as session:
            page = await read_page(session, query, (PatientRow.created_at, PatientRow.id), asked)
            known = await load_patients(session, (row.id for row in page.items))
            return mapped(page, lambda row: known[row.id])

    async def visits(
        self,
        asked: Asked,
        *,
        starts_from: datetime | None = None,
        starts_before: datetime | None = None,
        status: VisitStatus | None = None,
        patient_id: str | None = None,
        doctor_id: str | None = None,
        branch_id: str | None = None,
    ) -> Page[Visit]:
        """Visits by the time they begin."""
        query = filtered(
            select(VisitRow),
            VisitRow.starts_at >= starts_from if starts_from else None,
            VisitRow.starts_at < starts_before if starts_before else None,
            equal(VisitRow.status, status.value if status else None),
            equal(VisitRow.patient_id, patient_id),
            equal(VisitRow.doctor_id, doctor_id),
            equal(VisitRow.branch_id, branch_id),
            within(VisitRow.branch_id, asked.branches),
        )
        async with self._read() as session:
            page = await read_page(session, query, (VisitRow.starts_at, VisitRow.id), asked)
            return Page(items=await visits_of_rows(session, page.items), next=page.next)

    async def tasks(
        self,
        asked: Asked,
        *,
        owner: str | None = None,
        type: str | None = None,
        status: str | None = OPEN,
        patient_id: str | None = None,
        active_by: date | None = None,
        reader: Identity | None = None,
    ) -> Page[ClinicTask]:
        """Tasks by the day from which they are active; those about ratings only for who may see ratings (C20)."""
        query = filtered(
            select(ClinicTaskRow),
            equal(ClinicTaskRow.owner, owner),
            equal(ClinicTaskRow.type, type),
            equal(ClinicTaskRow.status, status),
            equal(ClinicTaskRow.patient_id, patient_id),
            ClinicTaskRow.active_from <= active_by if active_by else None,
            tasks_seen_by(reader),
            within(TASK_BRANCH, asked.branches),
        )
        async with self._read() as session:
            page = await read_page(session, query, (ClinicTaskRow.active_from, ClinicTaskRow.id), asked)
            return mapped(page, task_of)

    async def leads(
        self, asked: Asked, *, stage: LeadStage | None = None, owner: str | None = None, patient_id: str | None = None
    ) -> Page[Lead]:
        """Leads, the oldest first."""
        query = filtered(
            select(LeadRow),
            equal(LeadRow.stage, stage.value if stage else None),
            equal(LeadRow.owner, owner),
            equal(LeadRow.patient_id, patient_id),
            within(LEAD_BRANCH, asked.branches),
        )
        async with self._read() as session:
            return mapped(await read_page(session, query, (LeadRow.created_at, LeadRow.id), asked), lead_of)

    async def waitlist(self, asked: Asked, *, patient_id: str | None = None) -> Page[WaitlistEntry]:
        """Who waits, the longest first; who is asked first is another order, by urgency."""
        query = filtered(
            select(WaitlistRow).where(WaitlistRow.status.in_(WAITING)),
            equal(WaitlistRow.patient_id, patient_id),
            within(WAIT_BRANCH, asked.branches),
        )
        async with self._read() as session:
            page = await read_page(session, query, (WaitlistRow.created_at, WaitlistRow.id), asked)
            return mapped(page, entry_of)

    async def entry(self, entry_id: str) -> WaitlistEntry:
        """An entry of the waiting list, closed ones too. Raises NotFound."""
        async with self._read() as session:
            row = await session.get(WaitlistRow, entry_id)
        if row is None:
            raise NotFound("Запись в листе ожидания не найдена")
        return entry_of(row)
