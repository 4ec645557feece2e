"""What time itself does: no-shows, expired waits, recalls. A tick that is repeated or late does nothing twice.

Every step looks for what is due and changes it in a transaction of its own under that row's lock, so that a crash
between two steps loses none of them and a twin of this process finds nothing left to do.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_
from sqlalchemy.orm import aliased

from bot.domain.clinic import VisitStatus
from bot.domain.follow_up import BOT_OWNER, CHECK_UP, DESK_OWNER, PLANNED, SYSTEM, Need, WaitlistType
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.consequences import coming_visit
from crm_bridge.local.courses import LocalCourses
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import (
    ClinicTaskRow,
    DoctorRow,
    HoldRow,
    ResourceUseRow,
    VisitRow,
    WaitlistRow,
)
from crm_bridge.local.task_book import OPEN, make_task
from crm_bridge.local.wait_book import (
    CLOSED,
    EXPIRED,
    OFFERED,
    WAITING,
    close_entry,
    entry_of,
    lock_entry,
    pass_on,
)
from crm_bridge.local.waitlist import LocalWaitlist, Offer
from crm_bridge.local.work import Work, rule_settings
from crm_bridge.port import CrmError
from crm_bridge.rules.basics import COMING

logger = logging.getLogger(__name__)

TICK = timedelta(minutes=1)
"""How often `tick` is called: a no-show is looked for one tick before its limit, so that the limit is kept."""
_COMING = tuple(status.value for status in COMING)
_TO_COME = (VisitStatus.BOOKED.value, VisitStatus.CONFIRMED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a tick has done."""

    no_shows: int = 0
    withdrawn: int = 0
    expired: int = 0
    recalls: int = 0
    offers: Sequence[Offer] = ()


