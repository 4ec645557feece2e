"""Brings a database to a revision of the Alembic history, from code; the command line calls the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.storage.engine import create_engine_for

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_KEY = 7_395_001

T = TypeVar("T")


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database up to `revision`; two processes that start at once do it one after the other."""
    await _in_transaction(url, lambda connection: command.upgrade(_config(connection), revision))


async def downgrade(url: str, revision: str) -> None:
    """Take the database down to `revision`; `base` removes every table."""
    await _in_transaction(url, lambda connection: command.downgrade(_config(connection), revision))


async def current_revision(url: str) -> str | None:
    """The revision the database is at, None when nothing was ever migrated."""
    engine = create_engine_for(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    finally:
        await engine.dispose()


def head_revision() -> str:
    """The newest revision of the history."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    if head is None:
        raise RuntimeError("the migration history is empty")
    return head


async def _in_transaction(url: str, work: Callable[[Connection], T]) -> T:
    engine = create_engine_for(url)
    try:
        async with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
