"""Rooms and devices: kept with the opening that needs them, never twice at a time (C19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.local.tables import HoldRow, OpeningRow, ResourceRow, ResourceUseRow, ServiceRow, VisitRow
from crm_bridge.port import OpeningTaken


async def keep_devices(session: AsyncSession, opening: OpeningRow, service_id: str | None, now: datetime) -> None:
    """Keep one free device of every kind that the service needs; raises OpeningTaken where there is none."""
    service = await session.get(ServiceRow, service_id) if service_id else None
    needed = sorted(service.resources) if service else []
    # all of them, in one order, before anything is changed: two who need the same do not wait for each other
    if needed:
        await session.execute(_devices(opening, needed).with_for_update())
    await free_devices(session, opening.id)
    for kind in needed:
        device = await free_device(session, opening, kind, now)
        if device is None:
            raise OpeningTaken("На это время занято оборудование, нужное для услуги")
        session.add(
            ResourceUseRow(
                resource_id=device, opening_id=opening.id, starts_at=opening.starts_at, ends_at=opening.ends_at
            )
        )
    await session.flush()


async def free_device(session: AsyncSession, opening: OpeningRow, kind: str, now: datetime) -> str | None:
    """The first device of the kind in the branch that nobody uses then."""
    devices = await session.scalars(_devices(opening, [kind]))
    for device in devices.all():
        if await session.scalar(_overlapping(device, opening, now)) is None:
            return device
    return None


def _devices(opening: OpeningRow, kinds: Sequence[str]) -> Select[str]:
    """Ids of the devices of these kinds in the opening's branch."""
    return (
        select(ResourceRow.id)
        .where(ResourceRow.branch_id == opening.branch_id, ResourceRow.kind.in_(kinds))
        .order_by(ResourceRow.id)
    )


def _overlapping(device: str, opening: OpeningRow, now: datetime):  # type: ignore[no-untyped-def]
    """A use of the device in that time by an opening that is taken or still held."""
    return (
        select(ResourceUseRow.opening_id)
        .outerjoin(VisitRow, VisitRow.opening_id == ResourceUseRow.opening_id)
        .outerjoin(HoldRow, HoldRow.opening_id == ResourceUseRow.opening_id)
        .where(
            ResourceUseRow.resource_id == device,
            ResourceUseRow.opening_id != opening.id,
            ResourceUseRow.starts_at < opening.ends_at,
            ResourceUseRow.ends_at > opening.starts_at,
            or_(VisitRow.id.is_not(None), and_(HoldRow.id.is_not(None), HoldRow.expires_at > now)),
        )
        .limit(1)
    )


async def free_devices(session: AsyncSession, opening_id: str | None) -> None:
    """Nobody needs the opening's devices any more."""
    if opening_id:
        await session.execute(delete(ResourceUseRow).where(ResourceUseRow.opening_id == opening_id))
