"""Leads within a transaction: opened by a prescription, moved by what happens to visits (M2-M13)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.domain.follow_up import DESK_OWNER, LEAD_TITLES, LeadStage, Need
from crm_bridge.local.tables import LeadRow, ReasonRow
from crm_bridge.local.work import Work
from crm_bridge.port import IllegalStep, NotFound, Refused

_S = LeadStage
NEXT = {
    _S.NEW: {_S.ASSIGNED, _S.BOOKED, _S.LOST},
    _S.ASSIGNED: {_S.BOOKED, _S.LOST, _S.ASSIGNED},
    _S.BOOKED: {_S.ASSIGNED, _S.WON, _S.LOST, _S.BOOKED},
    # who was written off may still come
    _S.LOST: {_S.ASSIGNED, _S.BOOKED},
    _S.WON: set[LeadStage](),
}
CLOSED = (_S.WON.value, _S.LOST.value)


async def open_lead(
    work: Work, *, patient_id: str, need: Need, comment: str, next_action_on: date, prescription_id: str | None = None
) -> LeadRow:
    """A new lead, of the registry until somebody is named."""
    row = LeadRow(
        id=work.new_id(),
        patient_id=patient_id,
        prescription_id=prescription_id,
        service_id=need.service_id,
        specialty=need.specialty,
        stage=_S.NEW.value,
        owner=DESK_OWNER,
        comment=comment,
        next_action_on=next_action_on,
        revenue=0,
        created_at=work.now,
        updated_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    work.publish("lead.opened", lead_id=row.id)
    work.audit("lead.open", "lead", row.id, prescription=prescription_id)
    return row


async def move_lead(
    work: Work,
    row: LeadRow,
    stage: LeadStage,
    *,
    next_action_on: date | None = None,
    reason_id: str | None = None,
    comment: str = "",
) -> None:
    """Change the stage. Raises IllegalStep, Refused for «Провал» without a reason of the dictionary."""
    before = LeadStage(row.stage)
    if stage is not before and stage not in NEXT[before]:
        raise IllegalStep(f"Нельзя: «{LEAD_TITLES[before]}» → «{LEAD_TITLES[stage]}»")
    if stage is _S.LOST:
        await require_reason(work, reason_id)
    row.stage = stage.value
    row.reason_id = reason_id if stage is _S.LOST else None
    row.next_action_on = None if stage.value in CLOSED else next_action_on or row.next_action_on
    if comment:
        row.comment = f"{row.comment}\n{comment}".strip()
    row.updated_at = work.now
    await work.session.flush()
    if stage is not before:
        work.publish("lead.moved", lead_id=row.id, stage=stage.value)
        work.audit("lead.move", "lead", row.id, before=before.value, after=stage.value, reason=reason_id)


async def assign_lead(work: Work, row: LeadRow, owner: str) -> None:
    """Name who answers for it: a user's id or «Голосовой бот» (M4)."""
    before, row.owner = row.owner, owner
    work.audit("lead.assign", "lead", row.id, before=before, after=owner)
    if row.stage == _S.NEW:
        await move_lead(work, row, _S.ASSIGNED)
    work.publish("lead.assigned", lead_id=row.id, owner=owner)


async def require_reason(work: Work, reason_id: str | None) -> ReasonRow:
    """The reason from the dictionary. Raises Refused."""
    row = await work.session.get(ReasonRow, reason_id) if reason_id else None
    if row is None or not row.active:
        raise Refused("Укажите причину из справочника: без неё не закрыть")
    return row


async def lead_for(work: Work, patient_id: str, problems: set[str]) -> LeadRow | None:
    """The patient's open lead of one of these problems, the one due soonest."""
    rows = await work.session.scalars(
        select(LeadRow)
        .where(LeadRow.patient_id == patient_id, LeadRow.stage.not_in(CLOSED))
        .order_by(LeadRow.next_action_on, LeadRow.id)
        .with_for_update()
    )
    return next((row for row in rows if need_of(row).problem in problems), None)


async def lock_lead(work: Work, lead_id: str) -> LeadRow:
    """Raises NotFound."""
    row = await work.session.scalar(select(LeadRow).where(LeadRow.id == lead_id).with_for_update())
    if row is None:
        raise NotFound("Лид не найден")
    return row


def need_of(row: LeadRow) -> Need:
    """What the lead's patient needs."""
    return Need(service_id=row.service_id, specialty=row.specialty)
