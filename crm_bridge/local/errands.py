"""Tasks that the bot carries out by phoning: who, what about, and what came of it (M3, M8, M13, C12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, tzinfo

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import Patient
from bot.domain.follow_up import BOT, BOT_OWNER, DESK_OWNER, PLANNED, Errand, LeadStage, Need
from crm_bridge.local.courses import Course, courses_going
from crm_bridge.local.lead_book import CLOSED, move_lead
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import Catalog, load_catalog, load_patients
from crm_bridge.local.tables import ClinicTaskRow, LeadRow, PrescriptionRow, ReasonRow
from crm_bridge.local.task_book import OPEN, close_task, make_task, task_of
from crm_bridge.local.work import Work
from crm_bridge.port import NotFound
from crm_bridge.rules.refusals import NO_TASK


class LocalErrands(LocalPart):
    """Errands on SQL."""

    async def due_errands(self, *, limit: int = 100) -> Sequence[Errand]:
        return await self._found_errands(_due_tasks(self._clock.now().date()).limit(limit))

    async def errands_of(self, patient_ids: Sequence[str]) -> Sequence[Errand]:
        return await self._found_errands(
            _due_tasks(self._clock.now().date()).where(ClinicTaskRow.patient_id.in_(patient_ids))
        )

    async def _found_errands(self, query: Select[ClinicTaskRow]) -> Sequence[Errand]:
        async with self._read() as session:
            return await _errands(session, (await session.scalars(query)).all(), self._clock.now().tzinfo)

    async def errand(self, task_id: str) -> Errand:
        async with self._read() as session:
            row = await session.get(ClinicTaskRow, task_id)
            if row is None or row.patient_id is None:
                raise NotFound(NO_TASK)
            [errand] = await _errands(session, [row], self._clock.now().tzinfo)
            return errand

    async def plan_errand(
        self, patient_id: str, need: Need, *, active_from: date, comment: str, call_id: str | None
    ) -> Errand:
        async with self._work(BOT, call_id) as work:
            await work.lock_patient(patient_id)
            whole, day = await work.whole(need), max(active_from, await work.today(None))
            row = await make_task(
                work, type=PLANNED, patient_id=patient_id, need=whole, comment=comment, active_from=day, rule="I4"
            )
            row.active_from = day  # asked for now: who was to be phoned sooner is not
            task_id = row.id
        return await self.errand(task_id)

    async def refuse_errand(self, task_id: str, *, reason: str, call_id: str | None) -> None:
        async with self._work(BOT, call_id) as work:
            row = await _open(work, task_id)
            if row is None:
                return
            known = await work.session.get(ReasonRow, reason)
            reason_id = known.id if known else "refused"
            close_task(work, row, outcome="refused", rule="M13", reason_id=reason_id)
            lead = await work.session.get(LeadRow, row.lead_id, with_for_update=True) if row.lead_id else None
            if lead is not None and lead.stage not in CLOSED:
                await move_lead(work, lead, LeadStage.LOST, reason_id=reason_id)

    async def postpone_errand(self, task_id: str, until: date, *, call_id: str | None) -> None:
        async with self._work(BOT, call_id) as work:
            row = await _open(work, task_id)
            if row is None:
                return
            row.active_from = max(until, await work.today(None))
            row.postponed += 1
            row.history = [*row.history, work.note("C12", f"Просит перезвонить {row.active_from:%d.%m.%Y}")]
            work.publish("task.changed", task_id=row.id)

    async def hand_over_errand(self, task_id: str, *, why: str) -> None:
        async with self._work(BOT) as work:
            row = await _open(work, task_id)
            if row is None or row.owner != BOT_OWNER:
                return
            row.owner = DESK_OWNER
            row.history = [*row.history, work.note("C12", why)]
            work.publish("task.changed", task_id=row.id)


def _due_tasks(today: date) -> Select[ClinicTaskRow]:
    """Open tasks of the bot whose day has come, with somebody to phone; the longest due first."""
    return (
        select(ClinicTaskRow)
        .where(
            ClinicTaskRow.status == OPEN,
            ClinicTaskRow.owner == BOT_OWNER,
            ClinicTaskRow.active_from <= today,
            ClinicTaskRow.phone.is_not(None),
            ClinicTaskRow.patient_id.is_not(None),
        )
        .order_by(ClinicTaskRow.active_from, ClinicTaskRow.id)
    )


async def _errands(session: AsyncSession, rows: Sequence[ClinicTaskRow], zone: tzinfo | None) -> list[Errand]:
    """Whom and what the tasks are about: four queries however many there are, and two a course."""
    patients = await load_patients(session, [row.patient_id for row in rows if row.patient_id])
    catalog = await load_catalog(session)
    found = await session.execute(
        select(LeadRow.id, PrescriptionRow.due_on)
        .join(PrescriptionRow, LeadRow.prescription_id == PrescriptionRow.id)
        .where(LeadRow.id.in_([row.lead_id for row in rows if row.lead_id]))
    )
    due = dict(found.all())
    of_courses = [row.patient_id for row in rows if row.patient_id and row.service_id]
    courses = await courses_going(session, of_courses, zone) if of_courses else {}
    return [
        _errand(row, patients, catalog, due, courses.get((row.patient_id or "", row.service_id or ""))) for row in rows
    ]


def _errand(
    row: ClinicTaskRow,
    patients: Mapping[str, Patient],
    catalog: Catalog,
    due: Mapping[str, date],
    course: Course | None,
) -> Errand:
    return Errand(
        task=task_of(row),
        patient=patients[row.patient_id or ""],
        doctor=catalog.doctors.get(row.doctor_id or ""),
        service=catalog.services.get(row.service_id or ""),
        due_on=due.get(row.lead_id or ""),
        number=course.next_number if course else None,
        total=course.total if course else None,
    )


async def _open(work: Work, task_id: str) -> ClinicTaskRow | None:
    """The task, locked, if it is still open."""
    return await work.session.scalar(
        select(ClinicTaskRow).where(ClinicTaskRow.id == task_id, ClinicTaskRow.status == OPEN).with_for_update()
    )
