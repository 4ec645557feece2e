"""The waiting list within a transaction: joined, offered, answered, closed (C14, I1, I2, I7-I12, I27)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from bot.domain.follow_up import BOT_OWNER, Need, WaitlistEntry, WaitlistType, Wish
from crm_bridge.local.tables import VisitRow, WaitlistRow
from crm_bridge.local.task_book import first_phone
from crm_bridge.local.work import Work
from crm_bridge.port import Refused
from crm_bridge.rules.waiting import valid_until

FREE, OFFERED, ACCEPTED, EXPIRED, CLOSED = "waiting", "offered", "accepted", "expired", "closed"
WAITING = (FREE, OFFERED)
NO_WISH = Wish()


async def join(
    work: Work,
    patient_id: str,
    type: WaitlistType,
    need: Need,
    *,
    comment: str,
    wish: Wish = NO_WISH,
    phone: str | None = None,
    branch_id: str | None = None,
    valid_to: date | None = None,
    acute: bool = False,
    visit_id: str | None = None,
) -> WaitlistRow:
    """Write a patient down. Raises Refused without a phone, a wish in words, or a doctor or profession."""
    phone = phone or await first_phone(work, patient_id)
    if not phone:
        raise Refused("Для листа ожидания нужен мобильный телефон: впишите его в карту")
    if not (need.doctor_id or need.specialty or need.service_id):
        raise Refused("Укажите врача, профессию или услугу")
    need = await work.whole(need)
    today = await work.today(branch_id)
    row = WaitlistRow(
        id=work.new_id(),
        type=type.value,
        patient_id=patient_id,
        phone=phone,
        branch_id=branch_id,
        service_id=need.service_id,
        doctor_id=need.doctor_id,
        specialty=need.specialty,
        duration_min=need.duration_min,
        weekdays=sorted(wish.weekdays),
        days=sorted(day.isoformat() for day in wish.days),
        time_from=wish.time_from,
        time_to=wish.time_to,
        comment=comment or "Любое время",
        valid_from=today,
        valid_to=valid_to or valid_until(today, work.settings, acute=acute),
        acute=acute,
        visit_id=visit_id,
        owner=BOT_OWNER,
        status=FREE,
        declined=[],
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    work.publish("waitlist.joined", entry_id=row.id)
    return row


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
            close_entry(work, row, status=ACCEPTED, outcome="booked")


def close_entry(work: Work, row: WaitlistRow, *, status: str, outcome: str) -> None:
    """End an entry; an opening that was being offered to it is free for the next."""
    row.status, row.outcome, row.closed_at = status, outcome, work.now
    row.offered_opening_id = row.offer_until = None
    work.publish("waitlist.closed", entry_id=row.id, outcome=outcome)


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
        status=row.status,
    )
