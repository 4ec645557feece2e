"""Prescriptions and leads: who is to come back, for what, by when, and how far that has got (M1-M13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Select, select

from bot.domain.follow_up import PLANNED, Actor, Lead, LeadStage, Need, Prescription
from crm_bridge.local.lead_book import CLOSED, assign_lead, lead_for, lock_lead, move_lead, need_of, open_lead
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import (
    ClinicTaskRow,
    DoctorRow,
    LeadRow,
    PrescriptionRow,
    ServiceRow,
)
from crm_bridge.local.task_book import OPEN, close_task, close_tasks, make_task
from crm_bridge.local.work import Work
from crm_bridge.port import NotFound, Refused
from crm_bridge.rules.prescriptions import call_on, lead_comment


class LocalLeads(LocalPart):
    """Prescriptions and leads on SQL."""

    async def prescribe(
        self,
        *,
        patient_id: str,
        doctor_id: str,
        title: str,
        due_on: date | None,
        by: Actor,
        service_id: str | None = None,
        visit_id: str | None = None,
        event_key: str | None = None,
    ) -> Prescription:
        """Write a prescription; its lead and its call task come with it, in one transaction (M1-M3).

        The same `event_key` twice is one prescription. Raises Refused without a due date, or for one that has passed.
        """
        async with self._work(by) as work:
            if event_key and (known := await _known(work, event_key)):
                return await _prescription(work, known)
            today = await work.today(None)
            due_on = _still_to_come(due_on, today)
            await work.lock_patient(patient_id)
            doctor = await work.session.get(DoctorRow, doctor_id)
            if doctor is None:
                raise NotFound("Врач не найден")
            row = PrescriptionRow(
                id=work.new_id(),
                event_key=event_key,
                patient_id=patient_id,
                doctor_id=doctor_id,
                service_id=service_id,
                title=title,
                due_on=due_on,
                visit_id=visit_id,
                created_at=work.now,
            )
            work.session.add(row)
            await work.session.flush()
            work.publish("prescription.created", prescription_id=row.id)
            work.audit("prescription.create", "prescription", row.id, due_on=due_on.isoformat())
            await _follow(work, row, doctor, today)
            return await _prescription(work, row)

    async def move_prescription(self, prescription_id: str, due_on: date, *, by: Actor) -> Prescription:
        """Another due date: the call moves with it (M3)."""
        async with self._work(by) as work:
            row = await work.session.get(PrescriptionRow, prescription_id, with_for_update=True)
            if row is None:
                raise NotFound("Назначение не найдено")
            today = await work.today(None)
            if due_on < today:
                raise Refused("Срок назначения уже прошёл: укажите дату не раньше сегодняшней")
            work.audit(
                "prescription.move", "prescription", row.id, before=row.due_on.isoformat(), after=due_on.isoformat()
            )
            row.due_on = due_on
            day = call_on(due_on, today, work.settings, work.holidays)
            lead = await work.session.scalar(select(LeadRow).where(LeadRow.prescription_id == row.id))
            if lead is not None and lead.stage not in CLOSED:
                lead.next_action_on = day
                tasks = select(ClinicTaskRow).where(ClinicTaskRow.lead_id == lead.id, ClinicTaskRow.status == OPEN)
                for task in await work.session.scalars(tasks):
                    task.active_from = day
                    task.history = [*task.history, work.note("M3", f"Срок назначения перенесён на {due_on:%d.%m.%Y}")]
            return await _prescription(work, row)

    async def assign(self, lead_id: str, owner: str, *, by: Actor) -> Lead:
        """Name who answers for a lead and for its call: a person or «Голосовой бот» (M4)."""
        async with self._work(by) as work:
            row = await lock_lead(work, lead_id)
            await assign_lead(work, row, owner)
            tasks = select(ClinicTaskRow).where(ClinicTaskRow.lead_id == lead_id, ClinicTaskRow.status == OPEN)
            for task in await work.session.scalars(tasks):
                task.owner = owner
            return lead_of(row)

    async def refuse(
        self, lead_id: str, *, reason_id: str | None, by: Actor, answers: Mapping[str, str] | None = None
    ) -> Lead:
        """«Провал» with a reason; what was to be done is closed (M8, M10, M13)."""
        async with self._work(by) as work:
            known = await work.session.get(LeadRow, lead_id)
            if known is not None:
                # the patient first, as bookings do: two who lock in different orders would wait for each other
                await work.lock_patient(known.patient_id)
            row = await lock_lead(work, lead_id)
            comment = comment_of(answers or {})
            await move_lead(work, row, LeadStage.LOST, reason_id=reason_id, comment=comment)
            problem = need_of(row).problem
            if problem:
                await close_tasks(work, row.patient_id, {problem}, outcome="refused", rule="M13")
            for task in await work.session.scalars(
                select(ClinicTaskRow).where(ClinicTaskRow.lead_id == lead_id, ClinicTaskRow.status == OPEN)
            ):
                close_task(work, task, outcome="refused", rule="M13", reason_id=reason_id)
            return lead_of(row)

    async def lead(self, lead_id: str) -> Lead:
        """Raises NotFound."""
        found = await self._leads(select(LeadRow).where(LeadRow.id == lead_id))
        if not found:
            raise NotFound("Лид не найден")
        return found[0]

    async def leads(
        self, *, patient_id: str | None = None, stage: LeadStage | None = None, limit: int = 500
    ) -> Sequence[Lead]:
        """The soonest next action first; closed ones last."""
        query = select(LeadRow)
        if patient_id:
            query = query.where(LeadRow.patient_id == patient_id)
        if stage:
            query = query.where(LeadRow.stage == stage.value)
        return await self._leads(query.limit(limit))

    async def prescriptions(self, patient_id: str) -> Sequence[Prescription]:
        """What was ordered for a patient, the soonest date first."""
        query = select(PrescriptionRow).where(PrescriptionRow.patient_id == patient_id)
        async with self._read() as session:
            rows = (await session.scalars(query.order_by(PrescriptionRow.due_on, PrescriptionRow.id))).all()
            leads = await session.execute(
                select(LeadRow.prescription_id, LeadRow.id).where(LeadRow.prescription_id.in_([row.id for row in rows]))
            )
            lead_ids = dict(leads.all())
        return [_of(row, lead_ids.get(row.id)) for row in rows]

    async def _leads(self, query: Select[LeadRow]) -> Sequence[Lead]:
        async with self._read() as session:
            ordered = query.order_by(LeadRow.next_action_on.is_(None), LeadRow.next_action_on, LeadRow.id)
            return [lead_of(row) for row in await session.scalars(ordered)]


async def _follow(work: Work, row: PrescriptionRow, doctor: DoctorRow, today: date) -> None:
    """The lead and the call of a prescription. An open lead of the same problem is not made a second time."""
    service = await work.session.get(ServiceRow, row.service_id) if row.service_id else None
    need = Need(
        service_id=row.service_id,
        doctor_id=None if row.service_id else row.doctor_id,
        specialty=(service.specialty if service else None) or (None if row.service_id else doctor.specialty),
        duration_min=service.duration_min if service else None,
    )
    comment = lead_comment(doctor.full_name, row.title, row.due_on)
    day = call_on(row.due_on, today, work.settings, work.holidays)
    lead = await lead_for(work, row.patient_id, {need.problem} if need.problem else set())
    if lead is None:
        lead = await open_lead(
            work,
            patient_id=row.patient_id,
            need=need,
            comment=comment,
            next_action_on=day,
            prescription_id=row.id,
        )
    else:
        lead.comment = f"{lead.comment}\n{comment}"
        lead.next_action_on = min(lead.next_action_on or day, day)
    await make_task(
        work,
        type=PLANNED,
        patient_id=row.patient_id,
        need=need,
        comment=comment,
        active_from=day,
        rule="M3",
        visit_id=row.visit_id,
        lead_id=lead.id,
    )


def comment_of(answers: Mapping[str, str]) -> str:
    """The comment made of a script's answers: the same answers always give the same text (M10)."""
    return "; ".join(f"{question}: {answer}" for question, answer in sorted(answers.items()) if answer)


