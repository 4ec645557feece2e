"""The waiting list as calls meet it: joined by who phones, offered to whom the bot phones (C14, I1, I2, I7-I12)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import Funding, Visit
from bot.domain.follow_up import (
    BOT,
    BOT_OWNER,
    DESK_OWNER,
    PLANNED,
    Actor,
    WaitlistEntry,
    WaitlistType,
    WaitOffer,
    WaitRequest,
)
from crm_bridge.local.booking import LocalBooking
from crm_bridge.local.consequences import coming_visit, problems_of
from crm_bridge.local.rows import Catalog, load_catalog, load_patients, visits_of_rows
from crm_bridge.local.tables import HoldRow, OpeningRow, VisitRow, WaitlistRow
from crm_bridge.local.task_book import close_tasks, make_task
from crm_bridge.local.wait_book import (
    ACCEPTED,
    CLOSED,
    OFFERED,
    WAITING,
    close_entry,
    entry_of,
    give_back,
    join,
    join_again,
    lock_entry,
    pass_on,
    problems_of_entry,
    was_here,
)
from crm_bridge.local.work import Work
from crm_bridge.port import HoldExpired, IllegalStep, NotFound, OpeningTaken
from crm_bridge.rules.basics import COMING
from crm_bridge.rules.refusals import OFFER_OVER
from crm_bridge.rules.waiting import ask_again_at

_COMING = tuple(status.value for status in COMING)


class LocalOffers(LocalBooking):
    """The port WaitingList on SQL; an offer has the id of the hold that keeps its opening."""

    async def join_waitlist(self, asked: WaitRequest, *, call_id: str | None) -> WaitlistEntry:
        async with self._work(BOT, call_id) as work:
            await work.lock_patient(asked.patient_id)
            asked = replace(asked, need=await work.whole(asked.need))
            row = await _waiting_for(work, asked.patient_id, problems_of(asked.need))
            if row is None:
                row = await _join(work, asked)
            else:
                await join_again(work, row, asked)
                left = await _to_leave(work, asked.patient_id, asked.visit_id)
                if left is not None:
                    row.type, row.visit_id = WaitlistType.EARLIER.value, left.id
            if row.owner == BOT_OWNER:
                # who waits for an opening is not phoned about the same as a task (I8)
                await close_tasks(work, asked.patient_id, problems_of(asked.need), outcome="waitlist", rule="I8")
            await work.session.flush()
            return entry_of(row)

    async def offers(self, *, limit: int = 100) -> Sequence[WaitOffer]:
        mine = _standing().where(WaitlistRow.owner == BOT_OWNER, WaitlistRow.offer_until > self._clock.now())
        async with self._read() as session:
            found = await session.execute(mine.order_by(WaitlistRow.offer_until, WaitlistRow.id).limit(limit))
            catalog = await load_catalog(session)
            return [await _offer_of(session, catalog, *one) for one in found.all()]

    async def offer(self, offer_id: str) -> WaitOffer:
        async with self._read() as session:
            found = (await session.execute(_standing().where(HoldRow.id == offer_id))).one_or_none()
            if found is None or found[1].expires_at <= self._clock.now():
                raise NotFound(OFFER_OVER)
            return await _offer_of(session, await load_catalog(session), *found)

    async def accept_offer(self, offer_id: str, *, call_id: str | None, by: Actor = BOT, checked: bool = True) -> Visit:
        async with self._read() as session:
            taken = await session.scalar(select(VisitRow).where(VisitRow.hold_id == offer_id))
            if taken is not None:
                return (await visits_of_rows(session, [taken]))[0]
            found = (await session.execute(_standing().where(HoldRow.id == offer_id))).one_or_none()
        if found is None:
            raise OpeningTaken(OFFER_OVER)
        entry = found[0]
        try:
            visit = await self._take(entry, offer_id, call_id=call_id, by=by, checked=checked)
        except HoldExpired:
            raise OpeningTaken(OFFER_OVER) from None
        async with self._work(by, call_id) as work:
            with suppress(IllegalStep):  # the booking has closed it, as one of the same problem
                await close_entry(work, await lock_entry(work, entry.id), status=ACCEPTED, outcome="booked")
        return visit

    async def _take(self, entry: WaitlistRow, hold_id: str, **how: Any) -> Visit:
        """Book the opening, or move the visit that «хочет раньше» would leave."""
        if entry.type == WaitlistType.EARLIER and entry.visit_id:
            return await self.move(entry.visit_id, hold_id, call_id=how["call_id"], by=how["by"])
        funding = Funding(entry.funding or Funding.PAID)
        return await self.book(
            hold_id, patient_id=entry.patient_id, service_id=entry.service_id, funding=funding, **how
        )

    async def decline_offer(self, offer_id: str, *, call_id: str | None) -> None:
        async with self._work(BOT, call_id) as work:
            row = await _offered(work, offer_id)
            if row is not None:
                await pass_on(work, row, answered=True)

    async def free_offer(self, offer_id: str) -> None:
        async with self._work(BOT) as work:
            row = await _offered(work, offer_id)
            if row is not None:
                await give_back(work, row)

    async def spoke_of_offer(self, offer_id: str) -> None:
        async with self._work(BOT) as work:
            row = await _offered(work, offer_id)
            if row is not None:
                row.not_before = ask_again_at(work.now, row.not_before, work.settings, answered=True)

    async def leave_waitlist(self, entry_id: str, *, call_id: str | None) -> None:
        async with self._work(BOT, call_id) as work:
            with suppress(IllegalStep):
                await close_entry(work, await lock_entry(work, entry_id), status=CLOSED, outcome="not_needed")

    async def hand_over_offer(self, offer_id: str, *, why: str) -> None:
        async with self._work(BOT) as work:
            row = await _offered(work, offer_id, with_patient=True)
            if row is None or row.owner != BOT_OWNER:
                return
            await pass_on(work, row, answered=False)
            row.owner = DESK_OWNER
            await make_task(
                work,
                type=PLANNED,
                patient_id=row.patient_id,
                need=entry_of(row).need,
                comment=f"{why}. Ждёт в листе ожидания: {row.comment}",
                active_from=await work.today(row.branch_id),
                rule="I2",
                owner=DESK_OWNER,
            )


async def _join(work: Work, asked: WaitRequest) -> WaitlistRow:
    """«Хочет раньше» when there is a visit to be left; its payer is this one's, unless another was named."""
    visit = await _to_leave(work, asked.patient_id, asked.visit_id) or await coming_visit(
        work, asked.patient_id, asked.need.problem
    )
    asked = replace(
        asked,
        acute=asked.acute and not await was_here(work, asked.patient_id),
        visit_id=visit.id if visit else None,
        funding=asked.funding or (Funding(visit.funding) if visit else None),
    )
    return await join(work, WaitlistType.EARLIER if visit else WaitlistType.PLANNED, asked)


