"""The waiting list: joined when nothing suits, asked in order when something is freed, one holder at a time (C14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from bot.domain.clinic import Opening, OpeningQuery, Visit
from bot.domain.follow_up import Actor, Need, WaitlistEntry, WaitlistType, WaitRequest, Wish
from crm_bridge.local.booking import lock_opening
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.consequences import need_of_visit
from crm_bridge.local.devices import keep_devices
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import load_catalog
from crm_bridge.local.tables import ClinicTaskRow, HoldRow, OpeningRow, VisitRow, WaitlistRow
from crm_bridge.local.task_book import OPEN, close_task
from crm_bridge.local.wait_book import (
    CLOSED,
    FREE,
    OFFERED,
    WAITING,
    close_entry,
    entry_of,
    hold_owner,
    join,
    lock_entry,
    pass_on,
    was_here,
)
from crm_bridge.local.work import Work
from crm_bridge.port import IllegalStep, OpeningTaken, Refused
from crm_bridge.rules.basics import COMING, hold_is_live
from crm_bridge.rules.waiting import is_valid, rank, suits

_COMING = tuple(status.value for status in COMING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An opening that is kept for one entry until `until`."""

    entry: WaitlistEntry
    opening: Opening
    hold_id: str
    until: datetime


NO_WISH = Wish()


class LocalWaitlist(LocalPart):
    """The waiting list on SQL."""

    def __init__(self, clinic: LocalClinic) -> None:
        super().__init__(clinic.ground)
        self._clinic = clinic

    async def add_to_waitlist(
        self,
        *,
        patient_id: str,
        need: Need,
        comment: str,
        by: Actor,
        type: WaitlistType = WaitlistType.PLANNED,
        wish: Wish = NO_WISH,
        phone: str | None = None,
        branch_id: str | None = None,
        valid_to: date | None = None,
        acute: bool = False,
        visit_id: str | None = None,
        close_task_id: str | None = None,
        call_id: str | None = None,
    ) -> WaitlistEntry:
        """Write a patient down. Raises Refused for what is missing: phone, wish in words, doctor or profession."""
        async with self._work(by, call_id) as work:
            if not comment.strip():
                raise Refused("Запишите пожелания пациента ко дню и времени")
            await work.lock_patient(patient_id)
            if type is WaitlistType.EARLIER:
                need = await _compromise(work, visit_id, patient_id)
            elif acute and await was_here(work, patient_id):
                acute = False  # the one-day rule is for first visits
            asked = WaitRequest(
                patient_id=patient_id,
                need=need,
                comment=comment.strip(),
                wish=wish,
                phone=phone,
                branch_id=branch_id,
                acute=acute,
                visit_id=visit_id,
            )
            row = await join(work, type, asked, valid_to=valid_to)
            if close_task_id:
                await _close_task(work, close_task_id, patient_id)
            return entry_of(row)

    async def waitlist(self, *, patient_id: str | None = None) -> Sequence[WaitlistEntry]:
        """Who waits, in the order in which they are asked."""
        query = select(WaitlistRow).where(WaitlistRow.status.in_(WAITING))
        if patient_id:
            query = query.where(WaitlistRow.patient_id == patient_id)
        async with self._read() as session:
            entries = [entry_of(row) for row in await session.scalars(query)]
        return sorted(entries, key=rank)

    async def close_waitlist(self, entry_id: str, outcome: str, *, by: Actor) -> None:
        """The patient waits no more."""
        async with self._work(by) as work:
            row = await lock_entry(work, entry_id)
            await close_entry(work, row, status=CLOSED, outcome=outcome)

    async def offer_openings(
        self, *, by: Actor, horizon_days: int = 45, at_once: int | None = None, owner: str | None = None
    ) -> Sequence[Offer]:
        """Give free openings to those who wait for them, best entry first; each opening and each entry once.

        The opening is held for the entry, so that nobody else gets it while the patient is being asked. No more than
        `at_once` are asked at a time; with `owner` only whom that owner asks, and the bot not the same too often.
        """
        now = self._clock.now()
        async with self._read() as session:
            rows = (await session.scalars(select(WaitlistRow).where(WaitlistRow.status.in_(WAITING)))).all()
        rested = [row for row in rows if owner is None or row.not_before is None or row.not_before <= now]
        free = [entry_of(row) for row in rested if row.status == FREE and owner in (None, row.owner)]
        places = len(free) if at_once is None else at_once - sum(row.status == OFFERED for row in rows)
        offers: list[Offer] = []
        for entry in sorted(free, key=rank):
            if len(offers) >= places:
                break
            offer = await self._offer_one(entry, by, horizon_days)
            if offer:
                offers.append(offer)
        return offers

    async def _offer_one(self, entry: WaitlistEntry, by: Actor, horizon_days: int) -> Offer | None:
        today = self._clock.now().date()
        if not is_valid(entry, today):
            return None
        query = OpeningQuery(
            service=entry.need.service_id if not (entry.need.doctor_id or entry.need.specialty) else None,
            doctor=entry.need.doctor_id,
            specialty=None if entry.need.doctor_id else entry.need.specialty,
            branch_id=entry.branch_id,
            funding=entry.funding,
            date_from=today,
            date_to=min(entry.valid_to, today + timedelta(days=horizon_days)),
            limit=200,
        )
        earlier_than = await self._compromise_time(entry)
        declined = await self._declined(entry.id)
        for opening in await self._clinic.openings(query):
            if opening.id not in declined and suits(entry, opening, earlier_than=earlier_than):
                offer = await self._try_offer(entry.id, opening.id, by)
                if offer:
                    return offer
        return None

    async def _try_offer(self, entry_id: str, opening_id: str, by: Actor) -> Offer | None:
        try:
            async with self._work(by) as work:
                return await self._keep_for(work, entry_id, opening_id)
        except (OpeningTaken, IllegalStep):
            return None

    async def _keep_for(self, work: Work, entry_id: str, opening_id: str) -> Offer:
        """Raises OpeningTaken, IllegalStep. The entry is locked last, as in a booking."""
        opening = await lock_opening(work.session, opening_id)
        await _must_be_free(work, opening)
        wanted = await work.session.scalar(select(WaitlistRow.service_id).where(WaitlistRow.id == entry_id))
        await keep_devices(work.session, opening, wanted or opening.service_id, work.now)
        row = await lock_entry(work, entry_id)
        if row.status != FREE:
            raise IllegalStep("Этому пациенту уже предлагают другое время")
        until = work.now + timedelta(minutes=work.settings.offer_minutes)
        hold_id = work.new_id()
        await work.session.merge(
            HoldRow(opening_id=opening_id, id=hold_id, owner=hold_owner(entry_id), expires_at=until)
        )
        row.status, row.offered_opening_id, row.offer_until = OFFERED, opening_id, until
        await work.session.flush()
        work.publish("waitlist.offered", entry_id=entry_id, opening_id=opening_id)
        catalog = await load_catalog(work.session)
        return Offer(entry=entry_of(row), opening=catalog.opening(opening), hold_id=hold_id, until=until)

    async def decline_offer(self, entry_id: str, *, by: Actor) -> WaitlistEntry:
        """Not this one: the entry waits on, the opening goes to the next."""
        async with self._work(by) as work:
            row = await lock_entry(work, entry_id)
            if row.status == OFFERED:
                await pass_on(work, row, answered=True)
            return entry_of(row)

    async def accept_offer(self, entry_id: str, *, by: Actor, call_id: str | None = None) -> Visit:
        """«Да»: the visit is booked, or moved for «хочет раньше». Raises OpeningTaken when the offer has run out."""
        async with self._work(by) as work:
            row = await lock_entry(work, entry_id)
            held = await work.session.scalar(
                select(HoldRow).where(
                    HoldRow.opening_id == row.offered_opening_id, HoldRow.owner == hold_owner(entry_id)
                )
            )
            if row.status != OFFERED or held is None or held.expires_at <= work.now:
                raise OpeningTaken("Это время уже занято")
        return await self._clinic.accept_offer(held.id, call_id=call_id, by=by)

    async def _compromise_time(self, entry: WaitlistEntry) -> datetime | None:
        """When the visit begins that «хочет раньше» wants to leave."""
        if entry.visit_id is None:
            return None
        async with self._read() as session:
            return await session.scalar(
                select(VisitRow.starts_at).where(VisitRow.id == entry.visit_id, VisitRow.status.in_(_COMING))
            )

    async def _declined(self, entry_id: str) -> set[str]:
        async with self._read() as session:
            row = await session.get(WaitlistRow, entry_id)
            return set(row.declined) if row else set()


