"""Money: demands with a link, payments, balance; what is paid moves visit and lead (M11, C1, C17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.domain.clinic import VisitStatus
from bot.domain.follow_up import Actor
from crm_bridge.local.booking import lock_visit
from crm_bridge.local.consequences import Case, apply
from crm_bridge.local.part import LocalPart
from crm_bridge.local.standing import DUE, PAID, PREPAYMENT, SERVICE, demand, settle, void_demands
from crm_bridge.local.tables import AccountEntryRow, LeadRow, PatientRow, PaymentRow, VisitRow
from crm_bridge.local.work import Work
from crm_bridge.port import IllegalStep, NotFound, Refused
from crm_bridge.rules.aftermath import VisitEvent
from crm_bridge.rules.basics import COMING

_UNSETTLED = (VisitStatus.AWAITING_PAYMENT, VisitStatus.AWAITING_APPROVAL, VisitStatus.REQUESTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A demand for money or a payment, in rubles; `token` is the secret part of its link."""

    id: str
    patient_id: str
    visit_id: str | None
    purpose: str
    amount: int
    status: str
    token: str | None
    paid_at: datetime | None


class LocalPayments(LocalPart):
    """Payments on SQL."""

    async def payments_of(self, visit_id: str) -> Sequence[Payment]:
        """Demands and payments of a visit, oldest first."""
        query = select(PaymentRow).where(PaymentRow.visit_id == visit_id)
        async with self._read() as session:
            rows = await session.scalars(query.order_by(PaymentRow.created_at, PaymentRow.id))
            return [_payment(row) for row in rows]

    async def invoice(self, visit_id: str, amount: int, *, by: Actor) -> Payment:
        """A link for the visit's price or a part of it; issued by the system only (C1)."""
        if amount <= 0:
            raise Refused("Сумма должна быть больше нуля")
        async with self._work(by) as work:
            row = await lock_visit(work.session, visit_id)
            if VisitStatus(row.status) not in COMING and row.status != VisitStatus.COMPLETED:
                raise IllegalStep("Приём отменён: платить за него не нужно")
            payment = await demand(work, row, SERVICE, amount)
            work.audit("payment.demand", "payment", payment.id, visit=visit_id, amount=amount)
            return _payment(payment)

    async def by_token(self, token: str) -> Payment:
        """What a patient sees who opens the link. Raises NotFound."""
        async with self._read() as session:
            row = await session.scalar(select(PaymentRow).where(PaymentRow.token == token))
        if row is None:
            raise NotFound("Ссылка на оплату не найдена")
        return _payment(row)

    async def accept_offer_terms(self, token: str, *, by: Actor) -> None:
        """The patient accepts the public offer before paying."""
        async with self._work(by) as work:
            row = await _lock(work, token)
            row.offer_accepted_at = row.offer_accepted_at or work.now

    async def paid(self, token: str, *, provider_id: str, payer: str = "", by: Actor) -> Payment:
        """The provider says that the link was paid; the same `provider_id` twice is one payment."""
        async with self._work(by) as work:
            row = await _lock(work, token)
            if row.status == PAID:
                return _payment(row)
            if row.status != DUE:
                raise IllegalStep("Эта ссылка на оплату больше не действует")
            used = select(PaymentRow.id).where(PaymentRow.provider_id == provider_id)
            if await work.session.scalar(used):
                raise Refused("Этот платёж уже засчитан по другой ссылке")
            row.status, row.paid_at, row.provider_id, row.payer = PAID, work.now, provider_id, payer
            await _book_money(work, row)
            return _payment(row)

    async def pay_at_desk(self, visit_id: str, amount: int, *, by: Actor) -> Payment:
        """Cash or card at the clinic."""
        if amount <= 0:
            raise Refused("Сумма должна быть больше нуля")
        async with self._work(by) as work:
            visit = await lock_visit(work.session, visit_id)
            row = await _owed(work, visit, amount)
            if row is None:
                row = await demand(work, visit, SERVICE, amount)
                row.token = None
            row.status, row.paid_at = PAID, work.now
            await _book_money(work, row)
            return _payment(row)

    async def balance(self, patient_id: str) -> int:
        """The patient's account, rubles."""
        async with self._read() as session:
            row = await session.get(PatientRow, patient_id)
        if row is None:
            raise NotFound("Пациент не найден")
        return row.balance


async def _book_money(work: Work, row: PaymentRow) -> None:
    """The money reaches visit, lead and account in one transaction; for a visit that is no more, the account only."""
    work.publish("payment.received", payment_id=row.id, visit_id=row.visit_id)
    work.audit("payment.receive", "payment", row.id, amount=row.amount)
    visit = await lock_visit(work.session, row.visit_id) if row.visit_id else None
    patient = await work.lock_patient(row.patient_id)
    await _enter(work, patient, row, row.amount, "payment")
    if visit is None or visit.status == VisitStatus.CANCELLED:
        return
    visit.paid += row.amount
    if visit.paid >= visit.prepayment:
        await void_demands(work, visit, PREPAYMENT)
    await _enter(work, patient, row, -row.amount, "visit")
    if visit.lead_id:
        lead = await work.session.get(LeadRow, visit.lead_id, with_for_update=True)
        if lead is not None:
            lead.revenue += row.amount
    if VisitStatus(visit.status) in _UNSETTLED:
        if visit.status == VisitStatus.AWAITING_PAYMENT:
            await settle(work, visit)
        return
    await _won(work, visit)


async def _owed(work: Work, visit: VisitRow, amount: int) -> PaymentRow | None:
    """The demand that somebody pays at the desk: its link must not ask for the same again."""
    demands = select(PaymentRow).where(
        PaymentRow.visit_id == visit.id, PaymentRow.status == DUE, PaymentRow.amount == amount
    )
    return await work.session.scalar(demands.order_by(PaymentRow.created_at).limit(1).with_for_update())


async def _won(work: Work, visit: VisitRow) -> None:
    await apply(work, visit, Case(event=VisitEvent.PAID))


async def _enter(work: Work, patient: PatientRow, row: PaymentRow, amount: int, why: str) -> None:
    patient.balance += amount
    work.session.add(
        AccountEntryRow(
            patient_id=patient.id, amount=amount, why=why, payment_id=row.id, visit_id=row.visit_id, at=work.now
        )
    )
    await work.session.flush()


async def _lock(work: Work, token: str) -> PaymentRow:
    """The visit first, as everywhere: whoever cancels it or is paid at the desk goes from the visit to its demands."""
    visit_id = await work.session.scalar(select(PaymentRow.visit_id).where(PaymentRow.token == token))
    if visit_id is not None:
        await lock_visit(work.session, visit_id)
    row = await work.session.scalar(select(PaymentRow).where(PaymentRow.token == token).with_for_update())
    if row is None:
        raise NotFound("Ссылка на оплату не найдена")
    return row


def _payment(row: PaymentRow) -> Payment:
    return Payment(
        id=row.id,
        patient_id=row.patient_id,
        visit_id=row.visit_id,
        purpose=row.purpose,
        amount=row.amount,
        status=row.status,
        token=row.token,
        paid_at=row.paid_at,
    )
