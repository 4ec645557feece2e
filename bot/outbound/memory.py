"""Tasks and permits in memory: the same behaviour as in SQL and Redis, for rehearsals and tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.clock import Clock
from bot.domain.policy import Allow, Decision, Defer, Deny
from bot.domain.task import AttemptResult, CallTask, TaskStatus
from bot.outbound.ports import DIALLED, Again, Attempt, Verdict

_WAITING = (TaskStatus.PENDING, TaskStatus.QUEUED)


class MemoryTaskStore:
    """TaskStore over dictionaries; no method awaits anything, so each is atomic in its event loop."""

    def __init__(self) -> None:
        self._tasks: dict[str, CallTask] = {}
        self._keys: set[str] = set()
        self._attempts: dict[str, Attempt] = {}
        self._results: dict[str, list[AttemptResult]] = {}
        self._decisions: dict[str, list[tuple[str, str | None]]] = {}

    async def add(self, task: CallTask, *, dedup_key: str) -> bool:
        if dedup_key in self._keys:
            return False
        self._keys.add(dedup_key)
        self._tasks[task.id] = task
        return True

    async def get(self, task_id: str) -> CallTask | None:
        return self._tasks.get(task_id)

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[CallTask]:
        waiting = [task for task in self._tasks.values() if task.status in _WAITING and task.due_at <= now]
        dialled = _by_time([task for task in waiting if task.kind in DIALLED])
        return sorted(dialled, key=lambda task: task.not_after or datetime.max.replace(tzinfo=UTC))[:limit]

    async def open_tasks(self) -> Sequence[CallTask]:
        open_ = (*_WAITING, TaskStatus.IN_CALL)
        return _by_time([task for task in self._tasks.values() if task.status in open_])

    async def mark_queued(self, task_id: str) -> None:
        task = self._tasks.get(task_id)
        if task and task.status is TaskStatus.PENDING:
            self._tasks[task_id] = replace(task, status=TaskStatus.QUEUED)

    async def postpone(self, task_id: str, due_at: datetime) -> None:
        if self._waits(task_id):
            self._tasks[task_id] = replace(self._tasks[task_id], status=TaskStatus.PENDING, due_at=due_at)

    async def decided(self, task_id: str, decision: Decision, *, at: datetime) -> None:
        rule = None if isinstance(decision, Allow) else decision.rule
        self._decisions.setdefault(task_id, []).append((type(decision).__name__.lower(), rule))
        match decision:
            case Defer(until=until):
                await self.postpone(task_id, until)
            case Deny():
                await self.close(task_id, status=TaskStatus.CANCELLED, result=AttemptResult.DENIED.value, at=at)

    async def claim(self, task_id: str, *, call_id: str, at: datetime) -> bool:
        if not self._waits(task_id):
            return False
        task = self._tasks[task_id]
        self._tasks[task_id] = replace(task, status=TaskStatus.IN_CALL, attempts=task.attempts + 1)
        self._attempts[call_id] = Attempt(task=self._tasks[task_id], call_id=call_id, started_at=at)
        return True

    async def results(self, task_id: str) -> Sequence[AttemptResult]:
        return list(self._results.get(task_id, ()))

    async def settle(self, call_id: str, *, result: AttemptResult, verdict: Verdict, at: datetime) -> bool:
        attempt = self._attempts.pop(call_id, None)
        if attempt is None:
            return False
        task = self._tasks[attempt.task.id]
        self._results.setdefault(task.id, []).append(result)
        if isinstance(verdict, Again):
            task = replace(task, status=TaskStatus.PENDING, due_at=verdict.at)
        else:
            task = replace(task, status=verdict.status)
        self._tasks[task.id] = replace(task, result=result.value)
        return True

    async def close(self, task_id: str, *, status: TaskStatus, result: str, at: datetime) -> bool:
        if not self._waits(task_id):
            return False
        self._tasks[task_id] = replace(self._tasks[task_id], status=status, result=result)
        return True

    async def under_way(self) -> Sequence[Attempt]:
        return list(self._attempts.values())

    async def decisions(self, task_id: str) -> Sequence[tuple[str, str | None]]:
        """What the policy said of a task, oldest first: decision and rule."""
        return list(self._decisions.get(task_id, ()))

    def _waits(self, task_id: str) -> bool:
        task = self._tasks.get(task_id)
        return task is not None and task.status in _WAITING


class MemoryPermits:
    """Permits of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, dict[str, datetime]] = {}

    async def acquire(self, name: str, holder: str, *, limit: int, ttl: timedelta) -> bool:
        now = self._clock.now()
        holders = {known: until for known, until in self._until.get(name, {}).items() if until > now}
        allowed = holder in holders or len(holders) < limit
        if allowed:
            holders[holder] = now + ttl
        self._until[name] = holders
        return allowed

    async def release(self, name: str, holder: str) -> None:
        self._until.get(name, {}).pop(holder, None)


def _by_time(tasks: Sequence[CallTask]) -> list[CallTask]:
    return sorted(tasks, key=lambda task: (task.due_at, task.id))
