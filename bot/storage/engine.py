"""The database: one engine with a reading and a writing unit of work, SQLite or PostgreSQL by URL."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

SUPPORTED = ("sqlite+aiosqlite", "postgresql+asyncpg")
BUSY_TIMEOUT_MS = 10_000

DATABASE_OUTAGES = (OperationalError, InterfaceError, OSError)
"""What an unreachable or locked database raises; anything else is a fault of ours."""


class UnsupportedDatabase(ValueError):
    """The URL names a database or driver that is not ours."""


def create_engine_for(url: str) -> AsyncEngine:
    """Return an engine for `sqlite+aiosqlite:///file` or `postgresql+asyncpg://…`. Raises UnsupportedDatabase."""
    parsed = make_url(url)
    if parsed.drivername not in SUPPORTED:
        raise UnsupportedDatabase(f"database URL must begin with one of {', '.join(SUPPORTED)}")
    # Parameters are patients' names and words: an error that reaches the log must not carry them there.
    serializer = functools.partial(json.dumps, ensure_ascii=False)
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(url, json_serializer=serializer, hide_parameters=True)
        _prepare_sqlite(engine)
        return engine
    return create_async_engine(url, json_serializer=serializer, hide_parameters=True, pool_pre_ping=True)


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """Write-ahead log, patience, foreign keys; and transactions that begin where we say."""

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # The driver's own BEGIN comes too late (before the first write): two readers would both become writers.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=NORMAL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Database:
    """An engine and its two kinds of transaction; closed by `dispose`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine_for(url)
        self._writing = async_sessionmaker(self.engine, expire_on_commit=False)
        self._reading = async_sessionmaker(self.engine.execution_options(reading=True), expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction, committed at the end of the block or rolled back by an exception; on SQLite, the only one."""
        async with self._writing.begin() as session:
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that must not write; on SQLite it does not wait for writers."""
        async with self._reading.begin() as session:
            yield session

    async def dispose(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def is_outage(error: Exception) -> bool:
    """Tell an unreachable database from a refusal of ours."""
    return isinstance(error, DATABASE_OUTAGES) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def rows_changed(result: Any) -> int:
    """How many rows an UPDATE or DELETE touched."""
    return int(result.rowcount)