class LocalSweep(LocalPart):
    """Time-driven rules on SQL."""

    def __init__(self, clinic: LocalClinic, waitlist: LocalWaitlist, courses: LocalCourses) -> None:
        super().__init__(clinic.ground)
        self._clinic = clinic
        self._waitlist = waitlist
        self._courses = courses

    async def tick(self, *, at_once: int | None = None) -> Swept:
        """Everything that is due now, freed openings offered to those who wait for them and whom the bot may phone.

        No more than `at_once` are asked at a time: an offer that nobody finds the time to phone about would run out.
        """
        swept = await self.keep_time()
        offers = await self._waitlist.offer_openings(by=SYSTEM, at_once=at_once, owner=BOT_OWNER)
        return replace(swept, offers=offers)

    async def keep_time(self) -> Swept:
        """What needs nobody to phone: where nobody does, an opening that is offered would only be kept from others."""
        return Swept(
            no_shows=await self.mark_no_shows(),
            withdrawn=await self.withdraw_overdue(),
            expired=await self.expire_waits(),
            recalls=await self.recall_inactive() + await self._courses.remind(),
        )

    async def mark_no_shows(self) -> int:
        """Visits that ended a quarter of an hour ago and were not marked as attended (I20)."""
        async with self._read() as session:
            settings = await rule_settings(session)
            limit = self._clock.now() - timedelta(minutes=settings.noshow_minutes) + TICK
            ids = await session.scalars(
                select(VisitRow.id)
                .where(VisitRow.status.in_(_TO_COME), VisitRow.ends_at <= limit)
                .order_by(VisitRow.ends_at)
                .limit(500)
            )
            found = list(ids)
        return await self._each(found, lambda visit_id: self._clinic.no_show(visit_id, by=SYSTEM))

    async def withdraw_overdue(self) -> int:
        """Visits whose approval, payment or check did not come in time give their opening back (P4, C17)."""
        async with self._read() as session:
            rows = await session.execute(
                select(VisitRow.id, VisitRow.status)
                .where(VisitRow.status.in_(_COMING), VisitRow.deadline_at <= self._clock.now())
                .limit(500)
            )
            why = {
                visit_id: "unpaid" if status == VisitStatus.AWAITING_PAYMENT else "expired" for visit_id, status in rows
            }
        return await self._each(list(why), lambda visit_id: self._clinic.withdraw(visit_id, why[visit_id], by=SYSTEM))

    async def expire_waits(self) -> int:
        """Offers that nobody answered go to the next; entries past their last day end (I12, I27)."""
        async with self._work(SYSTEM) as work:
            today = await work.today(None)
            await self._forget_devices(work)
        stale = await self._entries(WaitlistRow.status == OFFERED, WaitlistRow.offer_until <= self._clock.now())
        await self._each(stale, self._take_back)
        expired = await self._each(await self._entries(WaitlistRow.valid_to < today), self._expire)
        coming = select(VisitRow.id).where(
            VisitRow.id == WaitlistRow.visit_id, VisitRow.status.in_(_COMING), VisitRow.starts_at > self._clock.now()
        )
        orphans = await self._entries(WaitlistRow.type == WaitlistType.EARLIER.value, ~coming.exists())
        await self._each(orphans, self._close_orphan)
        return expired

    async def _entries(self, *conditions: ColumnElement[bool]) -> Sequence[str]:
        """Waiting entries that fulfil all the conditions."""
        query = select(WaitlistRow.id).where(WaitlistRow.status.in_(WAITING), *conditions)
        async with self._read() as session:
            return (await session.scalars(query.order_by(WaitlistRow.created_at, WaitlistRow.id).limit(500))).all()

    async def _take_back(self, entry_id: str) -> None:
        """Nobody answered: this entry is not asked about that opening again."""
        async with self._work(SYSTEM) as work:
            row = await lock_entry(work, entry_id)
            if row.status == OFFERED and row.offer_until is not None and row.offer_until <= work.now:
                await pass_on(work, row, answered=False)

    async def _expire(self, entry_id: str) -> None:
        """Silence would forget the patient: a person gets a task, for acute pain at once."""
        async with self._work(SYSTEM) as work:
            row = await lock_entry(work, entry_id, with_patient=True)
            await close_entry(work, row, status=EXPIRED, outcome="expired")
            need = entry_of(row).need
            if await coming_visit(work, row.patient_id, need.problem):
                return
            await make_task(
                work,
                type=PLANNED,
                patient_id=row.patient_id,
                need=need,
                comment=f"Не дождался в листе ожидания: {row.comment}",
                active_from=await work.today(row.branch_id),
                rule="I27" if row.acute else "I12",
                owner=DESK_OWNER,
            )

    async def _close_orphan(self, entry_id: str) -> None:
        """«Хочет раньше» without the visit that it wanted to leave."""
        async with self._work(SYSTEM) as work:
            await close_entry(work, await lock_entry(work, entry_id), status=CLOSED, outcome="visit_gone")

    async def _forget_devices(self, work: Work) -> None:
        """Devices of holds that ran out."""
        kept = select(HoldRow.id).where(HoldRow.opening_id == ResourceUseRow.opening_id, HoldRow.expires_at > work.now)
        taken = select(VisitRow.id).where(VisitRow.opening_id == ResourceUseRow.opening_id)
        await work.session.execute(delete(ResourceUseRow).where(~kept.exists(), ~taken.exists()))

    async def recall_inactive(self, *, limit: int = 200) -> int:
        """One task for everybody who has not been here for two months and has nothing ahead (C11)."""
        return await self._each(await self.inactive(limit=limit), self._recall)

    async def inactive(self, *, limit: int = 200) -> Sequence[str]:
        """Patients to be recalled now; each is looked for from the last visit on, so that none of it is sorted."""
        async with self._read() as session:
            settings = await rule_settings(session)
            if not settings.inactive_recall:
                return []
            before = self._clock.now() - timedelta(days=settings.inactive_days)
            last, other = VisitRow, aliased(VisitRow)
            done = VisitStatus.COMPLETED.value
            since = select(other.id).where(
                other.patient_id == last.patient_id,
                or_(
                    and_(other.status == done, tuple_(other.starts_at, other.id) > tuple_(last.starts_at, last.id)),
                    other.status.in_(_COMING),
                ),
            )
            busy = select(ClinicTaskRow.id).where(
                ClinicTaskRow.patient_id == last.patient_id,
                or_(
                    ClinicTaskRow.status == OPEN,
                    and_(ClinicTaskRow.type == CHECK_UP, ClinicTaskRow.created_at > last.starts_at),
                ),
            )
            waiting = select(WaitlistRow.id).where(
                WaitlistRow.patient_id == last.patient_id, WaitlistRow.status.in_(WAITING)
            )
            query = select(last.patient_id).where(
                last.status == done, last.starts_at < before, ~busy.exists(), ~waiting.exists(), ~since.exists()
            )
            return (await session.scalars(query.limit(limit))).all()

    async def _recall(self, patient_id: str) -> None:
        async with self._work(SYSTEM) as work:
            await work.lock_patient(patient_id)
            last = await work.session.scalar(
                select(VisitRow)
                .where(VisitRow.patient_id == patient_id, VisitRow.status == VisitStatus.COMPLETED.value)
                .order_by(VisitRow.starts_at.desc())
                .limit(1)
            )
            if last is None:
                return
            doctor = await work.session.get(DoctorRow, last.doctor_id) if last.doctor_id else None
            await make_task(
                work,
                type=CHECK_UP,
                patient_id=patient_id,
                need=Need(service_id=last.service_id, specialty=doctor.specialty if doctor else None),
                comment=f"Давно не был(а): последний приём {last.starts_at:%d.%m.%Y}",
                active_from=await work.today(last.branch_id),
                rule="C11",
            )

    async def _each(self, ids: Sequence[str], step: Callable[[str], Awaitable[object]]) -> int:
        """One that fails must not keep the others from their turn."""
        done = 0
        for one in ids:
            try:
                await step(one)
                done += 1
            except CrmError:
                logger.warning("a time-driven rule could not be applied", exc_info=True, extra={"subject_id": one})
        return done
