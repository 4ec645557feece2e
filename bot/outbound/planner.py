"""Finds due work: one reminder for each visit of the next day on which people come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot.domain.clinic import Visit, VisitStatus
from bot.domain.clock import Clock
from bot.domain.policy import Allow, CallingWindow, Defer, decide
from bot.domain.task import CallTask, TaskKind, TaskStatus
from bot.outbound.ports import TaskStore
from bot.outbound.settings import OutboundSettings
from crm_bridge.port import Schedule

logger = logging.getLogger(__name__)


class ReminderPlanner:
    """Makes reminder tasks; running it often makes none twice."""

    def __init__(
        self,
        schedule: Schedule,
        tasks: TaskStore,
        clock: Clock,
        *,
        settings: OutboundSettings,
        zone: ZoneInfo,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._schedule = schedule
        self._tasks = tasks
        self._clock = clock
        self._settings = settings
        self._zone = zone
        self._new_id = new_id

    async def plan(self) -> Sequence[CallTask]:
        """Make tasks for tomorrow's visits, and for later ones when nobody may be phoned tomorrow."""
        today = self._clock.now().astimezone(self._zone).date()
        start = _midnight(today + timedelta(days=1), self._zone)
        end = _midnight(last_day_to_remind_of(today, self._settings.window) + timedelta(days=1), self._zone)
        made = []
        for visit in await self._schedule.visits_between(start, end):
            task = self._task_for(visit)
            if task and await self._tasks.add(task, dedup_key=reminder_key(visit)):
                made.append(task)
        if made:
            logger.info("reminders planned", extra={"tasks": len(made)})
        return made

    def _task_for(self, visit: Visit) -> CallTask | None:
        """A task, unless there is nothing to ask, no phone, or no hour left to phone in before the visit."""
        if visit.status is not VisitStatus.BOOKED or not visit.patient.phone:
            return None
        due_at = self._first_allowed(visit)
        if due_at is None:
            return None
        return CallTask(
            id=self._new_id(),
            kind=TaskKind.REMINDER,
            phone=visit.patient.phone,
            due_at=due_at,
            status=TaskStatus.PENDING,
            visit_id=visit.id,
            visit_at=visit.starts_at,
            patient_id=visit.patient.id,
        )

    def _first_allowed(self, visit: Visit) -> datetime | None:
        now = self._clock.now().astimezone(self._zone)
        wished = max(now, datetime.combine(now.date(), self._settings.remind_from, tzinfo=self._zone))
        decision = decide(now=wished, zone=self._zone, window=self._settings.window, do_not_call=False)
        match decision:
            case Allow():
                return wished
            case Defer(until=until) if until < visit.starts_at:
                return until
        return None


def last_day_to_remind_of(today: date, window: CallingWindow) -> date:
    """Tomorrow, or the first later day before which somebody may still be phoned: on Saturday that is Monday."""
    day = today + timedelta(days=1)
    for _ in range(7):
        if window.on(day) is not None:
            break
        day += timedelta(days=1)
    return day


def reminder_key(visit: Visit) -> str:
    """One reminder for one visit at one time; a visit that moves is reminded of anew."""
    return f"reminder:{visit.id}:{visit.starts_at.astimezone(UTC).isoformat()}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone)
