"""What happens to a visit after it is booked: confirmed, approved, cancelled, missed, attended (P4-P7, I17, I20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import Funding, Visit, VisitStatus
from bot.domain.follow_up import BOT, NOT_SAID, Actor, ActorKind, FollowUp, ReasonClass
from crm_bridge.local.booking import lock_visit
from crm_bridge.local.consequences import Case, apply
from crm_bridge.local.devices import free_devices
from crm_bridge.local.lead_book import require_reason
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import price_of, visits_of_rows
from crm_bridge.local.standing import PREPAYMENT, SERVICE, settle, void_demands
from crm_bridge.local.tables import ApprovalRow, GivenServiceRow, ReasonRow, ServiceRow, VisitRow
from crm_bridge.local.work import Work
from crm_bridge.port import IllegalStep, NotFound, Refused
from crm_bridge.rules.aftermath import VisitEvent
from crm_bridge.rules.basics import require_coming
from crm_bridge.rules.route import require_step

DOCTOR_SIDE, MONEY_SIDE = "doctor", "money"
"""The two sides of an approval: medical need; payment or policy, by accountant or insurance coordinator."""
_PATIENT, _CLINIC = "patient", "clinic"
_EVENTS = {
    _PATIENT: VisitEvent.CANCELLED_BY_PATIENT,
    _CLINIC: VisitEvent.CANCELLED_BY_CLINIC,
    "unpaid": VisitEvent.UNPAID,
    "expired": VisitEvent.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A service given at a visit: from the dictionary, how often, with which materials (P7)."""

    service_id: str
    quantity: int = 1
    materials: str = ""


