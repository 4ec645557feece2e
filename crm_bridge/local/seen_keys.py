"""Events of other systems that have been worked in, on SQL: a repetition is known after a restart too."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete, select

from bot.storage.upsert import insert_if_new
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import ForeignSeenRow

KEPT = timedelta(days=30)
"""A webhook of Pyrus carries no moment of signing: only this tells an old one that somebody sends again."""


class SqlSeenKeys(LocalPart):
    """SeenKeys on SQL; keys are kept hashed, since their length is the other system's choice."""

    async def has(self, key: str) -> bool:
        async with self._read() as session:
            query = select(ForeignSeenRow.event_key).where(ForeignSeenRow.event_key == _hashed(key))
            return await session.scalar(query) is not None

    async def add(self, key: str) -> None:
        now = self._clock.now()
        async with self._write() as session:
            await session.execute(delete(ForeignSeenRow).where(ForeignSeenRow.seen_at < now - KEPT))
            await insert_if_new(session, ForeignSeenRow, event_key=_hashed(key), seen_at=now)


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
