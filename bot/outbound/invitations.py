"""Finds the clinic's tasks for the bot whose day has come, and makes calls of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from uuid import uuid4

from bot.domain.clock import Clock
from bot.domain.follow_up import Errand
from bot.domain.task import CallTask, TaskKind, TaskStatus
from bot.outbound.ports import TaskStore
from crm_bridge.port import Errands

logger = logging.getLogger(__name__)


class InvitationPlanner:
    """Makes one call of a task's day; a task that is put off has another day, and so another call."""

    def __init__(
        self, clinic: Errands, tasks: TaskStore, clock: Clock, *, new_id: Callable[[], str] = lambda: str(uuid4())
    ) -> None:
        self._clinic = clinic
        self._tasks = tasks
        self._clock = clock
        self._new_id = new_id

    async def plan(self) -> Sequence[CallTask]:
        """Running it often makes no call twice."""
        made = []
        for errand in await self._clinic.due_errands():
            task = self._call_for(errand)
            if await self._tasks.add(task, dedup_key=f"invitation:{errand.task.id}:{errand.task.active_from}"):
                made.append(task)
        if made:
            logger.info("invitations planned", extra={"tasks": len(made)})
        return made

    def _call_for(self, errand: Errand) -> CallTask:
        assert errand.task.phone, "only tasks with a phone are the bot's"
        return CallTask(
            id=self._new_id(),
            kind=TaskKind.INVITATION,
            phone=errand.task.phone,
            due_at=self._clock.now(),
            status=TaskStatus.PENDING,
            patient_id=errand.patient.id,
            errand_id=errand.task.id,
        )
