"""A booking from beginning to end that is undone: what the first caller would wait for has happened before.

SQLAlchemy compiles a statement when it meets it first, which takes several times as long as to execute it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import Opening, OpeningQuery, RequestKind
from bot.storage.engine import Database
from crm_bridge.local.clinic import LocalClinic

log = logging.getLogger(__name__)

_NAME = "Репетиция Записи"
_BORN = date(1900, 1, 1)
_PHONE = "+70000000000"
_DAYS = 30
_LIMIT = 60
_PATIENCE_S = 5.0
"""A base that is locked for longer is no reason to wait with the calls."""


class _Undone(Exception):
    """The end of the rehearsal: nothing of it is kept."""


class _OneTransaction(LocalClinic):
    """The clinic's parts, all in one transaction that somebody else ends."""

    def __init__(self, clinic: LocalClinic, session: AsyncSession) -> None:
        ground = clinic.ground
        super().__init__(ground.database, ground.clock, hold_ttl=ground.hold_ttl, new_id=ground.new_id)
        self._session = session

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AsyncSession]:
        yield self._session

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncSession]:
        yield self._session
        await self._session.flush()


async def rehearse(clinic: LocalClinic, database: Database) -> bool:
    """Look, hold, book and request as a caller does, and roll it back; tells whether it came to a booking."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            # looking keeps nobody from writing, so it is done outside
            free = await _free(clinic, clinic.ground.clock.now().date())
            async with database.write() as session:
                booked = await _as_a_caller(_OneTransaction(clinic, session), free)
                raise _Undone
    except _Undone:
        return booked
    except Exception as error:
        # a clinic that cannot be rehearsed is found out by its first caller, as before
        log.warning("The rehearsal of a booking failed", extra={"error": type(error).__name__})
        return False


async def _as_a_caller(clinic: LocalClinic, free: Opening | None) -> bool:
    await clinic.patients_by_phone(_PHONE)
    await clinic.create_request(RequestKind.CALLBACK, {}, call_id=None, phone=_PHONE, patient_id=None)
    if free is None:
        return False
    held = await clinic.hold(free.id, owner="rehearsal")
    await clinic.find_patient(_NAME, _BORN)
    patient = await clinic.register_patient(full_name=_NAME, birth_date=_BORN, phone=_PHONE)
    await clinic.book(held.id, patient_id=patient.id, call_id=None)
    await clinic.visits_of([patient.id])
    return True


async def _free(clinic: LocalClinic, today: date) -> Opening | None:
    """An opening of a doctor's: by the wishes that callers have, in the shapes that these give a query."""
    first, last = today + timedelta(days=1), today + timedelta(days=_DAYS)
    for specialty in (await clinic.directory()).specialties:
        wished = OpeningQuery(
            specialty=specialty, date_from=first, date_to=last, time_from=time(8), time_to=time(23), limit=_LIMIT
        )
        timed = await clinic.openings(wished)
        await clinic.openings(OpeningQuery(specialty=specialty, date_from=first, date_to=last, limit=_LIMIT))
        await clinic.openings(OpeningQuery(specialty=specialty, limit=_LIMIT))
        if timed:
            return timed[-1]  # the soonest is what somebody may be offered at this moment
    return None
