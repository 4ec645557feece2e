"""The record of calls: no call is without a row, and no row ends without an outcome."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import selectinload

from bot.domain.call import CallRecord, Speaker, Turn
from bot.domain.clock import Clock
from bot.storage.engine import Database, rows_changed
from bot.storage.outbox import publish
from bot.storage.tables import CallRow, TurnRow
from bot.storage.upsert import insert_if_new

logger = logging.getLogger(__name__)


class CallJournal:
    """Writes calls as they happen and shows them; every write is committed when its method returns."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def start_call(self, record: CallRecord) -> None:
        """Open the record together with its outbox event; one that is already there (resumed) is left as it stands."""
        async with self._database.write() as session:
            opened = await insert_if_new(
                session,
                CallRow,
                id=record.id,
                direction=record.direction,
                caller=record.caller,
                called=record.called,
                script=record.script,
                script_version=record.script_version,
                line=record.line,
                started_at=record.started_at,
                task_id=record.task_id,
            )
            if opened:
                publish(session, "call.started", {"call_id": record.id}, record.started_at)

    async def answered(self, call_id: str, at: datetime) -> None:
        """Note when audio began to flow; the first answer stands."""
        async with self._database.write() as session:
            await session.execute(
                update(CallRow).where(CallRow.id == call_id, CallRow.answered_at.is_(None)).values(answered_at=at)
            )

    async def add_turn(self, call_id: str, turn: Turn) -> None:
        """Write a turn down; the same number again replaces it."""
        async with self._database.write() as session:
            await session.merge(
                TurnRow(
                    call_id=call_id,
                    number=turn.number,
                    at=turn.at,
                    speaker=turn.speaker.value,
                    state=turn.state,
                    text=turn.text,
                    intent=turn.intent,
                    confidence=turn.confidence,
                    asr_confidence=turn.asr_confidence,
                    timings=dict(turn.timings),
                )
            )

    async def turns_taken(self, call_id: str) -> int:
        """The number of the last turn, 0 when there is none: a resumed call numbers on from it."""
        async with self._database.read() as session:
            return int(await session.scalar(select(func.max(TurnRow.number)).where(TurnRow.call_id == call_id)) or 0)

    async def end_call(self, call_id: str, *, at: datetime, outcome: Mapping[str, Any], recording: Path | None) -> None:
        """Close the record together with its outbox event; the first outcome stands. An outcome needs its name."""
        if not outcome.get("outcome"):
            raise ValueError("a call ends with a named outcome")
        await self._close(call_id, at, dict(outcome), str(recording) if recording else None)

    async def close_unfinished(self, reason: str, *, live: Collection[str] = ()) -> Sequence[str]:
        """Close calls that a crash left open, except those still `live`. Returns their ids, oldest first."""
        query = select(CallRow.id).where(CallRow.ended_at.is_(None), CallRow.id.not_in(live))
        async with self._database.read() as session:
            open_ids = (await session.scalars(query.order_by(CallRow.started_at, CallRow.id))).all()
        outcome = {"outcome": "ended_by_caller", "reason": reason, "happened": ["ended_by_caller"]}
        closed = [call_id for call_id in open_ids if await self._close(call_id, self._clock.now(), outcome, None)]
        if closed:
            logger.warning("calls without an end were closed", extra={"calls": len(closed), "reason": reason})
        return closed

    async def _close(self, call_id: str, at: datetime, outcome: dict[str, Any], recording: str | None) -> bool:
        async with self._database.write() as session:
            result = await session.execute(
                update(CallRow)
                .where(CallRow.id == call_id, CallRow.ended_at.is_(None))
                .values(ended_at=at, outcome=outcome, recording=recording)
            )
            closed = rows_changed(result) == 1
            if closed:
                publish(session, "call.ended", {"call_id": call_id, "outcome": outcome["outcome"]}, at)
        return closed

    async def live(self) -> Sequence[CallRecord]:
        """Calls that have not ended, with their turns, oldest first."""
        return await self._records(select(CallRow).where(CallRow.ended_at.is_(None)).order_by(CallRow.started_at))

    async def past(self, *, before: datetime | None, limit: int) -> Sequence[CallRecord]:
        """Ended calls begun before a moment, newest first, without their turns."""
        query = select(CallRow).where(CallRow.ended_at.is_not(None))
        if before is not None:
            query = query.where(CallRow.started_at < before)
        return await self._records(query.order_by(CallRow.started_at.desc(), CallRow.id).limit(limit), turns=False)

    async def last_calls(self, limit: int) -> Sequence[CallRecord]:
        """The last calls, ended or not, with their turns, newest first."""
        return await self._records(select(CallRow).order_by(CallRow.started_at.desc(), CallRow.id).limit(limit))

    async def call(self, call_id: str) -> CallRecord | None:
        """One call with its turns."""
        found = await self._records(select(CallRow).where(CallRow.id == call_id))
        return found[0] if found else None

    async def _records(self, query: Select[CallRow], *, turns: bool = True) -> Sequence[CallRecord]:
        if turns:
            query = query.options(selectinload(CallRow.turns))
        zone = self._clock.now().tzinfo
        async with self._database.read() as session:
            rows = (await session.scalars(query)).all()
            return [_record(row, zone, row.turns if turns else ()) for row in rows]


def _record(row: CallRow, zone: tzinfo | None, turns: Sequence[TurnRow]) -> CallRecord:
    return CallRecord(
        id=row.id,
        direction=row.direction,
        caller=row.caller,
        called=row.called,
        started_at=row.started_at.astimezone(zone),
        script=row.script,
        script_version=row.script_version,
        line=row.line,
        answered_at=row.answered_at.astimezone(zone) if row.answered_at else None,
        ended_at=row.ended_at.astimezone(zone) if row.ended_at else None,
        outcome=row.outcome,
        recording=row.recording,
        task_id=row.task_id,
        turns=tuple(_turn(turn, zone) for turn in turns),
    )


def _turn(row: TurnRow, zone: tzinfo | None) -> Turn:
    return Turn(
        number=row.number,
        at=row.at.astimezone(zone),
        speaker=Speaker(row.speaker),
        state=row.state,
        text=row.text,
        intent=row.intent,
        confidence=row.confidence,
        asr_confidence=row.asr_confidence,
        timings=row.timings,
    )
