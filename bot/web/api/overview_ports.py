"""What the API needs to look over the clinic: reports, control, courses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from bot.domain.follow_up import Actor
from bot.web.api.facts import Behaviour, Course, Moment, Overdue, Report
from crm_bridge.rules.rights import Identity


class Reports(Protocol):
    """Tables over a period, both days included; of one branch or of all."""

    async def report(self, name: str, start: date, end: date, branch_id: str | None) -> Report: ...


class Control(Protocol):
    """What is overdue, and what happened to a patient."""

    async def overdue(self, *, reader: Identity | None = None) -> Sequence[Overdue]: ...

    async def timeline(self, patient_id: str, *, reader: Identity | None = None) -> Sequence[Moment]: ...

    async def behaviour(self, patient_id: str) -> Behaviour: ...


class Courses(Protocol):
    """Visits that belong together."""

    async def start(
        self,
        *,
        patient_id: str,
        service_id: str,
        title: str,
        by: Actor,
        total: int | None = None,
        interval_days: int | None = None,
    ) -> Course: ...

    async def stop(self, course_id: str, *, by: Actor) -> None: ...

    async def courses_of(self, patient_id: str) -> Sequence[Course]: ...