def lead_of(row: LeadRow) -> Lead:
    """The domain's lead."""
    return Lead(
        id=row.id,
        patient_id=row.patient_id,
        need=need_of(row),
        stage=LeadStage(row.stage),
        owner=row.owner,
        comment=row.comment,
        next_action_on=row.next_action_on,
        reason_id=row.reason_id,
        revenue=row.revenue,
        prescription_id=row.prescription_id,
    )


def _still_to_come(due_on: date | None, today: date) -> date:
    if due_on is None:
        raise Refused("Укажите срок назначения: до какой даты его нужно выполнить")
    if due_on < today:
        raise Refused("Срок назначения уже прошёл: укажите дату не раньше сегодняшней")
    return due_on


async def _known(work: Work, event_key: str) -> PrescriptionRow | None:
    return await work.session.scalar(select(PrescriptionRow).where(PrescriptionRow.event_key == event_key))


async def _prescription(work: Work, row: PrescriptionRow) -> Prescription:
    return _of(row, await work.session.scalar(select(LeadRow.id).where(LeadRow.prescription_id == row.id)))


def _of(row: PrescriptionRow, lead_id: str | None) -> Prescription:
    return Prescription(
        id=row.id,
        patient_id=row.patient_id,
        doctor_id=row.doctor_id,
        title=row.title,
        due_on=row.due_on,
        service_id=row.service_id,
        lead_id=lead_id,
    )