class LocalRoute(LocalPart):
    """The rest of a visit's way on SQL."""

    async def confirm(self, visit_id: str, *, call_id: str | None, by: Actor = BOT) -> Visit:
        """The patient has said that they will come. Raises Refused while an approval or a payment is missing (P11)."""
        async with self._work(by, call_id) as work:
            row = await lock_visit(work.session, visit_id)
            if row.status != VisitStatus.CONFIRMED:
                require_coming(VisitStatus(row.status))
                if row.status != VisitStatus.BOOKED:
                    raise Refused("Приём ещё не согласован или не оплачен: подтвердить его нельзя")
                await self._to(work, row, VisitStatus.CONFIRMED)
            return await _visit(work.session, row)

    async def cancel(self, visit_id: str, *, reason: str, call_id: str | None, by: Actor = BOT) -> Visit:
        """What the bot does for a patient; a reason that is not in the dictionary is kept in words."""
        async with self._work(by, call_id) as work:
            known = await work.session.get(ReasonRow, reason) if reason else None
            row = await lock_visit(work.session, visit_id)
            row.cancel_reason = row.cancel_reason if row.status == VisitStatus.CANCELLED else reason
            return await self._cancel(work, row, _PATIENT, known.id if known else NOT_SAID, FollowUp.TASK)

    async def cancel_visit(
        self,
        visit_id: str,
        *,
        cancelled_by: str,
        reason_id: str | None,
        by: Actor,
        follow_up: FollowUp | None = None,
        call_id: str | None = None,
    ) -> Visit:
        """Cancel for the `patient` or the `clinic` (P6).

        Raises Refused without a reason of the dictionary, or where a reason that needs a visit has no follow-up (I17).
        """
        async with self._work(by, call_id) as work:
            reason = await require_reason(work, reason_id)
            if by.kind is ActorKind.STAFF and reason.id == NOT_SAID:
                raise Refused("Выберите причину: «не назвал(а)» ставит только робот")
            needs = reason.reason_class == ReasonClass.NEEDS_VISIT and cancelled_by == _PATIENT
            if needs and follow_up in (None, FollowUp.NONE):
                raise Refused("Пациенту нужен приём: выберите задачу, лист ожидания или «решить позже»")
            row = await lock_visit(work.session, visit_id)
            return await self._cancel(work, row, cancelled_by, reason.id, follow_up or FollowUp.TASK)

    async def _cancel(self, work: Work, row: VisitRow, cancelled_by: str, reason_id: str, follow_up: FollowUp) -> Visit:
        if row.status != VisitStatus.CANCELLED:
            require_coming(VisitStatus(row.status))
            require_step(VisitStatus(row.status), VisitStatus.CANCELLED)
            await free_devices(work.session, row.opening_id)
            row.cancelled_by, row.reason_id, row.closed_at, row.deadline_at = cancelled_by, reason_id, work.now, None
            row.opening_id = None
            await void_demands(work, row, PREPAYMENT, SERVICE)
            await self._to(work, row, VisitStatus.CANCELLED)
            case = Case(event=_EVENTS[cancelled_by], follow_up=follow_up, reason_id=reason_id)
            await apply(work, row, case)
            work.audit("visit.cancel", "visit", row.id, by=cancelled_by, reason=reason_id, late=row.late)
        return await _visit(work.session, row)

    async def withdraw(self, visit_id: str, why: str, *, by: Actor) -> Visit:
        """Give the opening back because a deadline has passed: `unpaid` or `expired`."""
        async with self._work(by) as work:
            row = await lock_visit(work.session, visit_id)
            if row.deadline_at is None or row.deadline_at > work.now:
                return await _visit(work.session, row)
            return await self._cancel(work, row, why, why, FollowUp.TASK)

    async def check(self, visit_id: str, *, by: Actor) -> Visit:
        """The data of a «Новая заявка» is right: on to approval, payment, or final."""
        async with self._work(by) as work:
            row = await lock_visit(work.session, visit_id)
            if row.status != VisitStatus.REQUESTED:
                raise IllegalStep("Это уже не новая заявка")
            await settle(work, row)
            work.audit("visit.check", "visit", row.id)
            return await _visit(work.session, row)

    async def approve(self, visit_id: str, side: str, *, by: Actor) -> Visit:
        """One OK of the `doctor` or the `money` side; the last one needed moves the visit on by itself (P5)."""
        if side not in (DOCTOR_SIDE, MONEY_SIDE):
            raise Refused("Согласование бывает врача (doctor) или оплаты (money)")
        async with self._work(by) as work:
            row = await lock_visit(work.session, visit_id)
            if row.status != VisitStatus.AWAITING_APPROVAL:
                raise IllegalStep("Приём не ждёт согласования")
            given = (await work.session.scalars(select(ApprovalRow).where(ApprovalRow.visit_id == visit_id))).all()
            if any(one.by == str(by) for one in given):
                raise Refused("Второе согласование даёт другой сотрудник")
            if any(one.side == side for one in given):
                raise Refused("С этой стороны согласование уже есть")
            work.session.add(ApprovalRow(visit_id=visit_id, side=side, by=str(by), at=work.now))
            await work.session.flush()
            work.audit("visit.approve", "visit", row.id, side=side)
            await settle(work, row)
            if row.status == VisitStatus.BOOKED:
                work.publish("visit.approved", visit_id=row.id)
            return await _visit(work.session, row)

    async def no_show(self, visit_id: str, *, by: Actor) -> Visit:
        """Nobody came."""
        async with self._work(by) as work:
            row = await lock_visit(work.session, visit_id)
            if row.status != VisitStatus.NO_SHOW:
                if row.starts_at > work.now:
                    raise IllegalStep("Приём ещё не начался")
                require_step(VisitStatus(row.status), VisitStatus.NO_SHOW)
                await self._to(work, row, VisitStatus.NO_SHOW)
                row.closed_at = work.now
                await apply(work, row, Case(event=VisitEvent.NO_SHOW))
            return await _visit(work.session, row)

    async def attend(self, visit_id: str, *, by: Actor, given: Sequence[Given] = (), comment: str = "") -> Visit:
        """The patient came: what was done, from the dictionary (P7). A no-show's task closes itself."""
        async with self._work(by) as work:
            row = await lock_visit(work.session, visit_id)
            was_no_show = row.status == VisitStatus.NO_SHOW
            if row.status != VisitStatus.COMPLETED:
                if row.starts_at > work.now:
                    raise IllegalStep("Приём ещё не начался")
                require_step(VisitStatus(row.status), VisitStatus.COMPLETED)
                await self._to(work, row, VisitStatus.COMPLETED)
                row.closed_at = work.now
                row.comment = f"{row.comment}\n{comment}".strip()
                await apply(work, row, Case(event=VisitEvent.ATTENDED, was_no_show=was_no_show))
            await _write_given(work, row, given)
            await apply(work, row, Case(event=VisitEvent.PAID))
            return await _visit(work.session, row)

    async def prep_told(self, visit_id: str, *, call_id: str | None, by: Actor = BOT) -> None:
        """«Подготовка доведена» (TD3, C7)."""
        async with self._work(by, call_id) as work:
            row = await lock_visit(work.session, visit_id)
            row.prep_told = True

    async def _to(self, work: Work, row: VisitRow, status: VisitStatus) -> None:
        row.status, row.updated_at = status.value, work.now
        await work.session.flush()
        work.publish(f"visit.{status.value}", visit_id=row.id, call_id=work.call_id)


async def _write_given(work: Work, row: VisitRow, given: Sequence[Given]) -> None:
    """Replaces what was written before; the visit's price becomes what the patient pays for what was given."""
    if not given:
        return
    await work.session.execute(delete(GivenServiceRow).where(GivenServiceRow.visit_id == row.id))
    total = 0
    for one in given:
        service = await work.session.get(ServiceRow, one.service_id)
        if service is None or one.quantity < 1:
            raise NotFound("Такой услуги нет в справочнике")
        total += price_of(service, Funding(row.funding)) * one.quantity
        work.session.add(
            GivenServiceRow(
                visit_id=row.id,
                service_id=service.id,
                quantity=one.quantity,
                price=service.price or 0,
                materials=one.materials,
            )
        )
    row.price = total
    await work.session.flush()


async def _visit(session: AsyncSession, row: VisitRow) -> Visit:
    return (await visits_of_rows(session, [row]))[0]
