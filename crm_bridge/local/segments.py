"""Segments of patients by their visits and money, counted in the database (C9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select

from bot.domain.clinic import VisitStatus
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import BranchRow, PatientRow, VisitRow
from crm_bridge.rules.basics import COMING

_COMING = tuple(status.value for status in COMING)
_DONE = VisitStatus.COMPLETED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Which patients: every criterion that is set must hold. Money in rubles, dates of the clinic's first branch."""

    last_visit_before: date | None = None
    last_visit_from: date | None = None
    visits_at_least: int | None = None
    cancelled_at_least: int | None = None
    spent_at_least: int | None = None
    balance_below: int | None = None
    service_id: str | None = None
    nothing_ahead: bool = False


class LocalSegments(LocalPart):
    """Segments on SQL."""

    async def count(self, segment: Segment) -> int:
        """How many patients belong to it."""
        async with self._read() as session:
            query = _members(segment, await self._zone(session)).subquery()
            return int(await session.scalar(select(func.count()).select_from(query)) or 0)

    async def members(self, segment: Segment, *, limit: int = 500, after: str = "") -> Sequence[str]:
        """Ids of its patients in their order, a page at a time: those after the id `after`."""
        async with self._read() as session:
            query = _members(segment, await self._zone(session)).where(PatientRow.id > after)
            return (await session.scalars(query.order_by(PatientRow.id).limit(limit))).all()

    async def _zone(self, session: Any) -> ZoneInfo:
        name = await session.scalar(select(BranchRow.timezone).order_by(BranchRow.ordinal).limit(1))
        return ZoneInfo(name or "Europe/Moscow")


def _members(segment: Segment, zone: ZoneInfo) -> Select[str]:
    """Patients' ids; the visits are read once, whatever is asked of them."""
    query = select(PatientRow.id)
    if segment.balance_below is not None:
        query = query.where(PatientRow.balance < segment.balance_below)
    if segment.nothing_ahead:
        ahead = select(VisitRow.id).where(VisitRow.patient_id == PatientRow.id, VisitRow.status.in_(_COMING))
        query = query.where(~ahead.exists())
    wanted = _wanted(segment, zone)
    if wanted:
        of_visits = select(VisitRow.patient_id).group_by(VisitRow.patient_id).having(*wanted)
        query = query.where(PatientRow.id.in_(of_visits))
    return query


def _wanted(segment: Segment, zone: ZoneInfo) -> list[Any]:
    """Conditions on all visits of a patient."""
    done = VisitRow.status == _DONE
    last = func.max(VisitRow.starts_at).filter(done)
    conditions: list[Any] = []
    if segment.last_visit_before is not None:
        conditions.append(last < _midnight(segment.last_visit_before, zone))
    if segment.last_visit_from is not None:
        conditions.append(last >= _midnight(segment.last_visit_from, zone))
    if segment.visits_at_least is not None:
        conditions.append(func.count().filter(done) >= segment.visits_at_least)
    if segment.cancelled_at_least is not None:
        cancelled = VisitRow.status == VisitStatus.CANCELLED.value
        conditions.append(func.count().filter(cancelled) >= segment.cancelled_at_least)
    if segment.spent_at_least is not None:
        conditions.append(func.sum(VisitRow.paid) >= segment.spent_at_least)
    if segment.service_id is not None:
        conditions.append(func.count().filter(VisitRow.service_id == segment.service_id) > 0)
    return conditions


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone)
