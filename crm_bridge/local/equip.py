"""The steps of loading a clinic that have to do with rooms and devices: which there are, and which visits need one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, cast, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.clinic_data import PlacedVisit, Resource
from crm_bridge.local.devices import free_devices, keep_devices
from crm_bridge.local.file_errors import Problem
from crm_bridge.local.merge import VisitClash
from crm_bridge.local.tables import OpeningRow, ResourceRow, ResourceUseRow, ServiceRow, VisitRow
from crm_bridge.port import OpeningTaken


async def put_resources(session: AsyncSession, resources: Sequence[Resource], now: datetime) -> None:
    """Bring rooms and devices up to the file; one that is gone stays while a visit to come needs it."""
    for one in resources:
        await session.merge(ResourceRow(id=one.id, name=one.name, kind=one.kind, branch_id=one.branch_id))
    await session.flush()
    needed = select(ResourceUseRow.resource_id).where(ResourceUseRow.ends_at > now)
    gone = await session.scalars(
        select(ResourceRow.id).where(
            ResourceRow.id.not_in([one.id for one in resources]), ResourceRow.id.not_in(needed)
        )
    )
    for resource_id in gone.all():
        await session.execute(delete(ResourceUseRow).where(ResourceUseRow.resource_id == resource_id))
        await session.execute(delete(ResourceRow).where(ResourceRow.id == resource_id))


async def equip_visits(session: AsyncSession, placed: Sequence[PlacedVisit], now: datetime) -> None:
    """Keep a device for every visit to come that needs one and has none. Raises VisitClash for a visit of the file.

    Visits that were booked before the clinic told of its devices may share one: they are facts, and are left alone.
    """
    places = {one.visit.id: one.place for one in placed}
    unequipped = (
        select(VisitRow, OpeningRow)
        .join(OpeningRow, OpeningRow.id == VisitRow.opening_id)
        .join(ServiceRow, ServiceRow.id == VisitRow.service_id)
        .where(
            OpeningRow.ends_at > now,
            cast(ServiceRow.resources, String) != "[]",
            ~select(ResourceUseRow.opening_id).where(ResourceUseRow.opening_id == OpeningRow.id).exists(),
        )
        .order_by(OpeningRow.starts_at, OpeningRow.id)
    )
    for visit, opening in (await session.execute(unequipped)).all():
        try:
            await keep_devices(session, opening, visit.service_id, now)
        except OpeningTaken:
            await free_devices(session, opening.id)
            if visit.id in places:
                message = "на это время занято оборудование, нужное для услуги"
                raise VisitClash(Problem(place=f"{places[visit.id]}.at", message=message)) from None
