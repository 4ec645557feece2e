"""Nobody is forgotten: what is overdue, and everything that is known of one patient in one line of time (P9, C8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select

from bot.domain.clinic import VisitStatus
from bot.storage.tables import CallRow
from crm_bridge.local.lead_book import CLOSED
from crm_bridge.local.part import LocalPart
from crm_bridge.local.scope import tasks_seen_by
from crm_bridge.local.tables import (
    ClinicTaskRow,
    LeadRow,
    PhoneRow,
    PrescriptionRow,
    RequestRow,
    VisitRow,
    WaitlistRow,
)
from crm_bridge.local.task_book import OPEN
from crm_bridge.rules.basics import OPEN_REQUESTS
from crm_bridge.rules.rights import Identity

_OPEN_REQUESTS = tuple(status.value for status in OPEN_REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Something whose day has passed: `kind` is task, lead, request or undecided visit."""

    kind: str
    id: str
    owner: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened to a patient."""

    at: datetime
    kind: str
    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a patient deals with the clinic (C8)."""

    visits: int
    missed: int
    cancelled: int
    late: int
    doctors: int
    channels: tuple[str, ...]


class LocalControl(LocalPart):
    """Looks over everything on SQL; writes nothing."""

    async def overdue(self, *, reader: Identity | None = None) -> Sequence[Overdue]:
        """What should have been done before today, the oldest first; tasks that the reader may know of (C20)."""
        now = self._clock.now()
        today = now.date()
        late = (ClinicTaskRow.status == OPEN, ClinicTaskRow.active_from < today)
        tasks = select(ClinicTaskRow).where(*late, tasks_seen_by(reader))
        leads = select(LeadRow).where(LeadRow.stage.not_in(CLOSED), LeadRow.next_action_on < today)
        requests = select(RequestRow).where(RequestRow.status.in_(_OPEN_REQUESTS), RequestRow.next_action_at < now)
        undecided = select(VisitRow).where(VisitRow.undecided)
        async with self._read() as session:
            found = [
                *(self._late("task", row.id, row.owner, row.active_from) for row in await session.scalars(tasks)),
                *(self._late("lead", row.id, row.owner, row.next_action_on) for row in await session.scalars(leads)),
                *(
                    Overdue(kind="request", id=row.id, owner=row.owner, since=row.next_action_at or row.created_at)
                    for row in await session.scalars(requests)
                ),
                *(
                    Overdue(kind="undecided", id=row.id, owner="desk", since=row.closed_at or row.updated_at)
                    for row in await session.scalars(undecided)
                ),
            ]
        return sorted(found, key=lambda one: (one.since, one.id))

    def _late(self, kind: str, id: str, owner: str, day: date | None) -> Overdue:
        assert day is not None, "the query compares it"
        since = datetime.combine(day, time(), tzinfo=self._clock.now().tzinfo)
        return Overdue(kind=kind, id=id, owner=owner, since=since)

    async def timeline(self, patient_id: str, *, reader: Identity | None = None) -> Sequence[Moment]:
        """Visits, prescriptions, tasks, waits, requests, and all calls of bot and people, oldest first.

        Of the tasks those that the reader may know of (C20).
        """
        async with self._read() as session:
            phones = list(await session.scalars(select(PhoneRow.phone).where(PhoneRow.patient_id == patient_id)))
            visits = await session.scalars(select(VisitRow).where(VisitRow.patient_id == patient_id))
            moments = [_moment("visit", row.id, row.starts_at, row.status) for row in visits]
            orders = await session.scalars(select(PrescriptionRow).where(PrescriptionRow.patient_id == patient_id))
            moments += [_moment("prescription", row.id, row.created_at, row.title) for row in orders]
            mine = (ClinicTaskRow.patient_id == patient_id, tasks_seen_by(reader))
            tasks = await session.scalars(select(ClinicTaskRow).where(*mine))
            moments += [_moment("task", row.id, row.created_at, row.comment) for row in tasks]
            waits = await session.scalars(select(WaitlistRow).where(WaitlistRow.patient_id == patient_id))
            moments += [_moment("waitlist", row.id, row.created_at, row.comment) for row in waits]
            asked = await session.scalars(select(RequestRow).where(RequestRow.patient_id == patient_id))
            moments += [_moment("request", row.id, row.created_at, row.kind) for row in asked]
            calls = await session.scalars(
                select(CallRow).where(CallRow.caller.in_(phones) | CallRow.called.in_(phones))
            )
            moments += [_moment("call", row.id, row.started_at, row.direction) for row in calls]
        zone = self._clock.now().tzinfo
        local = [Moment(at=one.at.astimezone(zone), kind=one.kind, id=one.id, text=one.text) for one in moments]
        return sorted(local, key=lambda one: (one.at, one.kind, one.id))

    async def behaviour(self, patient_id: str) -> Behaviour:
        """Counted anew each time: it can never be out of step with the visits."""
        async with self._read() as session:
            rows = (await session.scalars(select(VisitRow).where(VisitRow.patient_id == patient_id))).all()
        fates = Counter(row.status for row in rows)
        return Behaviour(
            visits=fates[VisitStatus.COMPLETED.value],
            missed=fates[VisitStatus.NO_SHOW.value],
            cancelled=sum(row.cancelled_by == "patient" for row in rows),
            late=sum(row.late for row in rows),
            doctors=len({row.doctor_id for row in rows if row.doctor_id}),
            channels=tuple(sorted({row.source for row in rows})),
        )


def _moment(kind: str, id: str, at: datetime, text: str) -> Moment:
    return Moment(at=at, kind=kind, id=id, text=text)
