"""Errands in memory: the twin of the bundled system's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.domain.clock import Clock
from bot.domain.follow_up import BOT_OWNER, DESK_OWNER, Errand
from crm_bridge.port import NotFound
from crm_bridge.rules.refusals import NO_TASK


class MemoryErrands:
    """Errands over a dictionary; `add_errand` puts one in."""

    def __init__(self, clock: Clock) -> None:
        self._errand_clock = clock
        self._errands: dict[str, Errand] = {}

    def add_errand(self, errand: Errand) -> None:
        """Keep it under its task's id."""
        self._errands[errand.task.id] = errand

    async def due_errands(self, *, limit: int = 100) -> Sequence[Errand]:
        today = self._errand_clock.now().date()
        due = [
            errand
            for errand in self._errands.values()
            if errand.task.status == "open" and errand.task.owner == BOT_OWNER and errand.task.active_from <= today
        ]
        return sorted(due, key=lambda errand: (errand.task.active_from, errand.task.id))[:limit]

    async def errand(self, task_id: str) -> Errand:
        if task_id not in self._errands:
            raise NotFound(NO_TASK)
        return self._errands[task_id]

    async def errands_of(self, patient_ids: Sequence[str]) -> Sequence[Errand]:
        due = await self.due_errands(limit=len(self._errands))
        return [errand for errand in due if errand.patient.id in patient_ids]

    async def refuse_errand(self, task_id: str, *, reason: str, call_id: str | None) -> None:
        self._change(task_id, status="done")

    async def postpone_errand(self, task_id: str, until: date, *, call_id: str | None) -> None:
        self._change(task_id, active_from=max(until, self._errand_clock.now().date()))

    async def hand_over_errand(self, task_id: str, *, why: str) -> None:
        self._change(task_id, owner=DESK_OWNER)

    def _change(self, task_id: str, **values: object) -> None:
        errand = self._errands.get(task_id)
        if errand and errand.task.status == "open":
            task = replace(errand.task, **values)  # type: ignore[arg-type]
            self._errands[task_id] = replace(errand, task=task)
