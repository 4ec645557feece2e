"""The resume mark: how far a file has come, moved in the transaction of the batch that it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.follow_up import SYSTEM
from bot.storage.engine import Database, rows_changed
from bot.storage.outbox import publish
from bot.storage.upsert import insert_if_new
from crm_bridge.local.exchange.errors import ExchangeError
from crm_bridge.local.tables import AuditRow, ImportErrorRow, ImportRunRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where an import stands: rows done, what became of them, what was wrong by line."""

    run_id: str
    rows_done: int
    counts: Mapping[str, int]
    errors: Mapping[int, str]


async def begin(database: Database, *, file_hash: str, kind: str, file_name: str, now: datetime, run_id: str) -> Mark:
    """Begin, or go on where a killed import of the same file stopped; a finished one begins anew."""
    async with database.write() as session:
        values = {"kind": kind, "file_name": file_name, "rows_done": 0, "counts": {}, "started_at": now}
        await insert_if_new(session, ImportRunRow, id=run_id, file_hash=file_hash, **values)
        query = select(ImportRunRow).where(ImportRunRow.file_hash == file_hash).with_for_update()
        row = (await session.scalars(query)).one()
        if row.finished_at is not None:
            await session.execute(delete(ImportErrorRow).where(ImportErrorRow.run_id == row.id))
            row.rows_done, row.counts, row.started_at, row.finished_at = 0, {}, now, None
        found = await session.scalars(select(ImportErrorRow).where(ImportErrorRow.run_id == row.id))
        errors = {one.line: one.message for one in found}
        return Mark(run_id=row.id, rows_done=row.rows_done, counts=dict(row.counts), errors=errors)


async def advance(
    session: AsyncSession, run_id: str, *, before: int, after: int, counts: Mapping[str, int], errors: Mapping[int, str]
) -> None:
    """Count a batch as done. Raises ExchangeError when another process has counted it meanwhile."""
    moved = await session.execute(
        update(ImportRunRow)
        .where(ImportRunRow.id == run_id, ImportRunRow.rows_done == before, ImportRunRow.finished_at.is_(None))
        .values(rows_done=after, counts=dict(counts))
    )
    if rows_changed(moved) != 1:
        raise ExchangeError("Этот файл сейчас загружает другая команда: дождитесь её конца и повторите")
    if errors:
        rows = [{"run_id": run_id, "line": line, "message": message} for line, message in errors.items()]
        await session.execute(insert(ImportErrorRow), rows)


async def finish(database: Database, mark: Mark, *, kind: str, counts: Mapping[str, int], now: datetime) -> None:
    """Close the run: what was wrong is in the error file now."""
    async with database.write() as session:
        await session.execute(delete(ImportErrorRow).where(ImportErrorRow.run_id == mark.run_id))
        await session.execute(update(ImportRunRow).where(ImportRunRow.id == mark.run_id).values(finished_at=now))
        detail = {"kind": kind, **counts}
        session.add(
            AuditRow(
                at=now, actor=str(SYSTEM), action="import", subject="import", subject_id=mark.run_id, detail=detail
            )
        )
        publish(session, "clinic.loaded", {"kind": kind}, now)
