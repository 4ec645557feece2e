"""What can be booked and what is booked: the reading side of the schedule."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import ClinicDirectory, Opening, OpeningQuery, Service, Visit
from crm_bridge.local.devices import free_device
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import Catalog, load_catalog, visits_of_rows
from crm_bridge.local.tables import DoctorRow, HoldRow, OpeningRow, ProfileRow, ServiceRow, VisitRow
from crm_bridge.local.work import rule_settings
from crm_bridge.names import doctor_matches, fold
from crm_bridge.port import NotFound
from crm_bridge.rules.basics import COMING
from crm_bridge.rules.refusals import NO_VISIT

_COMING = tuple(status.value for status in COMING)
_SPARE = 5
"""So many more are read than asked for, as some may be short of a device or of another payer."""
_FURTHEST = 5000
"""Openings looked at in vain before the search is given up."""


class LocalSchedule(LocalPart):
    """Directory, openings and visits on SQL."""

    async def directory(self) -> ClinicDirectory:
        """What is said of the clinic; empty before one was loaded."""
        async with self._read() as session:
            cancel_hours = (await rule_settings(session)).cancel_min_hours
            profile = await session.get(ProfileRow, 1)
            if profile is None:
                return ClinicDirectory(name="", branches=(), doctors=(), services=(), cancel_hours=cancel_hours)
            catalog = await load_catalog(session)
            active_doctors = set(await session.scalars(select(DoctorRow.id).where(DoctorRow.active)))
            active_services = set(await session.scalars(select(ServiceRow.id).where(ServiceRow.active)))
        return ClinicDirectory(
            name=profile.name,
            branches=tuple(catalog.branches.values()),
            doctors=tuple(doctor for doctor in catalog.doctors.values() if doctor.id in active_doctors),
            services=tuple(service for service in catalog.services.values() if service.id in active_services),
            prices=profile.prices,
            prep=profile.prep,
            documents=profile.documents,
            streets=tuple(profile.streets),
            cancel_hours=cancel_hours,
        )

    async def openings(self, query: OpeningQuery) -> Sequence[Opening]:
        now = self._clock.now()
        async with self._read() as session:
            catalog = await load_catalog(session)
            wanted = _restrict(_free(now), query, catalog, _today(catalog, now)).order_by(
                OpeningRow.starts_at, OpeningRow.id
            )
            found: list[Opening] = []
            start, batch = 0, query.limit + _SPARE
            while start < _FURTHEST:
                rows = (await session.scalars(wanted.offset(start).limit(batch))).all()
                for row in rows:
                    if len(found) < query.limit and await _usable(session, row, query, catalog, now):
                        found.append(catalog.opening(row))
                if len(found) == query.limit or len(rows) < batch:
                    break
                start, batch = start + batch, 2 * batch
            return found

    async def visits_of(self, patient_ids: Sequence[str]) -> Sequence[Visit]:
        query = select(VisitRow).where(
            VisitRow.patient_id.in_(patient_ids), VisitRow.status.in_(_COMING), VisitRow.ends_at > self._clock.now()
        )
        return await self._visits(query)

    async def visits_between(self, start: datetime, end: datetime, *, closed: bool = False) -> Sequence[Visit]:
        query = select(VisitRow).where(VisitRow.starts_at >= start, VisitRow.starts_at < end)
        return await self._visits(query if closed else query.where(VisitRow.status.in_(_COMING)))

    async def visit(self, visit_id: str) -> Visit:
        found = await self._visits(select(VisitRow).where(VisitRow.id == visit_id))
        if not found:
            raise NotFound(NO_VISIT)
        return found[0]

    async def _visits(self, query: Select[VisitRow]) -> Sequence[Visit]:
        async with self._read() as session:
            rows = await session.scalars(query.order_by(VisitRow.starts_at, VisitRow.id))
            return await visits_of_rows(session, rows.all())


def _free(now: datetime) -> Select[OpeningRow]:
    """Openings to come that no visit and no live hold has, of doctors and services still offered."""
    taken = select(VisitRow.id).where(VisitRow.opening_id == OpeningRow.id).exists()
    held = select(HoldRow.id).where(HoldRow.opening_id == OpeningRow.id, HoldRow.expires_at > now).exists()
    return (
        select(OpeningRow)
        .outerjoin(DoctorRow, DoctorRow.id == OpeningRow.doctor_id)
        .outerjoin(ServiceRow, ServiceRow.id == OpeningRow.service_id)
        .where(OpeningRow.starts_at > now, ~taken, ~held, or_(DoctorRow.active, ServiceRow.active))
    )


def _restrict(select_: Select[OpeningRow], query: OpeningQuery, catalog: Catalog, today: date) -> Select[OpeningRow]:
    # "from today" says no more than "to come": told twice, PostgreSQL expects a tenth of the rows and plans for those
    later = query.date_from if query.date_from is not None and query.date_from > today else None
    for column, compare, value in (
        (OpeningRow.branch_id, operator.eq, query.branch_id),
        (OpeningRow.local_date, operator.ge, later),
        (OpeningRow.local_date, operator.le, query.date_to),
        (OpeningRow.local_time, operator.ge, query.time_from),
        (OpeningRow.local_time, operator.lt, query.time_to),
    ):
        if value is not None:
            select_ = select_.where(compare(column, value))
    if query.specialty is not None or query.doctor is not None:
        select_ = select_.where(OpeningRow.doctor_id.in_(_doctor_ids(query, catalog)))
    if query.service is not None:
        services = _services(query.service, catalog)
        performers = {service.specialty for service in services if service.specialty}
        doctors = [doctor.id for doctor in catalog.doctors.values() if doctor.specialty in performers]
        select_ = select_.where(
            or_(OpeningRow.service_id.in_([service.id for service in services]), OpeningRow.doctor_id.in_(doctors))
        )
    return select_


def _today(catalog: Catalog, now: datetime) -> date:
    """The earliest of the branches' dates: nothing to come is before it."""
    zones = {branch.timezone for branch in catalog.branches.values()}
    return min((now.astimezone(ZoneInfo(zone)).date() for zone in zones), default=now.date())


async def _usable(session: AsyncSession, row: OpeningRow, query: OpeningQuery, catalog: Catalog, now: datetime) -> bool:
    """Whether the wanted service, or the opening's own, has its time, its payer and its devices there (TD2, C19)."""
    wanted = _services(query.service, catalog) if query.service else ()
    own = catalog.services.get(row.service_id or "")
    service = own or next((one for one in wanted if one.specialty), None)
    if service is None:
        return True
    if query.funding is not None and query.funding not in service.fundings:
        return False
    if own is None and (row.ends_at - row.starts_at).total_seconds() < service.duration_min * 60:
        return False
    for kind in service.resources:
        if await free_device(session, row, kind, now) is None:
            return False
    return True


def _doctor_ids(query: OpeningQuery, catalog: Catalog) -> list[str]:
    """Doctors of the query's specialty and name; the name may be an id, a surname or a full name."""
    return [
        doctor.id
        for doctor in catalog.doctors.values()
        if (query.specialty is None or fold(doctor.specialty) == fold(query.specialty))
        and (query.doctor is None or query.doctor == doctor.id or doctor_matches(query.doctor, doctor.full_name))
    ]


def _services(name: str, catalog: Catalog) -> list[Service]:
    """Services of this name, or with this id."""
    return [service for service in catalog.services.values() if name == service.id or fold(service.name) == fold(name)]
