"""Holds, bookings and moves: the writing side of the schedule, where two callers must never get one opening.

Each writer first locks the opening's row (PostgreSQL) or the database (SQLite begins every write with the write lock),
then looks. The order of locks is opening, visit, patient, and only then what hangs on them: holds, devices, entries of
the waiting list. Whoever took a hold before the patient would wait for somebody who has the patient and gives that
hold back. The unique constraints on `holds.opening_id` and `visits.opening_id` stand behind as the last word.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from bot.domain.clinic import Funding, Hold, Visit, VisitStatus
from bot.domain.follow_up import BOT, Actor
from crm_bridge.local.consequences import Case, apply, solve
from crm_bridge.local.courses import course_of_booking
from crm_bridge.local.devices import free_devices, keep_devices
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import place_of, price_of, visits_of_rows
from crm_bridge.local.standing import begin, settle
from crm_bridge.local.tables import DoctorRow, HoldRow, OpeningRow, ServiceRow, VisitRow
from crm_bridge.local.work import Work, write_audit
from crm_bridge.port import HoldExpired, NotFound, OpeningTaken, Refused
from crm_bridge.rules.aftermath import VisitEvent
from crm_bridge.rules.basics import hold_is_live, require_coming
from crm_bridge.rules.refusals import (
    HOLD_OVER,
    HOLD_USED,
    NO_OPENING,
    NO_SERVICE,
    NO_VISIT,
    OPENING_HELD,
    OPENING_TAKEN,
    OTHER_SERVICE,
)

_LOST_RACE = (IntegrityError, StaleDataError)
"""Somebody took the opening, or let an old hold of it go, between our look and our write."""


class LocalBooking(LocalPart):
    """Hold, book and move on SQL."""

    async def hold(self, opening_id: str, *, owner: str, service_id: str | None = None, by: Actor = BOT) -> Hold:
        now = self._clock.now()
        async with self._booking() as session:
            opening = await lock_opening(session, opening_id)
            visit_id, held = await _taken_by(session, opening_id)
            if opening.starts_at <= now or visit_id:
                raise OpeningTaken(OPENING_TAKEN)
            if held and held.owner != owner and hold_is_live(held.expires_at, now):
                raise OpeningTaken(OPENING_HELD)
            place = await place_of(session, opening, service_id)
            await keep_devices(session, opening, service_id or opening.service_id, now)
            # The same owner keeps the hold's id, so that a booking under way still finds it.
            renewed = held is not None and held.owner == owner
            hold_id = held.id if held and renewed else self._new_id()
            expires_at = now + self._hold_ttl
            if held:
                held.id, held.owner, held.expires_at = hold_id, owner, expires_at
            else:
                session.add(HoldRow(opening_id=opening_id, id=hold_id, owner=owner, expires_at=expires_at))
            if not renewed:
                write_audit(session, now, by, "opening.hold", "opening", opening_id, hold=hold_id, owner=owner)
            return Hold(id=hold_id, opening=place.catalog.opening(opening), owner=owner, expires_at=expires_at)

    async def release(self, hold_id: str, *, by: Actor = BOT) -> None:
        async with self._write() as session:
            opening_id = await session.scalar(select(HoldRow.opening_id).where(HoldRow.id == hold_id))
            if opening_id is None:
                return
            await session.execute(delete(HoldRow).where(HoldRow.id == hold_id))
            await free_devices(session, opening_id)
            write_audit(session, self._clock.now(), by, "opening.release", "opening", opening_id, hold=hold_id)

    async def book(
        self,
        hold_id: str,
        *,
        patient_id: str,
        call_id: str | None,
        service_id: str | None = None,
        funding: Funding = Funding.PAID,
        comment: str = "",
        by: Actor = BOT,
        source: str = "phone",
        checked: bool = True,
        course_id: str | None = None,
    ) -> Visit:
        """`checked` False leaves a «Новая заявка» whose data somebody still has to check."""
        async with self._booking_work(by, call_id) as work:
            session = work.session
            held = await _lock_held(session, hold_id)
            await work.lock_patient(patient_id)
            booked = await session.scalar(select(VisitRow).where(VisitRow.hold_id == hold_id))
            if booked:
                return (await visits_of_rows(session, [booked]))[0]
            opening = await self._claim(session, hold_id, held)
            place = await place_of(session, opening, service_id)
            service = await _service(session, opening, service_id, funding)
            row = _visit_row(work, opening, service, patient_id=patient_id, hold_id=hold_id, funding=funding)
            row.source, row.comment = source, comment
            row.course_id = course_id or await course_of_booking(work, patient_id, row.service_id)
            session.add(row)
            await keep_devices(session, opening, row.service_id, work.now)
            await session.flush()
            await begin(work, row, service, checked=checked)
            await apply(work, row, Case(event=VisitEvent.BOOKED))
            work.audit("visit.book", "visit", row.id, opening=row.opening_id, funding=row.funding)
            work.publish("visit.booked", visit_id=row.id, call_id=call_id)
            return (await visits_of_rows(session, [row], place.catalog))[0]

    async def move(self, visit_id: str, hold_id: str, *, call_id: str | None, by: Actor = BOT) -> Visit:
        """The same visit on another time, «Перенесено»; its doctor is told (P6)."""
        async with self._booking_work(by, call_id) as work:
            session = work.session
            held = await _lock_held(session, hold_id)
            row = await lock_visit(session, visit_id)
            if row.hold_id == hold_id:
                return (await visits_of_rows(session, [row]))[0]
            require_coming(VisitStatus(row.status))
            await work.lock_patient(row.patient_id)
            if await session.scalar(select(VisitRow.id).where(VisitRow.hold_id == hold_id)):
                raise OpeningTaken(HOLD_USED)
            opening = await self._claim(session, hold_id, held)
            service_id = opening.service_id or row.service_id
            # an examination without a doctor does not become a doctor's visit by being moved
            alone = row.service_id is not None and row.doctor_id is None and opening.service_id != row.service_id
            if row.service_id not in (None, service_id) or alone:
                raise Refused(OTHER_SERVICE)
            await _service(session, opening, service_id, Funding(row.funding))
            # whether the move is late is a question about the time that is given up
            await apply(work, row, Case(event=VisitEvent.MOVED))
            left = row.opening_id
            await free_devices(session, left)
            for name, value in {**_taken_from(opening), "service_id": service_id}.items():
                setattr(row, name, value)
            row.hold_id, row.moved_at, row.updated_at = hold_id, work.now, work.now
            await session.flush()
            await keep_devices(session, opening, service_id, work.now)
            await solve(work, row, Case(event=VisitEvent.MOVED))
            await settle(work, row, unchecked=row.status == VisitStatus.REQUESTED)
            work.audit("visit.move", "visit", visit_id, before=left, after=row.opening_id)
            work.publish("visit.moved", visit_id=visit_id, call_id=call_id)
            return (await visits_of_rows(session, [row]))[0]

    @asynccontextmanager
    async def _booking_work(self, by: Actor, call_id: str | None) -> AsyncIterator[Work]:
        try:
            async with self._work(by, call_id) as work:
                yield work
        except _LOST_RACE:
            raise OpeningTaken(OPENING_TAKEN) from None

    @asynccontextmanager
    async def _booking(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._write() as session:
                yield session
        except _LOST_RACE:
            raise OpeningTaken(OPENING_TAKEN) from None

    async def _claim(self, session: AsyncSession, hold_id: str, opening: OpeningRow | None) -> OpeningRow:
        """Take the locked opening out of its hold. Raises HoldExpired."""
        expires_at = await session.scalar(delete(HoldRow).where(HoldRow.id == hold_id).returning(HoldRow.expires_at))
        if opening is None or expires_at is None or not hold_is_live(expires_at, self._clock.now()):
            raise HoldExpired(HOLD_OVER)
        return opening


async def _lock_held(session: AsyncSession, hold_id: str) -> OpeningRow | None:
    """The opening that this hold keeps, locked: only behind that lock is final what is read of it."""
    kept = select(OpeningRow).join(HoldRow, HoldRow.opening_id == OpeningRow.id).where(HoldRow.id == hold_id)
    return await session.scalar(kept.with_for_update(key_share=True, of=OpeningRow))


async def lock_opening(session: AsyncSession, opening_id: str) -> OpeningRow:
    row = await session.scalar(select(OpeningRow).where(OpeningRow.id == opening_id).with_for_update(key_share=True))
    if row is None:
        raise NotFound(NO_OPENING)
    return row


async def lock_visit(session: AsyncSession, visit_id: str) -> VisitRow:
    row = await session.scalar(select(VisitRow).where(VisitRow.id == visit_id).with_for_update(key_share=True))
    if row is None:
        raise NotFound(NO_VISIT)
    return row


async def _taken_by(session: AsyncSession, opening_id: str) -> tuple[str | None, HoldRow | None]:
    """The visit and the hold that have this opening."""
    found = await session.execute(
        select(VisitRow.id, HoldRow)
        .select_from(OpeningRow)
        .outerjoin(VisitRow, VisitRow.opening_id == OpeningRow.id)
        .outerjoin(HoldRow, HoldRow.opening_id == OpeningRow.id)
        .where(OpeningRow.id == opening_id)
    )
    visit_id, hold = found.one()
    return visit_id, hold


def _visit_row(
    work: Work, opening: OpeningRow, service: ServiceRow | None, *, patient_id: str, hold_id: str, funding: Funding
) -> VisitRow:
    return VisitRow(
        id=work.new_id(),
        patient_id=patient_id,
        hold_id=hold_id,
        call_id=work.call_id,
        created_at=work.now,
        updated_at=work.now,
        **{**_taken_from(opening), "service_id": service.id if service else None},
        booked_by=str(work.by),
        funding=funding.value,
        price=price_of(service, funding) if service else 0,
        status=VisitStatus.REQUESTED.value,
    )


def _taken_from(opening: OpeningRow) -> dict[str, Any]:
    return {
        "opening_id": opening.id,
        "starts_at": opening.starts_at,
        "ends_at": opening.ends_at,
        "branch_id": opening.branch_id,
        "doctor_id": opening.doctor_id,
        "service_id": opening.service_id,
    }


async def _service(
    session: AsyncSession, opening: OpeningRow, service_id: str | None, funding: Funding
) -> ServiceRow | None:
    """The service to be booked at this opening. Raises Refused where it does not fit there."""
    wanted = service_id or opening.service_id
    service = await session.get(ServiceRow, wanted) if wanted else None
    if wanted and (service is None or not service.active):
        raise NotFound(NO_SERVICE)
    if service is None:
        return None
    if funding.value not in (service.fundings or [one.value for one in Funding]):
        raise Refused("Эта услуга так не оплачивается: выберите другой способ оплаты")
    doctor = await session.get(DoctorRow, opening.doctor_id) if opening.doctor_id else None
    if doctor is not None and service.specialty and service.specialty != doctor.specialty:
        raise Refused("Этот врач такую услугу не оказывает")
    if (opening.ends_at - opening.starts_at).total_seconds() < service.duration_min * 60:
        raise Refused("Окно короче, чем нужно для этой услуги")
    return service
