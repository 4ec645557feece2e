"""Carries out what an event of a visit means (rules.md 1.7), in the transaction of the event itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from bot.domain.clinic import Funding, VisitStatus
from bot.domain.follow_up import ActorKind, FollowUp, LeadStage, Need, ReasonClass, WaitlistType, WaitRequest
from crm_bridge.local.lead_book import CLOSED, lead_for, move_lead
from crm_bridge.local.strike_book import change_strikes
from crm_bridge.local.tables import (
    ClinicTaskRow,
    DoctorRow,
    LeadRow,
    PrescriptionRow,
    ReasonRow,
    ServiceRow,
    VisitRow,
    WaitlistRow,
)
from crm_bridge.local.task_book import OPEN, WITHDRAWN, close_task, close_tasks, make_task
from crm_bridge.local.wait_book import WAITING, close_entries, join
from crm_bridge.local.work import Work
from crm_bridge.rules.aftermath import Aftermath, Facts, VisitEvent, aftermath
from crm_bridge.rules.basics import COMING

_COMING = tuple(status.value for status in COMING)
_CANCELLED = (VisitEvent.CANCELLED_BY_PATIENT, VisitEvent.CANCELLED_BY_CLINIC)
_OUTCOMES = {VisitEvent.BOOKED: "booked", VisitEvent.MOVED: "booked", VisitEvent.ATTENDED: WITHDRAWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An event of a visit as its actor tells it."""

    event: VisitEvent
    follow_up: FollowUp = FollowUp.TASK
    reason_id: str | None = None
    was_no_show: bool = False
    comment: str = ""


