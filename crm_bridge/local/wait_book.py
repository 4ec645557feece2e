"""The waiting list within a transaction: joined, offered, answered, closed (C14, I1, I2, I7-I12, I27)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select

from bot.domain.clinic import Funding, VisitStatus
from bot.domain.follow_up import BOT_OWNER, Need, WaitlistEntry, WaitlistType, WaitRequest, Wish
from crm_bridge.local.devices import free_devices
from crm_bridge.local.tables import DoNotCallRow, HoldRow, OpeningRow, VisitRow, WaitlistRow
from crm_bridge.local.task_book import first_phone
from crm_bridge.local.work import Work
from crm_bridge.port import IllegalStep, NotFound, Refused
from crm_bridge.rules.basics import phone_key
from crm_bridge.rules.waiting import ask_again_at, valid_until

FREE, OFFERED, ACCEPTED, EXPIRED, CLOSED = "waiting", "offered", "accepted", "expired", "closed"
WAITING = (FREE, OFFERED)


async def join(work: Work, type: WaitlistType, asked: WaitRequest, *, valid_to: date | None = None) -> WaitlistRow:
    """Write a patient down. Raises Refused without a phone, a wish in words, or a doctor or profession."""
    phone = asked.phone or await first_phone(work, asked.patient_id)
    if not phone:
        raise Refused("Для листа ожидания нужен мобильный телефон: впишите его в карту")
    need = asked.need
    if not (need.doctor_id or need.specialty or need.service_id):
        raise Refused("Укажите врача, профессию или услугу")
    need = await work.whole(need)
    today = await work.today(asked.branch_id)
    row = WaitlistRow(
        id=work.new_id(),
        type=type.value,
        patient_id=asked.patient_id,
        phone=phone,
        branch_id=asked.branch_id,
        service_id=need.service_id,
        doctor_id=need.doctor_id,
        specialty=need.specialty,
        duration_min=need.duration_min,
        valid_from=today,
        valid_to=valid_to or valid_until(today, work.settings, acute=asked.acute),
        acute=asked.acute,
        visit_id=asked.visit_id,
        funding=asked.funding.value if asked.funding else None,
        owner=BOT_OWNER,
        status=FREE,
        declined=list(asked.refused),
        created_at=work.now,
    )
    write_wish(row, asked.wish, asked.comment)
    work.session.add(row)
    await work.session.flush()
    work.publish("waitlist.joined", entry_id=row.id)
    return row


async def join_again(work: Work, row: WaitlistRow, asked: WaitRequest) -> None:
    """A new wish, perhaps a new number; whom people were to ask the bot asks again, if it may phone that number."""
    write_wish(row, asked.wish, asked.comment)
    row.phone = asked.phone or row.phone
    row.not_before = None
    row.funding = asked.funding.value if asked.funding else row.funding
    row.declined = [*row.declined, *(one for one in asked.refused if one not in row.declined)]
    if await work.session.get(DoNotCallRow, phone_key(row.phone)) is None:
        row.owner = BOT_OWNER
    row.valid_to = max(row.valid_to, valid_until(await work.today(row.branch_id), work.settings, acute=row.acute))


def write_wish(row: WaitlistRow, wish: Wish, comment: str) -> None:
    """What suits the patient, in words and as it is looked for."""
    row.weekdays, row.days = sorted(wish.weekdays), sorted(day.isoformat() for day in wish.days)
    row.time_from, row.time_to = wish.time_from, wish.time_to
    row.comment = comment or "Любое время"


async def close_entries(work: Work, visit: VisitRow, problems: set[str], *, moved: bool) -> None:
    """Who has a visit waits no more; a compromise keeps its «хочет раньше» until that visit is moved."""
    rows = await work.session.scalars(
        select(WaitlistRow)
        .where(WaitlistRow.patient_id == visit.patient_id, WaitlistRow.status.in_(WAITING))
        .with_for_update()
    )
    for row in rows:
        earlier = row.type == WaitlistType.EARLIER
        ended = earlier and moved and row.visit_id == visit.id
        if ended or (not earlier and problems_of_entry(row) & problems):
            await close_entry(work, row, status=ACCEPTED, outcome="booked")


async def close_entry(work: Work, row: WaitlistRow, *, status: str, outcome: str) -> None:
    """End an entry; an opening that was being offered to it is free for the next."""
    await let_go(work, row)
    row.status, row.outcome, row.closed_at = status, outcome, work.now
    work.publish("waitlist.closed", entry_id=row.id, outcome=outcome)


async def pass_on(work: Work, row: WaitlistRow, *, answered: bool) -> None:
    """Not this opening: it goes to the next, the entry waits for another."""
    row.declined = [*row.declined, row.offered_opening_id]
    row.not_before = ask_again_at(work.now, row.not_before, work.settings, answered=answered)
    await let_go(work, row)
    row.status = FREE


async def give_back(work: Work, row: WaitlistRow) -> None:
    """No phone rang: after a while the entry may be asked about the same opening, if nobody else took it."""
    soon = work.now + timedelta(minutes=work.settings.offer_minutes)
    row.not_before = max(soon, row.not_before) if row.not_before else soon
    await let_go(work, row)
    row.status = FREE


async def let_go(work: Work, row: WaitlistRow) -> None:
    """Give back the opening that was being offered, unless it has just become a visit."""
    held = (HoldRow.opening_id == row.offered_opening_id, HoldRow.owner == hold_owner(row.id))
    if row.offered_opening_id and await work.session.scalar(select(HoldRow.id).where(*held)):
        await work.session.execute(delete(HoldRow).where(*held))
        await free_devices(work.session, row.offered_opening_id)
    row.offered_opening_id = row.offer_until = None
    await work.session.flush()


async def lock_entry(work: Work, entry_id: str, *, with_patient: bool = False) -> WaitlistRow:
    """A waiting entry, to be changed. Raises NotFound, IllegalStep for one that is closed.

    Opening, patient, entry are locked in the order of a booking, so that the two cannot wait for each other.
    """
    known = await work.session.get(WaitlistRow, entry_id)
    if known is None:
        raise NotFound("Запись в листе ожидания не найдена")
    if known.offered_opening_id:
        await work.session.scalar(
            select(OpeningRow.id).where(OpeningRow.id == known.offered_opening_id).with_for_update(key_share=True)
        )
    if with_patient:
        await work.lock_patient(known.patient_id)
    await work.session.refresh(known, with_for_update=True)
    if known.status not in WAITING:
        raise IllegalStep("Эта запись листа ожидания уже закрыта")
    return known


async def was_here(work: Work, patient_id: str) -> bool:
    """Whether the patient is no first-time patient any more."""
    done = select(VisitRow.id).where(VisitRow.patient_id == patient_id, VisitRow.status == VisitStatus.COMPLETED.value)
    return await work.session.scalar(done.limit(1)) is not None


def hold_owner(entry_id: str) -> str:
    """Who holds an opening while an entry is asked about it."""
    return f"waitlist:{entry_id}"[:64]


def problems_of_entry(row: WaitlistRow) -> set[str]:
    """What the entry's patient needs, as service and as profession."""
    apart = (Need(service_id=row.service_id), Need(specialty=row.specialty))
    return {problem for one in apart if (problem := one.problem)}


def entry_of(row: WaitlistRow) -> WaitlistEntry:
    """The domain's entry."""
    fields: dict[str, Any] = {
        name: getattr(row, name) for name in ("id", "patient_id", "phone", "comment", "valid_from", "valid_to")
    }
    return WaitlistEntry(
        **fields,
        type=WaitlistType(row.type),
        need=Need(
            service_id=row.service_id,
            doctor_id=row.doctor_id,
            specialty=row.specialty,
            duration_min=row.duration_min,
        ),
        wish=Wish(
            weekdays=frozenset(row.weekdays),
            days=frozenset(date.fromisoformat(day) for day in row.days),
            time_from=row.time_from,
            time_to=row.time_to,
        ),
        created_at=row.created_at,
        acute=row.acute,
        visit_id=row.visit_id,
        branch_id=row.branch_id,
        funding=Funding(row.funding) if row.funding else None,
        status=row.status,
    )
