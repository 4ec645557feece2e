"""Tasks within a transaction: made, merged into the open one of the same problem, closed (1.7, I8, I13)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.domain.follow_up import BOT_OWNER, DESK_OWNER, STANDARD_TASKS, ClinicTask, Need
from crm_bridge.local.tables import ClinicTaskRow, PhoneRow
from crm_bridge.local.work import Work
from crm_bridge.port import IllegalStep, NotFound

OPEN, DONE, WITHDRAWN = "open", "done", "withdrawn"
_PRIORITY = {one.id: one.priority for one in STANDARD_TASKS}


async def make_task(
    work: Work,
    *,
    type: str,
    patient_id: str,
    need: Need,
    comment: str,
    active_from: date,
    rule: str,
    visit_id: str | None = None,
    lead_id: str | None = None,
    owner: str | None = None,
) -> ClinicTaskRow:
    """A new task, or the patient's open task of the same problem with this wish added. The patient must be locked."""
    row = await open_task(work, patient_id, need.problem) if need.problem else None
    if row is None:
        row = _task_row(
            work, need, type=type, patient_id=patient_id, comment=comment, active_from=active_from, rule=rule
        )
        row.phone = await first_phone(work, patient_id)
        # without a phone the bot can do nothing: people find another way
        row.owner = BOT_OWNER if row.phone else DESK_OWNER
        work.session.add(row)
        work.publish("task.created", task_id=row.id)
    else:
        _merge(work, row, type=type, comment=comment, active_from=active_from, rule=rule)
    row.visit_id, row.lead_id = visit_id or row.visit_id, lead_id or row.lead_id
    row.owner = owner or row.owner
    await work.session.flush()
    return row


def _task_row(
    work: Work, need: Need, *, type: str, patient_id: str, comment: str, active_from: date, rule: str
) -> ClinicTaskRow:
    return ClinicTaskRow(
        id=work.new_id(),
        type=type,
        patient_id=patient_id,
        problem=need.problem,
        service_id=need.service_id,
        doctor_id=need.doctor_id,
        specialty=need.specialty,
        duration_min=need.duration_min,
        comment=comment,
        active_from=active_from,
        status=OPEN,
        made_by=str(work.by),
        history=[work.note(rule, comment)],
        created_at=work.now,
    )


def _merge(work: Work, row: ClinicTaskRow, *, type: str, comment: str, active_from: date, rule: str) -> None:
    """The more urgent type and the sooner day stand; the history says which rules spoke."""
    if _PRIORITY.get(type, 99) < _PRIORITY.get(row.type, 99):
        row.type = type
    row.active_from = min(row.active_from, active_from)
    if comment and comment not in row.comment:
        row.comment = f"{row.comment}\n{comment}".strip()
    row.history = [*row.history, work.note(rule, comment)]
    work.publish("task.changed", task_id=row.id)


async def open_task(work: Work, patient_id: str, problem: str | None) -> ClinicTaskRow | None:
    """The one open task of a patient and a problem."""
    return await work.session.scalar(
        select(ClinicTaskRow).where(
            ClinicTaskRow.patient_id == patient_id, ClinicTaskRow.problem == problem, ClinicTaskRow.status == OPEN
        )
    )


async def close_tasks(
    work: Work, patient_id: str, problems: set[str], *, outcome: str, rule: str
) -> list[ClinicTaskRow]:
    """Close the patient's open tasks of these problems; the closed ones."""
    rows = await work.session.scalars(
        select(ClinicTaskRow).where(
            ClinicTaskRow.patient_id == patient_id,
            ClinicTaskRow.problem.in_(problems),
            ClinicTaskRow.status == OPEN,
        )
    )
    closed = list(rows)
    for row in closed:
        close_task(work, row, outcome=outcome, rule=rule)
    return closed


def close_task(work: Work, row: ClinicTaskRow, *, outcome: str, rule: str, reason_id: str | None = None) -> None:
    """End a task with its final outcome."""
    row.status = WITHDRAWN if outcome == WITHDRAWN else DONE
    row.closed_at, row.closed_by, row.outcome, row.reason_id = work.now, str(work.by), outcome, reason_id
    row.history = [*row.history, work.note(rule, outcome)]
    work.publish("task.closed", task_id=row.id, result=outcome)


async def lock_task(work: Work, task_id: str) -> ClinicTaskRow:
    """An open task, to be changed. Raises NotFound, IllegalStep for one that is closed."""
    row = await work.session.scalar(select(ClinicTaskRow).where(ClinicTaskRow.id == task_id).with_for_update())
    if row is None:
        raise NotFound("Задача не найдена")
    if row.status != OPEN:
        raise IllegalStep("Задача уже закрыта")
    return row


async def first_phone(work: Work, patient_id: str) -> str | None:
    """The patient's phone to call."""
    return await work.session.scalar(
        select(PhoneRow.phone).where(PhoneRow.patient_id == patient_id).order_by(PhoneRow.id).limit(1)
    )


def task_of(row: ClinicTaskRow) -> ClinicTask:
    """The domain's task."""
    return ClinicTask(
        id=row.id,
        type=row.type,
        patient_id=row.patient_id,
        phone=row.phone,
        need=Need(
            service_id=row.service_id,
            doctor_id=row.doctor_id,
            specialty=row.specialty,
            duration_min=row.duration_min,
        ),
        comment=row.comment,
        active_from=row.active_from,
        owner=row.owner,
        status=row.status,
        visit_id=row.visit_id,
        lead_id=row.lead_id,
        history=tuple(f"{one['rule']}: {one['text']}" for one in row.history),
    )
