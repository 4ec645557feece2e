"""What was planned beside what became of it, visit by visit (P1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import VisitStatus
from crm_bridge.local.tables import DoctorRow, GivenServiceRow, ServiceRow, VisitRow

AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A visit's plan beside its fact, sums in rubles; `why` they differ, empty when they do not."""

    id: str
    doctor: str
    local: datetime
    came: bool
    plan: int
    fact: int
    why: str


async def given_to(session: AsyncSession, visit_ids: Sequence[str]) -> Sequence[GivenServiceRow]:
    """What was given at these visits, however many they are: PostgreSQL takes 32,767 parameters of one question."""
    found: list[GivenServiceRow] = []
    for start in range(0, len(visit_ids), AT_ONCE):
        asked = visit_ids[start : start + AT_ONCE]
        found += await session.scalars(select(GivenServiceRow).where(GivenServiceRow.visit_id.in_(asked)))
    return found


async def compared(
    session: AsyncSession, visits: Sequence[tuple[VisitRow, datetime]], now: datetime
) -> Sequence[Compared]:
    """The visits, given with their local beginnings, without the cancelled ones: those are no plan any more."""
    planned = [(row, local) for row, local in visits if row.status != VisitStatus.CANCELLED]
    names = dict((await session.execute(select(DoctorRow.id, DoctorRow.full_name))).all())
    prices = dict((await session.execute(select(ServiceRow.id, ServiceRow.price))).all())
    given: defaultdict[str, list[GivenServiceRow]] = defaultdict(list)
    for one in await given_to(session, [row.id for row, _ in planned]):
        given[one.visit_id].append(one)
    return [
        Compared(
            id=row.id,
            doctor=names.get(row.doctor_id or "", "без врача"),
            local=local,
            came=row.status == VisitStatus.COMPLETED,
            plan=prices.get(row.service_id or "") or 0,
            fact=sum(one.quantity * one.price for one in given[row.id]),
            why=_difference(row, given[row.id], now),
        )
        for row, local in planned
    ]


def _difference(row: VisitRow, given: Sequence[GivenServiceRow], now: datetime) -> str:
    """Why a visit's fact is not its plan; what is still ahead is none."""
    if row.status == VisitStatus.NO_SHOW:
        return "не пришёл"
    if row.status != VisitStatus.COMPLETED:
        return "" if row.ends_at > now else "не отмечен"
    done = {one.service_id: one.quantity for one in given}
    if row.service_id is None or done == {row.service_id: 1}:
        return ""
    return "оказано другое" if done else "услуги не указаны"