def _standing() -> Select[WaitlistRow, HoldRow, OpeningRow]:
    """Entries that are being asked, with what is kept for them."""
    return (
        select(WaitlistRow, HoldRow, OpeningRow)
        .join(HoldRow, HoldRow.opening_id == WaitlistRow.offered_opening_id)
        .join(OpeningRow, OpeningRow.id == WaitlistRow.offered_opening_id)
        .where(WaitlistRow.status == OFFERED, HoldRow.owner == literal("waitlist:").concat(WaitlistRow.id))
    )


async def _offer_of(
    session: AsyncSession, catalog: Catalog, row: WaitlistRow, hold: HoldRow, opening: OpeningRow
) -> WaitOffer:
    visit = await session.get(VisitRow, row.visit_id) if row.type == WaitlistType.EARLIER and row.visit_id else None
    offered = catalog.opening(opening)
    return WaitOffer(
        id=hold.id,
        entry=entry_of(row),
        patient=(await load_patients(session, [row.patient_id]))[row.patient_id],
        opening=offered,
        until=hold.expires_at.astimezone(offered.starts_at.tzinfo),
        visit=(await visits_of_rows(session, [visit]))[0] if visit else None,
    )


async def _offered(work: Work, offer_id: str, *, with_patient: bool = False) -> WaitlistRow | None:
    """The entry that is being asked, locked; None when the offer is over."""
    asked = _standing().with_only_columns(WaitlistRow.id).where(HoldRow.id == offer_id)
    entry_id = await work.session.scalar(asked)
    if entry_id is None:
        return None
    try:
        row = await lock_entry(work, entry_id, with_patient=with_patient)
    except IllegalStep:
        return None
    return row if await work.session.scalar(asked) else None


async def _to_leave(work: Work, patient_id: str, visit_id: str | None) -> VisitRow | None:
    """The visit that was spoken of, if it is this patient's and still to come."""
    row = await work.session.get(VisitRow, visit_id) if visit_id else None
    coming = row is not None and row.status in _COMING and row.starts_at > work.now
    return row if row is not None and coming and row.patient_id == patient_id else None


async def _waiting_for(work: Work, patient_id: str, problems: set[str]) -> WaitlistRow | None:
    """The patient's entry of the same problem: one patient and one problem wait once."""
    rows = await work.session.scalars(
        select(WaitlistRow)
        .where(WaitlistRow.patient_id == patient_id, WaitlistRow.status.in_(WAITING))
        .order_by(WaitlistRow.created_at, WaitlistRow.id)
        .with_for_update()
    )
    return next((row for row in rows.all() if problems_of_entry(row) & problems), None)
