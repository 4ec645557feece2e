"""Calls that another system wants to be made: tasks of the bot here, and told there when they are closed."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.clinic import Patient, RequestKind
from bot.domain.clock import Clock
from bot.domain.follow_up import BOT_OWNER, Actor, ActorKind, ClinicTask, Need
from crm_bridge.foreign import ForeignTask
from crm_bridge.foreign_inbox import SeenKeys
from crm_bridge.names import doctor_matches, fold, same_person
from crm_bridge.port import ClinicSystem, CrmError, NotFound

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
MOST = 200
"""New ones of one round: the next follows within a minute."""
_LONGEST_ID = 64
_RESULTS = {
    "booked": "Записан",
    "refused": "Отказался",
    "withdrawn": "Больше не нужно",
    "done": "Сделано",
    "waitlist": "В листе ожидания",
}


class Wanted(Protocol):
    """Who keeps such calls (Bridge)."""

    async def due_call_tasks(self, until: datetime) -> Sequence[ForeignTask]: ...

    async def complete_task(self, task_id: str, outcome: str, comment: str) -> None:
        """Safe twice."""


class TaskBook(Protocol):
    """The clinic's own tasks."""

    async def create_task(
        self,
        *,
        patient_id: str | None,
        need: Need,
        comment: str,
        by: Actor,
        active_from: date | None = None,
        owner: str | None = None,
    ) -> ClinicTask: ...

    async def clinic_task(self, task_id: str) -> ClinicTask:
        """Raises NotFound."""


class ForeignCalls:
    """A task whose patient and need are clear is the bot's; any other is a request to the registry. Each once.

    The other system's number stands in the task's comment: that is how its end finds the way back.
    """

    def __init__(
        self, system: str, wanted: Wanted, own: ClinicSystem, tasks: TaskBook, seen: SeenKeys, clock: Clock
    ) -> None:
        self._system = system
        self._wanted = wanted
        self._own = own
        self._tasks = tasks
        self._seen = seen
        self._clock = clock
        self._asked_at: datetime | None = None

    async def round(self) -> int:
        """Ask at most once a minute; returns how many were new. Raises CrmUnavailable."""
        now = self._clock.now()
        if self._asked_at is not None and now - self._asked_at < EVERY:
            return 0
        self._asked_at = now
        fresh = 0
        for task in await self._wanted.due_call_tasks(now):
            key = f"{self._system}:call_task:{task.id}"
            if await self._seen.has(key):
                continue
            if fresh == MOST:
                break
            await self._take(task, key)
            await self._seen.add(key)
            fresh += 1
        return fresh

    async def closed(self, task_id: str, result: str) -> None:
        """A task is closed: tell the other system, if it is the clinic's and came from there."""
        try:
            task = await self._tasks.clinic_task(task_id)
        except NotFound:  # a call of the bot's own that is over
            return
        for number in re.findall(rf"\[{re.escape(self._system)} (\S+)\]", task.comment):
            await self._wanted.complete_task(number, _RESULTS.get(result, result), "")

    async def _take(self, task: ForeignTask, key: str) -> None:
        patient, need = await self._patient(task), await self._need(task)
        comment = f"{task.comment} [{self._system} {task.id}]".strip()
        if patient is not None and need is not None:
            try:
                await self._tasks.create_task(
                    patient_id=patient.id,
                    need=need,
                    comment=comment,
                    by=Actor(kind=ActorKind.WEBHOOK, id=self._system),
                    active_from=task.due_at.astimezone(self._clock.now().tzinfo).date(),
                    owner=BOT_OWNER,
                )
                return
            except CrmError as error:
                if error.retryable:
                    raise
                log.warning("a call task of another system is not the bot's", extra={"task_id": task.id})
        fields = {"reason": "foreign_task", "patient": task.full_name, "note": comment}
        await self._own.create_request(
            RequestKind.CALLBACK,
            fields,
            call_id=key[:_LONGEST_ID],
            phone=task.phone,
            patient_id=patient.id if patient else None,
        )

    async def _patient(self, task: ForeignTask) -> Patient | None:
        """The one person of this phone who can be meant."""
        known = await self._own.patients_by_phone(task.phone)
        named = [one for one in known if same_person(task.full_name, one.full_name)]
        return named[0] if len(named) == 1 else None

    async def _need(self, task: ForeignTask) -> Need | None:
        """What to invite to, in the words of the clinic's dictionary."""
        said = {name: fold(str(task.fields.get(name) or "")) for name in ("doctor", "service", "specialty")}
        directory = await self._own.directory()
        doctors = [one for one in directory.doctors if doctor_matches(said["doctor"], one.full_name)]
        services = [one for one in directory.services if said["service"] and fold(one.name) == said["service"]]
        if len(doctors) == 1:
            return Need(doctor_id=doctors[0].id, specialty=doctors[0].specialty)
        if services:
            return Need(service_id=services[0].id)
        known = [one for one in directory.specialties if said["specialty"] and fold(one) == said["specialty"]]
        return Need(specialty=known[0]) if known else None