async def _must_be_free(work: Work, opening: OpeningRow) -> None:
    """Raises OpeningTaken."""
    visit = await work.session.scalar(select(VisitRow.id).where(VisitRow.opening_id == opening.id))
    held = await work.session.get(HoldRow, opening.id)
    # an offer that has just run out still names its opening until the next tick takes it back
    asked = await work.session.scalar(select(WaitlistRow.id).where(WaitlistRow.offered_opening_id == opening.id))
    if visit or asked or opening.starts_at <= work.now or (held and hold_is_live(held.expires_at, work.now)):
        raise OpeningTaken("Это окно уже занято")


async def _compromise(work: Work, visit_id: str | None, patient_id: str) -> Need:
    """What the compromise visit is for. Raises Refused where there is none (I1)."""
    row = await work.session.get(VisitRow, visit_id) if visit_id else None
    if row is None or row.patient_id != patient_id or row.status not in _COMING or row.starts_at <= work.now:
        raise Refused("«Хочет раньше» бывает только при будущем приёме: выберите его")
    return await need_of_visit(work, row)


async def _close_task(work: Work, task_id: str, patient_id: str) -> None:
    """The patient phoned before we did: the task has become the entry (I8)."""
    row = await work.session.scalar(
        select(ClinicTaskRow)
        .where(ClinicTaskRow.id == task_id, ClinicTaskRow.patient_id == patient_id, ClinicTaskRow.status == OPEN)
        .with_for_update()
    )
    if row is None:
        raise Refused("Эта задача уже закрыта или принадлежит другому пациенту")
    close_task(work, row, outcome="waitlist", rule="I8")
