"""What outbound calls need of the rest of the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.domain.policy import Decision
from bot.domain.task import AttemptResult, CallTask, TaskKind, TaskStatus
from telephony.port import CallLeg

DIALLED = (TaskKind.REMINDER, TaskKind.INVITATION, TaskKind.WAITLIST_OFFER)
"""The kinds of tasks that the bot phones about."""

RunCall = Callable[[CallLeg, str, str | None], Awaitable[Mapping[str, Any]]]
"""Leads one answered leg with the named script, for the task of this id, to its outcome."""


Freed = Callable[[], Awaitable[object]]
"""An opening that was offered may be free again: whoever is next is looked for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One dialling that has not ended."""

    task: CallTask
    call_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The task is dialled again, not before `at`."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """The task is closed."""

    status: TaskStatus


Verdict = Again | Final


class TaskStore(Protocol):
    """Calls to be made; SQL is the truth, every write is committed when the method returns."""

    async def add(self, task: CallTask, *, dedup_key: str) -> bool:
        """Keep a new task; False when one with this key was ever made."""

    async def get(self, task_id: str) -> CallTask | None: ...

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[CallTask]:
        """Waiting tasks of the kinds in DIALLED whose time has come: first what can be too late, then the oldest."""

    async def mark_queued(self, task_id: str) -> None:
        """A pending task has gone to the queue; any other is left alone."""

    async def postpone(self, task_id: str, due_at: datetime) -> None:
        """A task that is not in a call waits until `due_at`."""

    async def decided(self, task_id: str, decision: Decision, *, at: datetime) -> None:
        """Keep the policy's decision; Defer also postpones the task, Deny also closes it."""

    async def claim(self, task_id: str, *, call_id: str, at: datetime) -> bool:
        """Begin an attempt, for exactly one of all who try; False when the task is not waiting."""

    async def results(self, task_id: str) -> Sequence[AttemptResult]:
        """How the ended attempts ended, oldest first."""

    async def settle(self, call_id: str, *, result: AttemptResult, verdict: Verdict, at: datetime) -> bool:
        """End an attempt and say what becomes of its task; False when it was settled before."""

    async def close(self, task_id: str, *, status: TaskStatus, result: str, at: datetime) -> bool:
        """Close a task that is not in a call, without phoning; False when it was not waiting."""

    async def under_way(self) -> Sequence[Attempt]:
        """Attempts that have not ended."""

    async def open_tasks(self) -> Sequence[CallTask]:
        """All that are not closed, by due time."""


class Permits(Protocol):
    """A bounded number of lines."""

    async def acquire(self, name: str, holder: str, *, limit: int, ttl: timedelta) -> bool:
        """Take one of `limit` permits for at most `ttl`."""

    async def release(self, name: str, holder: str) -> None:
        """Give it back; safe twice."""