async def need_of_visit(work: Work, row: VisitRow) -> Need:
    """Service, doctor and profession of a visit."""
    doctor = await work.session.get(DoctorRow, row.doctor_id) if row.doctor_id else None
    service = await work.session.get(ServiceRow, row.service_id) if row.service_id else None
    return Need(
        service_id=row.service_id,
        doctor_id=row.doctor_id,
        specialty=doctor.specialty if doctor else service.specialty if service else None,
        duration_min=int((row.ends_at - row.starts_at).total_seconds() // 60),
    )


def problems_of(need: Need) -> set[str]:
    """Every problem that a visit of this need solves: its service and its profession."""
    apart = (Need(service_id=need.service_id), Need(specialty=need.specialty))
    return {problem for one in apart if (problem := one.problem)}


async def apply(work: Work, row: VisitRow, case: Case) -> Aftermath:
    """Change lead, tasks, waiting list and strikes as the table says; the patient is locked first."""
    await work.lock_patient(row.patient_id)
    need = await need_of_visit(work, row)
    lead = await _lead(work, row, need, case.event)
    done = aftermath(await _facts(work, row, need, lead, case), work.settings)
    wanted = done.task is not None or (lead is not None and done.lead is LeadStage.ASSIGNED)
    other = await coming_visit(work, row.patient_id, need.problem, besides=row.id) if wanted else None
    if lead is not None and done.lead is not None:
        row.lead_id = lead.id
        kept = await _keeps(work, lead, row, other) if done.lead is LeadStage.ASSIGNED else None
        await _move(work, lead, kept or row, LeadStage.BOOKED if kept else done.lead, case)
    if done.close_tasks:
        await solve(work, row, case)
    # who has booked another visit for the same is not phoned about it (1.7, I8)
    if done.task is not None and other is None:
        await make_task(
            work,
            type=done.task.type,
            patient_id=row.patient_id,
            need=need,
            comment=case.comment or await _comment(work, case),
            active_from=done.task.active_from,
            rule=done.task.rule,
            visit_id=row.id,
            lead_id=lead.id if lead else None,
        )
    if done.waitlist:
        who, funding = row.patient_id, Funding(row.funding)
        asked = WaitRequest(patient_id=who, need=need, comment=case.comment, visit_id=row.id, funding=funding)
        await join(work, WaitlistType.CANCELLED, asked)
    await change_strikes(work, row, done.strike)
    if done.tell_doctor and row.doctor_id:
        work.publish("doctor.notice", visit_id=row.id, doctor_id=row.doctor_id, event=case.event.value)
    if case.event in _CANCELLED:
        row.undecided, row.late = done.undecided, done.late
    await work.session.flush()
    return done


async def coming_visit(work: Work, patient_id: str, problem: str | None, *, besides: str = "") -> VisitRow | None:
    """The patient's next visit that solves this problem."""
    rows = await work.session.scalars(
        select(VisitRow)
        .where(
            VisitRow.patient_id == patient_id,
            VisitRow.status.in_(_COMING),
            VisitRow.starts_at > work.now,
            VisitRow.id != besides,
        )
        .order_by(VisitRow.starts_at, VisitRow.id)
    )
    for row in rows.all():
        if problem in problems_of(await need_of_visit(work, row)):
            return row
    return None


async def _keeps(work: Work, lead: LeadRow, row: VisitRow, other: VisitRow | None) -> VisitRow | None:
    """The coming visit for which a lead stays «Запись на приём» when this one is gone."""
    own = await work.session.scalar(
        select(VisitRow)
        .where(
            VisitRow.lead_id == lead.id,
            VisitRow.id != row.id,
            VisitRow.status.in_(_COMING),
            VisitRow.starts_at > work.now,
        )
        .order_by(VisitRow.starts_at)
        .limit(1)
    )
    if own is None and other is not None and other.lead_id is None:
        other.lead_id = lead.id
        return other
    return own


async def _lead(work: Work, row: VisitRow, need: Need, event: VisitEvent) -> LeadRow | None:
    """The visit's own lead; for a new booking the open lead of its service."""
    if row.lead_id:
        return await work.session.get(LeadRow, row.lead_id, with_for_update=True)
    return await lead_for(work, row.patient_id, problems_of(need)) if event is VisitEvent.BOOKED else None


async def _move(work: Work, lead: LeadRow, row: VisitRow, stage: LeadStage, case: Case) -> None:
    """Won and lost leads stay so, unless the visit that lost one takes place after all."""
    if lead.stage in CLOSED and not (lead.stage == LeadStage.LOST and case.event is VisitEvent.ATTENDED):
        return
    day = row.starts_at.date() if stage is LeadStage.BOOKED else await work.today(row.branch_id)
    await move_lead(work, lead, stage, next_action_on=day, reason_id=case.reason_id)


async def _facts(work: Work, row: VisitRow, need: Need, lead: LeadRow | None, case: Case) -> Facts:
    reason = await work.session.get(ReasonRow, case.reason_id) if case.reason_id else None
    due = None
    if lead is not None and lead.prescription_id:
        asked = select(PrescriptionRow.due_on).where(PrescriptionRow.id == lead.prescription_id)
        due = await work.session.scalar(asked)
    service = await work.session.get(ServiceRow, row.service_id) if row.service_id else None
    return Facts(
        event=case.event,
        now=work.now,
        today=await work.today(row.branch_id),
        starts_at=row.starts_at,
        reason=ReasonClass(reason.reason_class) if reason else ReasonClass.NEEDS_VISIT,
        follow_up=case.follow_up,
        covered=case.event is VisitEvent.NO_SHOW and await _covered(work, row, need),
        prescription_due=due,
        was_no_show=case.was_no_show,
        prepaid=row.prepayment > 0 and row.paid >= row.prepayment,
        paid_in_full=_paid_in_full(row),
        recall_days=service.recall_days if service else None,
    )


def _paid_in_full(row: VisitRow) -> bool:
    """The visit took place and nothing is owed; where no price is known, some money must have come."""
    settled = row.paid >= row.price and (row.paid > 0 or row.funding != Funding.PAID)
    return row.status == VisitStatus.COMPLETED and settled


async def _covered(work: Work, row: VisitRow, need: Need) -> bool:
    """Whether a future visit or a waiting-list entry makes the no-show's task needless."""
    future = select(VisitRow.id).where(
        VisitRow.patient_id == row.patient_id, VisitRow.status.in_(_COMING), VisitRow.starts_at > work.now
    )
    waiting = select(WaitlistRow.id).where(WaitlistRow.patient_id == row.patient_id, WaitlistRow.status.in_(WAITING))
    if work.settings.noshow_same_service:
        same = [
            column == value
            for column, value in ((VisitRow.service_id, need.service_id), (VisitRow.doctor_id, need.doctor_id))
            if value is not None
        ]
        future = future.where(or_(*same))
    found = await work.session.scalar(future.limit(1)) or await work.session.scalar(waiting.limit(1))
    return found is not None


async def solve(work: Work, row: VisitRow, case: Case) -> None:
    """Close what the visit makes needless: tasks of its problem; after a no-show that was none, only that one's task.

    A move calls it once more when the visit has its new doctor: that may be one of another profession.
    """
    outcome = _OUTCOMES.get(case.event, WITHDRAWN)
    if case.event is VisitEvent.ATTENDED:
        made = select(ClinicTaskRow).where(ClinicTaskRow.visit_id == row.id, ClinicTaskRow.status == OPEN)
        for task in await work.session.scalars(made):
            close_task(work, task, outcome=outcome, rule="I20")
        return
    wider = problems_of(await need_of_visit(work, row))
    closed = await close_tasks(work, row.patient_id, wider, outcome=outcome, rule="I8")
    if work.by.kind is ActorKind.BOT and case.event is VisitEvent.BOOKED:
        # what a person copies with a click, the bot copies by itself (I14)
        row.comment = "\n".join(text for text in (row.comment, *(task.comment for task in closed)) if text)
    if case.event in (VisitEvent.BOOKED, VisitEvent.MOVED):
        await close_entries(work, row, wider, moved=case.event is VisitEvent.MOVED)


async def _comment(work: Work, case: Case) -> str:
    """What a task says of its beginning, in words."""
    reason = await work.session.get(ReasonRow, case.reason_id) if case.reason_id else None
    told = {
        VisitEvent.CANCELLED_BY_PATIENT: "Пациент отменил приём",
        VisitEvent.CANCELLED_BY_CLINIC: "Клиника отменила приём",
        VisitEvent.NO_SHOW: "Не пришёл на приём",
        VisitEvent.UNPAID: "Приём не оплачен в срок",
        VisitEvent.EXPIRED: "Приём не согласован в срок",
        VisitEvent.ATTENDED: "Пора на повторный приём",
    }.get(case.event, "Нужен приём")
    return f"{told}: {reason.title.lower()}" if reason else told
