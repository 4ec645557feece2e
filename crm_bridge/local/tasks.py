"""Tasks: a patient needs a visit, not now; made, found when active, put off, closed (I3, I4, I8, I13, I21, C12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Select, select

from bot.domain.follow_up import PLANNED, STANDARD_TASKS, Actor, ClinicTask, Need, TaskType
from crm_bridge.local.lead_book import require_reason
from crm_bridge.local.part import LocalPart
from crm_bridge.local.scope import tasks_seen_by
from crm_bridge.local.tables import ClinicTaskRow, TaskTypeRow, VisitRow
from crm_bridge.local.task_book import OPEN, close_task, first_phone, lock_task, make_task, task_of
from crm_bridge.local.work import Work, rule_settings
from crm_bridge.port import NotFound, Refused
from crm_bridge.rules.rights import RATING_TASK, Identity


class LocalTasks(LocalPart):
    """Tasks on SQL."""

    async def create_task(
        self,
        *,
        patient_id: str | None,
        need: Need,
        comment: str,
        by: Actor,
        type: str = PLANNED,
        active_from: date | None = None,
        in_days: int | None = None,
        owner: str | None = None,
        visit_id: str | None = None,
        call_id: str | None = None,
    ) -> ClinicTask:
        """A task by date or by number of days, else for tomorrow. Raises Refused for what is missing."""
        async with self._work(by, call_id) as work:
            kind = await _type(work, type)
            if not comment.strip():
                raise Refused("Напишите комментарий: о чём говорить с пациентом")
            today = await work.today(None)
            day = _active(today, active_from, in_days, work.settings.default_active_days)
            if not kind.about_visit:
                return await _custom(work, kind, patient_id, comment, day, owner)
            if patient_id is None:
                raise Refused("Выберите пациента")
            need = await _told(work, need)
            await work.lock_patient(patient_id)
            if visit_id:
                await _linkable(work, visit_id, patient_id)
            row = await make_task(
                work,
                type=type,
                patient_id=patient_id,
                need=need,
                comment=comment.strip(),
                active_from=day,
                rule="I13",
                visit_id=visit_id,
                owner=owner,
            )
            return task_of(row)

    async def clinic_task(self, task_id: str, *, reader: Identity | None = None) -> ClinicTask:
        """Raises NotFound, also for the director's task about a rating when the reader may not know of it (C20)."""
        found = await self._tasks(select(ClinicTaskRow).where(ClinicTaskRow.id == task_id, tasks_seen_by(reader)))
        if not found:
            raise NotFound("Задача не найдена")
        return found[0]

    async def active_tasks(
        self, *, owner: str | None = None, limit: int = 500, reader: Identity | None = None
    ) -> Sequence[ClinicTask]:
        """What is to be done today: open, and no later than today active; the most urgent type first.

        The director's tasks about ratings are there only for a reader who may see ratings (C20).
        """
        due = (
            select(ClinicTaskRow)
            .where(ClinicTaskRow.status == OPEN, ClinicTaskRow.active_from <= self._clock.now().date())
            .where(tasks_seen_by(reader))
            .order_by(ClinicTaskRow.active_from, ClinicTaskRow.id)
        )
        if owner is not None:
            due = due.where(ClinicTaskRow.owner == owner)
        async with self._read() as session:
            custom = dict((await session.execute(select(TaskTypeRow.id, TaskTypeRow.priority))).all())
            rows = (await session.scalars(due.limit(limit))).all()
        order = custom | {one.id: one.priority for one in STANDARD_TASKS}
        return sorted(map(task_of, rows), key=lambda task: (order.get(task.type, 99), task.active_from, task.id))

    async def tasks_of(
        self, patient_id: str, *, closed: bool = False, reader: Identity | None = None
    ) -> Sequence[ClinicTask]:
        """A patient's tasks; the form shows the open ones and lets them be closed (I8). `reader` as in active_tasks."""
        query = select(ClinicTaskRow).where(ClinicTaskRow.patient_id == patient_id, tasks_seen_by(reader))
        return await self._tasks(query if closed else query.where(ClinicTaskRow.status == OPEN))

    async def postpone(self, task_id: str, active_from: date, *, by: Actor, comment: str = "") -> ClinicTask:
        """Not reached, or «позвоните позже»: it comes back by itself (C12)."""
        async with self._work(by) as work:
            row = await lock_task(work, task_id)
            row.active_from = max(active_from, await work.today(None))
            row.postponed += 1
            row.history = [*row.history, work.note("C12", comment or f"Отложена до {row.active_from:%d.%m.%Y}")]
            work.publish("task.changed", task_id=row.id)
            return task_of(row)

    async def complete(
        self, task_id: str, outcome: str, *, by: Actor, reason_id: str | None = None, call_id: str | None = None
    ) -> ClinicTask:
        """Close with a final outcome. Raises Refused for an empty one, or «refused» without a reason (M8)."""
        async with self._work(by, call_id) as work:
            if not outcome.strip():
                raise Refused("Укажите итог: без него задача не закрывается")
            if outcome == "refused":
                await require_reason(work, reason_id)
            row = await lock_task(work, task_id)
            close_task(work, row, outcome=outcome, rule="M8", reason_id=reason_id)
            return task_of(row)

    async def give(self, task_id: str, owner: str, *, by: Actor) -> ClinicTask:
        """Another owner: a person or «Голосовой бот»."""
        async with self._work(by) as work:
            row = await lock_task(work, task_id)
            work.audit("task.assign", "task", row.id, before=row.owner, after=owner)
            row.owner = owner
            return task_of(row)

    async def task_types(self) -> Sequence[TaskType]:
        """The standard ones and the clinic's own; not the director's, which only a rating makes (C20)."""
        async with self._read() as session:
            own = select(TaskTypeRow).where(TaskTypeRow.active, TaskTypeRow.id != RATING_TASK)
            rows = await session.scalars(own.order_by(TaskTypeRow.title))
            return [*STANDARD_TASKS, *(_type_of(row) for row in rows)]

    async def add_task_type(self, id: str, title: str, *, by: Actor, priority: int = 50) -> TaskType:
        """A type of the clinic's own: it has nothing to do with visits (I3)."""
        if id in {RATING_TASK, *(one.id for one in STANDARD_TASKS)}:
            raise Refused("Такой тип уже есть среди стандартных")
        async with self._work(by) as work:
            row = await work.session.merge(TaskTypeRow(id=id, title=title, priority=priority, active=True))
            work.audit("task_type.add", "task_type", id)
            return _type_of(row)

    async def linkable_cancellations(self, patient_id: str) -> Sequence[str]:
        """Visits cancelled without a follow-up, no longer than 30 days ago (I21)."""
        async with self._read() as session:
            settings = await rule_settings(session)
            oldest = self._clock.now() - timedelta(days=settings.link_cancelled_days)
            linked = select(ClinicTaskRow.visit_id).where(ClinicTaskRow.visit_id.is_not(None))
            query = (
                select(VisitRow.id)
                .where(
                    VisitRow.patient_id == patient_id,
                    VisitRow.undecided,
                    VisitRow.closed_at >= oldest,
                    VisitRow.id.not_in(linked),
                )
                .order_by(VisitRow.closed_at)
            )
            return list(await session.scalars(query))

    async def _tasks(self, query: Select[ClinicTaskRow], limit: int = 500) -> Sequence[ClinicTask]:
        ordered = query.order_by(None).order_by(ClinicTaskRow.active_from, ClinicTaskRow.id).limit(limit)
        async with self._read() as session:
            return [task_of(row) for row in await session.scalars(ordered)]


