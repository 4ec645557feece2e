"""Repeated requests of the API: the same key gives the same answer, and the work is done once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from bot.storage.upsert import insert_if_new
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import IdempotencyRow

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The first request with this key; without `status` it is still under way, or was cut off."""

    fingerprint: str
    status: int | None
    body: Mapping[str, Any] | None
    begun_at: datetime


class LocalRepeats(LocalPart):
    """Idempotency keys on SQL, for a day."""

    async def begin(self, actor: str, key: str, fingerprint: str) -> Earlier | None:
        """Claim the key for one request; None when it is the first."""
        now = self._clock.now()
        async with self._write() as session:
            await session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at <= now - KEPT))
            if await insert_if_new(
                session, IdempotencyRow, actor=actor, key=key, fingerprint=fingerprint, created_at=now
            ):
                return None
            row = await session.get_one(IdempotencyRow, (actor, key))
            return Earlier(fingerprint=row.fingerprint, status=row.status, body=row.body, begun_at=row.created_at)

    async def finish(self, actor: str, key: str, status: int, body: Mapping[str, Any] | None) -> None:
        """Keep the answer."""
        async with self._write() as session:
            await session.execute(
                update(IdempotencyRow)
                .where(IdempotencyRow.actor == actor, IdempotencyRow.key == key)
                .values(status=status, body=dict(body) if body is not None else None)
            )

    async def abandon(self, actor: str, key: str) -> None:
        """Nothing was written: the key may be used again."""
        async with self._write() as session:
            await session.execute(
                delete(IdempotencyRow).where(IdempotencyRow.actor == actor, IdempotencyRow.key == key)
            )
