"""INSERT … ON CONFLICT DO NOTHING, which both databases have and SQLAlchemy's core has not."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.base import Base
from bot.storage.engine import rows_changed


async def insert_if_new(session: AsyncSession, model: type[Base], **values: Any) -> bool:
    """Insert a row unless a unique constraint stands against it; tell whether it was inserted."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    result = await session.execute(insert(model).values(**values).on_conflict_do_nothing())
    return rows_changed(result) == 1
