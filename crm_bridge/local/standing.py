"""Where a visit stands between the wish and the certainty: checked, approved, prepaid (P4, P5, C16)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from bot.domain.clinic import Funding, VisitStatus
from crm_bridge.local.strike_book import must_prepay
from crm_bridge.local.tables import ApprovalRow, PaymentRow, ServiceRow, VisitRow
from crm_bridge.local.work import Work
from crm_bridge.rules.route import Conditions, require_step, standing
from crm_bridge.rules.settings import RuleSettings

DUE, PAID, VOID = "due", "paid", "void"
PREPAYMENT, SERVICE = "prepayment", "service"
_S = VisitStatus


async def begin(work: Work, row: VisitRow, service: ServiceRow | None, *, checked: bool) -> None:
    """Put a new visit where it belongs: most are final at once."""
    if row.funding == Funding.PAID and await must_prepay(work, row.patient_id):
        row.prepayment = _prepayment(row.price, work.settings)
        await demand(work, row, PREPAYMENT, row.prepayment)
    # nobody has said OK to a visit that is new
    row.status = _standing(row, await approvals_needed(work, row), unchecked=not checked).value
    row.deadline_at = _deadline(work, row)
    await work.session.flush()


async def settle(work: Work, row: VisitRow, *, unchecked: bool = False) -> None:
    """After an approval, a payment, a check or a move: on to the next station, or final."""
    before = _S(row.status)
    after = _standing(row, await _missing(work, row), unchecked=unchecked)
    if after is not before:
        require_step(before, after)
        row.status = after.value
        if row.deadline_at is not None:
            work.publish(f"visit.{after.value}", visit_id=row.id, call_id=work.call_id)
    row.deadline_at = _deadline(work, row)
    row.updated_at = work.now
    await work.session.flush()


def _standing(row: VisitRow, missing: int, *, unchecked: bool) -> VisitStatus:
    due = row.prepayment > row.paid
    return standing(Conditions(unchecked=unchecked, approvals_missing=missing, payment_due=due))


async def approvals_needed(work: Work, row: VisitRow) -> int:
    """How many OKs: expensive procedures and ДМС want both sides."""
    service = await work.session.get(ServiceRow, row.service_id) if row.service_id else None
    wanted = row.funding == Funding.DMS or (service is not None and service.expensive)
    return work.settings.approval_oks if wanted else 0


async def _missing(work: Work, row: VisitRow) -> int:
    given = select(func.count()).select_from(ApprovalRow).where(ApprovalRow.visit_id == row.id)
    return await approvals_needed(work, row) - int(await work.session.scalar(given) or 0)


def _prepayment(price: int, settings: RuleSettings) -> int:
    return -(-price * settings.prepay_percent // 100) if price else settings.prepay_sum


def _deadline(work: Work, row: VisitRow) -> datetime | None:
    """Until when the opening is kept, never beyond the visit itself; None once the visit is final."""
    hours = {
        _S.REQUESTED: work.settings.new_request_hours,
        _S.AWAITING_APPROVAL: work.settings.approval_hours,
        _S.AWAITING_PAYMENT: work.settings.payment_hours,
    }.get(_S(row.status))
    return None if hours is None else min(work.now + timedelta(hours=hours), row.starts_at)


async def demand(work: Work, row: VisitRow, purpose: str, amount: int) -> PaymentRow:
    """Ask for money; the link carries an unguessable token (C1)."""
    payment = PaymentRow(
        id=work.new_id(),
        visit_id=row.id,
        patient_id=row.patient_id,
        purpose=purpose,
        amount=amount,
        status=DUE,
        token=secrets.token_urlsafe(24),
        created_at=work.now,
    )
    work.session.add(payment)
    await work.session.flush()
    work.publish("payment.demanded", payment_id=payment.id, visit_id=row.id)
    return payment


async def void_demands(work: Work, row: VisitRow, *purposes: str) -> None:
    """Nobody owes anything any more, of these purposes: the visit will not be, or it is paid another way."""
    owed = update(PaymentRow).where(
        PaymentRow.visit_id == row.id, PaymentRow.status == DUE, PaymentRow.purpose.in_(purposes)
    )
    await work.session.execute(owed.values(status=VOID))
