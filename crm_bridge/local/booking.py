"""Holds and visits: the writing side of the schedule, where two callers must never get one opening.

Each writer first locks the opening's row (PostgreSQL) or the database (SQLite begins every write with the write lock),
then looks. The unique constraints on `holds.opening_id` and `visits.opening_id` stand behind as the last word.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import Hold, Visit, VisitStatus
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import load_catalog, visits_of_rows
from crm_bridge.local.tables import HoldRow, OpeningRow, PatientRow, VisitRow
from crm_bridge.port import HoldExpired, NotFound, OpeningTaken
from crm_bridge.rules import hold_is_live, require_coming


class LocalBooking(LocalPart):
    """Hold, book, move, cancel, confirm on SQL."""

    async def hold(self, opening_id: str, *, owner: str) -> Hold:
        now = self._clock.now()
        async with self._write() as session:
            opening = await _lock_opening(session, opening_id)
            if opening.starts_at <= now or await _has_visit(session, opening_id):
                raise OpeningTaken("the opening is gone")
            held = await session.get(HoldRow, opening_id)
            if held and held.owner != owner and hold_is_live(held.expires_at, now):
                raise OpeningTaken("the opening is kept for another call")
            # The same owner keeps the hold's id, so that a booking under way still finds it.
            hold_id = held.id if held and held.owner == owner else self._new_id()
            expires_at = now + self._hold_ttl
            await session.merge(HoldRow(opening_id=opening_id, id=hold_id, owner=owner, expires_at=expires_at))
            catalog = await load_catalog(session)
            return Hold(id=hold_id, opening=catalog.opening(opening), owner=owner, expires_at=expires_at)

    async def release(self, hold_id: str) -> None:
        async with self._write() as session:
            await session.execute(delete(HoldRow).where(HoldRow.id == hold_id))

    async def book(self, hold_id: str, *, patient_id: str, call_id: str | None) -> Visit:
        async with self._booking() as session:
            opening = await self._claim(session, hold_id)
            if isinstance(opening, VisitRow):
                return (await visits_of_rows(session, [opening]))[0]
            if await session.get(PatientRow, patient_id) is None:
                raise NotFound("no such patient")
            now = self._clock.now()
            row = VisitRow(
                id=self._new_id(),
                patient_id=patient_id,
                hold_id=hold_id,
                status=VisitStatus.BOOKED.value,
                call_id=call_id,
                created_at=now,
                updated_at=now,
                **_taken_from(opening),
            )
            session.add(row)
            await session.flush()
            self._publish(session, "visit.booked", visit_id=row.id, call_id=call_id)
            return (await visits_of_rows(session, [row]))[0]

    async def move(self, visit_id: str, hold_id: str, *, call_id: str | None) -> Visit:
        async with self._booking() as session:
            row = await _lock_visit(session, visit_id)
            if row.hold_id == hold_id:
                return (await visits_of_rows(session, [row]))[0]
            require_coming(VisitStatus(row.status))
            opening = await self._claim(session, hold_id)
            if isinstance(opening, VisitRow):
                raise OpeningTaken("the hold was used for another visit")
            changes = _taken_from(opening)
            row = await self._change(session, row, hold_id=hold_id, status=VisitStatus.BOOKED.value, **changes)
            self._publish(session, "visit.moved", visit_id=visit_id, call_id=call_id)
            return (await visits_of_rows(session, [row]))[0]

    async def cancel(self, visit_id: str, *, reason: str, call_id: str | None) -> Visit:
        async with self._booking() as session:
            row = await _lock_visit(session, visit_id)
            if row.status != VisitStatus.CANCELLED:
                require_coming(VisitStatus(row.status))
                row = await self._change(
                    session, row, status=VisitStatus.CANCELLED.value, cancel_reason=reason, opening_id=None
                )
                self._publish(session, "visit.cancelled", visit_id=visit_id, call_id=call_id)
            return (await visits_of_rows(session, [row]))[0]

    async def confirm(self, visit_id: str, *, call_id: str | None) -> Visit:
        async with self._booking() as session:
            row = await _lock_visit(session, visit_id)
            if row.status != VisitStatus.CONFIRMED:
                require_coming(VisitStatus(row.status))
                row = await self._change(session, row, status=VisitStatus.CONFIRMED.value)
                self._publish(session, "visit.confirmed", visit_id=visit_id, call_id=call_id)
            return (await visits_of_rows(session, [row]))[0]

    @asynccontextmanager
    async def _booking(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._write() as session:
                yield session
        except IntegrityError:
            raise OpeningTaken("the opening is gone") from None

    async def _claim(self, session: AsyncSession, hold_id: str) -> OpeningRow | VisitRow:
        """Take the held opening out of its hold; or give the visit that this hold has already become."""
        opening_id = await session.scalar(select(HoldRow.opening_id).where(HoldRow.id == hold_id))
        opening = await _lock_opening(session, opening_id) if opening_id else None
        # Only now, behind the lock, is what we read final: a twin of this call may have booked in between.
        booked = await session.scalar(select(VisitRow).where(VisitRow.hold_id == hold_id))
        if booked:
            return booked
        held = await session.scalar(select(HoldRow).where(HoldRow.id == hold_id))
        if opening is None or held is None or not hold_is_live(held.expires_at, self._clock.now()):
            raise HoldExpired("the hold has run out")
        await session.execute(delete(HoldRow).where(HoldRow.id == hold_id))
        return opening

    async def _change(self, session: AsyncSession, row: VisitRow, **values: Any) -> VisitRow:
        await session.execute(
            update(VisitRow).where(VisitRow.id == row.id).values(updated_at=self._clock.now(), **values)
        )
        await session.refresh(row)
        return row


async def _lock_opening(session: AsyncSession, opening_id: str) -> OpeningRow:
    row = await session.scalar(select(OpeningRow).where(OpeningRow.id == opening_id).with_for_update())
    if row is None:
        raise NotFound("no such opening")
    return row


async def _lock_visit(session: AsyncSession, visit_id: str) -> VisitRow:
    row = await session.scalar(select(VisitRow).where(VisitRow.id == visit_id).with_for_update())
    if row is None:
        raise NotFound("no such visit")
    return row


async def _has_visit(session: AsyncSession, opening_id: str) -> bool:
    return await session.scalar(select(VisitRow.id).where(VisitRow.opening_id == opening_id)) is not None


def _taken_from(opening: OpeningRow) -> dict[str, Any]:
    return {
        "opening_id": opening.id,
        "starts_at": opening.starts_at,
        "ends_at": opening.ends_at,
        "branch_id": opening.branch_id,
        "doctor_id": opening.doctor_id,
        "service_id": opening.service_id,
    }
