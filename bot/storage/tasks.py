"""Calls to be made, in SQL: the truth from which the queue can always be rebuilt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clock import Clock
from bot.domain.policy import Allow, Decision, Defer, Deny
from bot.domain.task import AttemptResult, CallTask, TaskKind, TaskStatus
from bot.outbound.ports import DIALLED, Again, Attempt, Verdict
from bot.storage.engine import Database, rows_changed
from bot.storage.outbox import publish
from bot.storage.tables import CallAttemptRow, CallDecisionRow, CallTaskRow
from bot.storage.upsert import insert_if_new

WAITING = (TaskStatus.PENDING.value, TaskStatus.QUEUED.value)
OPEN = (*WAITING, TaskStatus.IN_CALL.value)


class SqlTaskStore:
    """TaskStore; what two workers try at once succeeds for one, by conditional updates."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, task: CallTask, *, dedup_key: str) -> bool:
        async with self._database.write() as session:
            now = self._clock.now()
            made = await insert_if_new(
                session,
                CallTaskRow,
                id=task.id,
                dedup_key=dedup_key,
                kind=task.kind.value,
                phone=task.phone,
                due_at=task.due_at,
                status=task.status.value,
                visit_id=task.visit_id,
                visit_at=task.visit_at,
                patient_id=task.patient_id,
                errand_id=task.errand_id,
                offer_id=task.offer_id,
                not_after=task.not_after,
                attempts=task.attempts,
                note=task.note,
                created_at=now,
            )
            if made:
                publish(session, "task.created", {"task_id": task.id}, now)
        return made

    async def get(self, task_id: str) -> CallTask | None:
        found = await self._tasks(select(CallTaskRow).where(CallTaskRow.id == task_id))
        return found[0] if found else None

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[CallTask]:
        waiting = select(CallTaskRow).where(CallTaskRow.status.in_(WAITING), CallTaskRow.due_at <= now)
        dialled = waiting.where(CallTaskRow.kind.in_([kind.value for kind in DIALLED]))
        by_urgency = dialled.order_by(CallTaskRow.not_after.is_(None), CallTaskRow.not_after)
        return await self._tasks(by_urgency.limit(limit))

    async def open_tasks(self) -> Sequence[CallTask]:
        return await self._tasks(select(CallTaskRow).where(CallTaskRow.status.in_(OPEN)))

    async def mark_queued(self, task_id: str) -> None:
        async with self._database.write() as session:
            await session.execute(
                update(CallTaskRow)
                .where(CallTaskRow.id == task_id, CallTaskRow.status == TaskStatus.PENDING.value)
                .values(status=TaskStatus.QUEUED.value)
            )

    async def postpone(self, task_id: str, due_at: datetime) -> None:
        async with self._database.write() as session:
            await _change_waiting(session, task_id, status=TaskStatus.PENDING.value, due_at=due_at)

    async def decided(self, task_id: str, decision: Decision, *, at: datetime) -> None:
        row = CallDecisionRow(task_id=task_id, at=at, decision=type(decision).__name__.lower())
        async with self._database.write() as session:
            session.add(row)
            match decision:
                case Allow():
                    return
                case Defer(until=until, rule=rule):
                    row.rule, row.until = rule, until
                    await _change_waiting(session, task_id, status=TaskStatus.PENDING.value, due_at=until)
                case Deny(rule=rule):
                    row.rule = rule
                    await self._close(
                        session, task_id, status=TaskStatus.CANCELLED, result=AttemptResult.DENIED.value, at=at
                    )

    async def claim(self, task_id: str, *, call_id: str, at: datetime) -> bool:
        async with self._database.write() as session:
            claimed = await _change_waiting(
                session, task_id, status=TaskStatus.IN_CALL.value, attempts=CallTaskRow.attempts + 1
            )
            if claimed:
                session.add(CallAttemptRow(call_id=call_id, task_id=task_id, started_at=at))
        return claimed

    async def results(self, task_id: str) -> Sequence[AttemptResult]:
        query = (
            select(CallAttemptRow.result)
            .where(CallAttemptRow.task_id == task_id, CallAttemptRow.result.is_not(None))
            .order_by(CallAttemptRow.started_at, CallAttemptRow.ended_at)
        )
        async with self._database.read() as session:
            return [AttemptResult(result) for result in await session.scalars(query) if result]

    async def settle(self, call_id: str, *, result: AttemptResult, verdict: Verdict, at: datetime) -> bool:
        async with self._database.write() as session:
            ended = await session.execute(
                update(CallAttemptRow)
                .where(CallAttemptRow.call_id == call_id, CallAttemptRow.ended_at.is_(None))
                .values(ended_at=at, result=result.value)
                .returning(CallAttemptRow.task_id)
            )
            task_id = ended.scalar_one_or_none()
            if task_id is None:
                return False
            values: dict[str, Any] = {"result": result.value}
            if isinstance(verdict, Again):
                values |= {"status": TaskStatus.PENDING.value, "due_at": verdict.at}
            else:
                values |= {"status": verdict.status.value, "closed_at": at}
            await session.execute(update(CallTaskRow).where(CallTaskRow.id == task_id).values(**values))
            publish(session, "task.attempted", {"task_id": task_id, "call_id": call_id, "result": result.value}, at)
        return True

    async def close(self, task_id: str, *, status: TaskStatus, result: str, at: datetime) -> bool:
        async with self._database.write() as session:
            return await self._close(session, task_id, status=status, result=result, at=at)

    async def _close(
        self, session: AsyncSession, task_id: str, *, status: TaskStatus, result: str, at: datetime
    ) -> bool:
        closed = await _change_waiting(session, task_id, status=status.value, result=result, closed_at=at)
        if closed:
            publish(session, "task.closed", {"task_id": task_id, "result": result}, at)
        return closed

    async def under_way(self) -> Sequence[Attempt]:
        query = (
            select(CallAttemptRow, CallTaskRow)
            .join(CallTaskRow, CallTaskRow.id == CallAttemptRow.task_id)
            .where(CallAttemptRow.ended_at.is_(None))
            .order_by(CallAttemptRow.started_at)
        )
        zone = self._clock.now().tzinfo
        async with self._database.read() as session:
            return [
                Attempt(task=_task(row, zone), call_id=attempt.call_id, started_at=attempt.started_at)
                for attempt, row in await session.execute(query)
            ]

    async def decisions(self, task_id: str) -> Sequence[tuple[str, str | None]]:
        """What the policy said of a task, oldest first: decision and rule."""
        query = select(CallDecisionRow).where(CallDecisionRow.task_id == task_id).order_by(CallDecisionRow.id)
        async with self._database.read() as session:
            return [(row.decision, row.rule) for row in await session.scalars(query)]

    async def _tasks(self, query: Select[CallTaskRow]) -> Sequence[CallTask]:
        zone = self._clock.now().tzinfo
        async with self._database.read() as session:
            return [
                _task(row, zone) for row in await session.scalars(query.order_by(CallTaskRow.due_at, CallTaskRow.id))
            ]


async def _change_waiting(session: AsyncSession, task_id: str, **values: Any) -> bool:
    result = await session.execute(
        update(CallTaskRow).where(CallTaskRow.id == task_id, CallTaskRow.status.in_(WAITING)).values(**values)
    )
    return rows_changed(result) == 1


def _task(row: CallTaskRow, zone: tzinfo | None) -> CallTask:
    return CallTask(
        id=row.id,
        kind=TaskKind(row.kind),
        phone=row.phone,
        due_at=row.due_at.astimezone(zone),
        status=TaskStatus(row.status),
        visit_id=row.visit_id,
        visit_at=row.visit_at.astimezone(zone) if row.visit_at else None,
        patient_id=row.patient_id,
        errand_id=row.errand_id,
        offer_id=row.offer_id,
        not_after=row.not_after.astimezone(zone) if row.not_after else None,
        attempts=row.attempts,
        note=row.note,
        result=row.result,
    )
