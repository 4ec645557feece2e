"""The outbox: events written with the facts they tell, handed on at least once and in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clock import Clock
from bot.storage.engine import Database, rows_changed
from bot.storage.tables.outbox import OutboxRow

logger = logging.getLogger(__name__)

Handler = Callable[["OutboxEvent"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvent:
    """Something that happened: `topic` such as `visit.booked`, `payload` of ids, never of names or phones."""

    id: int
    topic: str
    payload: Mapping[str, Any]
    created_at: datetime
    attempts: int


def publish(session: AsyncSession, topic: str, payload: Mapping[str, Any], at: datetime) -> None:
    """Add an event to the caller's transaction."""
    session.add(OutboxRow(topic=topic, payload=dict(payload), created_at=at, attempts=0))


class Outbox:
    """Reads what was published and hands it on."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def pending(self, limit: int = 100) -> Sequence[OutboxEvent]:
        """Events that nobody has taken yet, oldest first."""
        query = select(OutboxRow).where(OutboxRow.published_at.is_(None)).order_by(OutboxRow.id).limit(limit)
        async with self._database.read() as session:
            return [_event(row) for row in await session.scalars(query)]

    async def backlog(self) -> int:
        """How many events wait."""
        query = select(func.count()).select_from(OutboxRow).where(OutboxRow.published_at.is_(None))
        async with self._database.read() as session:
            return int(await session.scalar(query) or 0)

    async def relay(self, handler: Handler, limit: int = 100) -> int:
        """Hand pending events to `handler`; stops at the first that fails, to keep the order. Returns how many went."""
        done = 0
        for event in await self.pending(limit):
            try:
                await handler(event)
            except Exception:
                logger.exception("outbox event was not taken", extra={"outbox_id": event.id, "topic": event.topic})
                await self._mark(event.id, taken=False)
                return done
            await self._mark(event.id, taken=True)
            done += 1
        return done

    async def forget(self, older_than: timedelta) -> int:
        """Delete events that were taken longer ago than this. Returns how many."""
        taken_before = self._clock.now() - older_than
        async with self._database.write() as session:
            result = await session.execute(delete(OutboxRow).where(OutboxRow.published_at < taken_before))
        return rows_changed(result)

    async def _mark(self, event_id: int, *, taken: bool) -> None:
        values: dict[str, Any] = {"attempts": OutboxRow.attempts + 1}
        if taken:
            values["published_at"] = self._clock.now()
        async with self._database.write() as session:
            await session.execute(update(OutboxRow).where(OutboxRow.id == event_id).values(**values))


def each_of(*handlers: Handler) -> Handler:
    """One listener made of several; the outbox keeps an event until all have taken it."""

    async def tell(event: OutboxEvent) -> None:
        for handler in handlers:
            await handler(event)

    return tell


def _event(row: OutboxRow) -> OutboxEvent:
    return OutboxEvent(
        id=row.id, topic=row.topic, payload=row.payload, created_at=row.created_at, attempts=row.attempts
    )


class OutboxRelay:
    """Hands the outbox on, round by round, and forgets what was taken long ago."""

    def __init__(
        self, outbox: Outbox, handler: Handler, *, round_s: float = 1.0, keep: timedelta = timedelta(days=30)
    ) -> None:
        self._outbox = outbox
        self._handler = handler
        self._round_s = round_s
        self._keep = keep
        self._going: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Forget what is old, then relay until closed."""
        await self._outbox.forget(self._keep)
        self._going = asyncio.create_task(self._go())

    async def close(self) -> None:
        """Stop; what was not handed on waits for the next start. Safe before start and twice."""
        if self._going is not None:
            self._going.cancel()
            await asyncio.gather(self._going, return_exceptions=True)
            self._going = None

    async def _go(self) -> None:
        while True:
            try:
                await self._outbox.relay(self._handler)
            except Exception:
                logger.exception("a round of the outbox failed")
            await asyncio.sleep(self._round_s)
