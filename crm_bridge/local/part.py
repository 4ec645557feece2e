"""What the parts of the bundled system share: database, clock, ids, and outages told as CrmUnavailable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clock import Clock
from bot.domain.follow_up import Actor
from bot.storage.engine import DATABASE_OUTAGES, Database, is_outage
from bot.storage.outbox import publish
from crm_bridge.local.work import Work, holidays, rule_settings
from crm_bridge.port import CrmUnavailable
from crm_bridge.rules.basics import HOLD_TTL


def new_uuid() -> str:
    """A fresh id."""
    return str(uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all parts stand on."""

    database: Database
    clock: Clock
    hold_ttl: timedelta = HOLD_TTL
    new_id: Callable[[], str] = new_uuid


class LocalPart:
    """Base of the parts; every public method is one transaction."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._database = ground.database
        self._clock = ground.clock
        self._hold_ttl = ground.hold_ttl
        self._new_id = ground.new_id

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AsyncSession]:
        async with _outages_told(), self._database.read() as session:
            yield session

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncSession]:
        async with _outages_told(), self._database.write() as session:
            yield session

    @asynccontextmanager
    async def _work(self, by: Actor, call_id: str | None = None) -> AsyncIterator[Work]:
        """A transaction in which rules are applied."""
        async with self._write() as session:
            yield Work(
                session=session,
                now=self._clock.now(),
                by=by,
                settings=await rule_settings(session),
                holidays=await holidays(session),
                new_id=self._new_id,
                call_id=call_id,
            )

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