def _active(today: date, active_from: date | None, in_days: int | None, default_days: int) -> date:
    if active_from is not None:
        return max(active_from, today)
    return today + timedelta(days=default_days if in_days is None else max(0, in_days))


async def _told(work: Work, need: Need) -> Need:
    if not (need.doctor_id or need.specialty or need.service_id):
        raise Refused("Укажите врача или профессию")
    return await work.whole(need)


async def _type(work: Work, type: str) -> TaskType:
    known = next((one for one in STANDARD_TASKS if one.id == type), None)
    if known:
        return known
    row = await work.session.get(TaskTypeRow, type)
    if row is None or not row.active or type == RATING_TASK:
        raise Refused("Такого типа задач нет: добавьте его в настройках")
    return _type_of(row)


def _type_of(row: TaskTypeRow) -> TaskType:
    return TaskType(id=row.id, title=row.title, about_visit=False, priority=row.priority)


async def _custom(
    work: Work, kind: TaskType, patient_id: str | None, comment: str, day: date, owner: str | None
) -> ClinicTask:
    """A task that is not about a visit: no doctor, no duration, a person's to do."""
    row = ClinicTaskRow(
        id=work.new_id(),
        type=kind.id,
        patient_id=patient_id,
        phone=await first_phone(work, patient_id) if patient_id else None,
        comment=comment.strip(),
        active_from=day,
        owner=owner or "desk",
        status=OPEN,
        made_by=str(work.by),
        history=[work.note("I3", comment)],
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    work.publish("task.created", task_id=row.id)
    return task_of(row)


async def _linkable(work: Work, visit_id: str, patient_id: str) -> None:
    """Raises Refused for a visit that was cancelled too long ago, or has its follow-up already."""
    row = await work.session.get(VisitRow, visit_id, with_for_update=True)
    if row is None or row.patient_id != patient_id:
        raise NotFound("Приём не найден")
    oldest = work.now - timedelta(days=work.settings.link_cancelled_days)
    if row.closed_at is not None and row.closed_at < oldest:
        raise Refused(f"Отмена старше {work.settings.link_cancelled_days} дней: связать задачу с ней нельзя")
    taken = select(ClinicTaskRow.id).where(ClinicTaskRow.visit_id == visit_id, ClinicTaskRow.status == OPEN)
    if await work.session.scalar(taken.limit(1)):
        raise Refused("С этим приёмом задача уже связана")
    row.undecided = False
