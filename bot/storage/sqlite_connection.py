"""SQLite behind aiosqlite with one trip to its thread for a statement, where the driver makes four.

A caller waits for every trip, and each wakes two threads: cursor, execute, fetch and close are done in one, and a
transaction begins on the way to its first statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")

AHEAD = 500
"""Rows fetched together with the execution: longer results (a backup's) are still fetched piece by piece."""


class OneTripConnection(aiosqlite.Connection):
    """aiosqlite's connection with cursors of ours; its thread ends with the process."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, AHEAD)
        self._thread.daemon = True
        self._opening = ""

    def cursor(self) -> OneTripCursor:  # type: ignore[override]  # the driver's makes a trip for nothing but itself
        """A cursor, without asking the thread for one."""
        return OneTripCursor(self)

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Do it in the connection's thread."""
        done: T = await self._execute(work, *args)  # type: ignore[no-untyped-call]
        return done

    def begin_with(self, opening: str) -> None:
        """A transaction begins, by this statement, together with the first that is executed."""
        self._opening = opening

    async def commit(self) -> None:
        """Commit; a transaction in which nothing was executed has not begun."""
        if not self._never_begun():
            await super().commit()

    async def rollback(self) -> None:
        """Roll back; a transaction in which nothing was executed has not begun."""
        if not self._never_begun():
            await super().rollback()

    def _never_begun(self) -> bool:
        opening, self._opening = self._opening, ""
        return bool(opening)

    def new_cursor(self) -> sqlite3.Cursor:
        """A cursor of the standard library, within the transaction; only in the connection's thread."""
        opening, self._opening = self._opening, ""
        if opening:
            self._conn.execute(opening)
        return self._conn.cursor()


class OneTripCursor:
    """What SQLAlchemy asks of a driver's cursor."""

    arraysize = 1

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._ahead: list[Any] = []
        self._over = True

    async def __aenter__(self) -> OneTripCursor:
        return self

    @property
    def description(self) -> Any:
        """Columns of the result; None where the statement gives none."""
        return self._cursor.description if self._cursor is not None else None

    @property
    def rowcount(self) -> int:
        """Rows that were changed; -1 where that is not known."""
        return self._cursor.rowcount if self._cursor is not None else -1

    @property
    def lastrowid(self) -> int | None:
        """Id of the row that was inserted last."""
        return self._cursor.lastrowid if self._cursor is not None else None

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> None:
        """Execute, and fetch what a result usually has."""
        self._ahead = await self._connection.run(self._begin, operation, parameters)

    async def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Execute for each of the parameters."""
        await self._connection.run(self._begin_many, operation, parameters)

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        rows, self._ahead = self._ahead, []
        if not self._over and self._cursor is not None:
            self._over = True
            rows += await self._connection.run(self._cursor.fetchall)
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows, at most `size`."""
        wanted = size or self.arraysize
        missing = wanted - len(self._ahead)
        if missing > 0 and not self._over and self._cursor is not None:
            more = await self._connection.run(self._cursor.fetchmany, missing)
            self._over = len(more) < missing
            self._ahead += more
        rows, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
        return rows

    async def fetchone(self) -> Any:
        """The next row; None after the last."""
        return next(iter(await self.fetchmany(1)), None)

    async def __aiter__(self) -> AsyncIterator[Any]:
        while rows := await self.fetchmany(AHEAD):
            for row in rows:
                yield row

    async def close(self) -> None:
        """Let go of a result that was not read to its end; one that was holds nothing."""
        self._ahead = []
        if not self._over and self._cursor is not None:
            self._over = True
            await self._connection.run(self._cursor.close)

    def _begin(self, operation: str, parameters: Sequence[Any]) -> list[Any]:
        self._cursor = cursor = self._connection.new_cursor()
        cursor.execute(operation, parameters)
        rows = cursor.fetchmany(AHEAD) if cursor.description else []
        self._over = len(rows) < AHEAD
        return rows

    def _begin_many(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        self._cursor = self._connection.new_cursor()
        self._cursor.executemany(operation, parameters)


async def connect_sqlite(database: str, **options: Any) -> OneTripConnection:
    """Connect to a file as aiosqlite does; `options` are those of sqlite3.connect."""
    return await OneTripConnection(lambda: sqlite3.connect(database, **options))  # type: ignore[return-value]
