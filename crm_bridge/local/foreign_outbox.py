"""The foreign outbox in SQL.

The bundled system's own outbox is not enough for it: that one has a single reader, keeps a strict order (one system
that is down would hold up the page's news too), and cannot say «sent, answer unknown», on which everything rests here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import aliased

from bot.storage.engine import rows_changed
from bot.storage.upsert import insert_if_new
from crm_bridge.foreign_outbox import OPEN_STATES, ForeignWrite, WriteKind, WriteState
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import ForeignWriteRow

_OPEN = tuple(state.value for state in OPEN_STATES)


class SqlForeignOutbox(LocalPart):
    """ForeignOutbox on SQL."""

    async def add(self, write: ForeignWrite) -> bool:
        async with self._write() as session:
            return await insert_if_new(
                session,
                ForeignWriteRow,
                id=write.id,
                system=write.system,
                kind=write.kind.value,
                content=dict(write.content),
                after=write.after,
                state=write.state.value,
                reference=write.reference,
                attempts=write.attempts,
                fault=write.fault,
                created_at=write.created_at,
                due_at=write.due_at,
            )

    async def get(self, write_id: str) -> ForeignWrite | None:
        found = await self._found(select(ForeignWriteRow).where(ForeignWriteRow.id == write_id))
        return found[0] if found else None

    async def following(self, write_id: str) -> Sequence[ForeignWrite]:
        return await self._found(select(ForeignWriteRow).where(ForeignWriteRow.after == write_id))

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[ForeignWrite]:
        before = aliased(ForeignWriteRow)
        waits = select(before.id).where(before.id == ForeignWriteRow.after, before.state.in_(_OPEN)).exists()
        query = select(ForeignWriteRow).where(ForeignWriteRow.state.in_(_OPEN), ForeignWriteRow.due_at <= now, ~waits)
        return await self._found(query.limit(limit))

    async def claim(self, write: ForeignWrite, *, until: datetime) -> bool:
        values = {"state": WriteState.SENT.value, "attempts": write.attempts + 1, "due_at": until}
        async with self._write() as session:
            result = await session.execute(
                update(ForeignWriteRow)
                .where(
                    ForeignWriteRow.id == write.id,
                    ForeignWriteRow.attempts == write.attempts,
                    ForeignWriteRow.state.in_(_OPEN),
                )
                .values(**values)
            )
        return rows_changed(result) == 1

    async def done(self, write_id: str, reference: str) -> None:
        await self._change(write_id, state=WriteState.DONE.value, reference=reference, content={}, fault="")

    async def again(self, write_id: str, *, at: datetime, state: WriteState) -> None:
        await self._change(write_id, state=state.value, due_at=at)

    async def give_up(self, write_id: str, fault: str) -> None:
        await self._change(write_id, state=WriteState.GIVEN_UP.value, fault=fault)

    async def given_up(self) -> Sequence[ForeignWrite]:
        return await self._found(select(ForeignWriteRow).where(ForeignWriteRow.state == WriteState.GIVEN_UP.value))

    async def backlog(self) -> int:
        query = select(func.count()).select_from(ForeignWriteRow).where(ForeignWriteRow.state.in_(_OPEN))
        async with self._read() as session:
            return int(await session.scalar(query) or 0)

    async def _change(self, write_id: str, **values: Any) -> None:
        async with self._write() as session:
            await session.execute(update(ForeignWriteRow).where(ForeignWriteRow.id == write_id).values(**values))

    async def _found(self, query: Select[ForeignWriteRow]) -> Sequence[ForeignWrite]:
        async with self._read() as session:
            ordered = query.order_by(ForeignWriteRow.created_at, ForeignWriteRow.id)
            return [_write(row) for row in await session.scalars(ordered)]


def _write(row: ForeignWriteRow) -> ForeignWrite:
    return ForeignWrite(
        id=row.id,
        system=row.system,
        kind=WriteKind(row.kind),
        content=row.content,
        created_at=row.created_at,
        due_at=row.due_at,
        after=row.after,
        state=WriteState(row.state),
        reference=row.reference,
        attempts=row.attempts,
        fault=row.fault,
    )
