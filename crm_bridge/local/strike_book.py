"""Strikes within a transaction: written, taken back, lifted (C16)."""

from __future__ import annotations

from sqlalchemy import select, update

from bot.storage.upsert import insert_if_new
from crm_bridge.local.tables import StrikeRow, VisitRow
from crm_bridge.local.work import Work
from crm_bridge.rules.aftermath import StrikeChange
from crm_bridge.rules.strikes import Strike, counted, prepayment_due


async def change_strikes(work: Work, row: VisitRow, change: StrikeChange) -> None:
    """One visit gives one strike at most."""
    match change:
        case StrikeChange.ADD:
            if await insert_if_new(work.session, StrikeRow, visit_id=row.id, patient_id=row.patient_id, at=work.now):
                work.publish("strike.added", visit_id=row.id, patient_id=row.patient_id)
        case StrikeChange.TAKE_BACK:
            await _lift(work, StrikeRow.visit_id == row.id, "приём состоялся")
        case StrikeChange.RESET:
            await _lift(work, StrikeRow.patient_id == row.patient_id, "состоялся предоплаченный приём")
        case StrikeChange.KEEP:
            pass


async def _lift(work: Work, condition: object, why: str) -> None:
    await work.session.execute(
        update(StrikeRow)
        .where(condition, StrikeRow.lifted_at.is_(None))  # type: ignore[arg-type]
        .values(lifted_at=work.now, lifted_by=str(work.by), lifted_why=why)
    )


async def lift_all(work: Work, patient_id: str, why: str) -> None:
    """The director forgives; audited."""
    await _lift(work, StrikeRow.patient_id == patient_id, why)
    work.audit("strikes.lift", "patient", patient_id, why=why)


async def strike_count(work: Work, patient_id: str) -> int:
    """How many count now."""
    return counted(await _strikes(work, patient_id), work.now, work.settings)


async def must_prepay(work: Work, patient_id: str) -> bool:
    """Whether the patient's next booking waits for money."""
    return prepayment_due(await _strikes(work, patient_id), work.now, work.settings)


async def _strikes(work: Work, patient_id: str) -> list[Strike]:
    rows = await work.session.scalars(select(StrikeRow).where(StrikeRow.patient_id == patient_id))
    return [Strike(at=row.at, lifted=row.lifted_at is not None) for row in rows]
