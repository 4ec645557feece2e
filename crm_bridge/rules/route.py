"""The way of a visit (P4): which status may follow which, and where a booking begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.clinic import VisitStatus
from crm_bridge.port import IllegalStep

S = VisitStatus

NEXT: Mapping[VisitStatus, frozenset[VisitStatus]] = {
    S.REQUESTED: frozenset({S.AWAITING_APPROVAL, S.AWAITING_PAYMENT, S.BOOKED, S.CANCELLED}),
    S.AWAITING_APPROVAL: frozenset({S.AWAITING_PAYMENT, S.BOOKED, S.CANCELLED}),
    S.AWAITING_PAYMENT: frozenset({S.BOOKED, S.CANCELLED}),
    S.BOOKED: frozenset({S.BOOKED, S.CONFIRMED, S.COMPLETED, S.NO_SHOW, S.CANCELLED}),
    S.CONFIRMED: frozenset({S.BOOKED, S.COMPLETED, S.NO_SHOW, S.CANCELLED}),
    # who was late after all, or was marked by mistake
    S.NO_SHOW: frozenset({S.COMPLETED}),
    S.COMPLETED: frozenset(),
    S.CANCELLED: frozenset(),
}

TITLES: Mapping[VisitStatus, str] = {
    S.REQUESTED: "Новая заявка",
    S.AWAITING_APPROVAL: "Ожидает согласования",
    S.AWAITING_PAYMENT: "Ожидает оплаты",
    S.BOOKED: "Подтверждена",
    S.CONFIRMED: "Подтверждена пациентом",
    S.COMPLETED: "Приём состоялся",
    S.NO_SHOW: "Отмена (не пришёл)",
    S.CANCELLED: "Отменено",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a booking still lacks before it is final."""

    unchecked: bool = False
    approvals_missing: int = 0
    payment_due: bool = False


def require_step(before: VisitStatus, after: VisitStatus) -> None:
    """Raise IllegalStep for a transition that the route does not have."""
    if after not in NEXT[before]:
        raise IllegalStep(f"Нельзя: «{TITLES[before]}» → «{TITLES[after]}»")


def standing(conditions: Conditions) -> VisitStatus:
    """Where a visit stands: data checked first, then the approvals, then the money."""
    if conditions.unchecked:
        return S.REQUESTED
    if conditions.approvals_missing > 0:
        return S.AWAITING_APPROVAL
    return S.AWAITING_PAYMENT if conditions.payment_due else S.BOOKED
