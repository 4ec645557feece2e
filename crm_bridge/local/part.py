"""What the parts of the bundled system share: database, clock, ids, and outages told as CrmUnavailable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clock import Clock
from bot.storage.engine import DATABASE_OUTAGES, Database, is_outage
from bot.storage.outbox import publish
from crm_bridge.port import CrmUnavailable
from crm_bridge.rules import HOLD_TTL


def new_uuid() -> str:
    """A fresh id."""
    return str(uuid4())


class LocalPart:
    """Base of the parts; every public method is one transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        hold_ttl: timedelta = HOLD_TTL,
        new_id: Callable[[], str] = new_uuid,
    ) -> None:
        self._database = database
        self._clock = clock
        self._hold_ttl = hold_ttl
        self._new_id = new_id

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AsyncSession]:
        async with _outages_told(), self._database.read() as session:
            yield session

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncSession]:
        async with _outages_told(), self._database.write() as session:
            yield session

    def _publish(self, session: AsyncSession, topic: str, **ids: str | None) -> None:
        publish(session, topic, ids, self._clock.now())


@asynccontextmanager
async def _outages_told() -> AsyncIterator[None]:
    try:
        yield
    except (*DATABASE_OUTAGES, DBAPIError) as error:
        if is_outage(error):
            # The driver's message may carry the statement's values: names and phones.
            raise CrmUnavailable("База клиники не отвечает: проверьте её командой registratura doctor") from None
        raise
