"""SQLite in one trip a statement: results of every length, streams, what was changed, where a transaction begins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.storage.engine import Database, rows_changed
from bot.storage.sqlite_connection import AHEAD

LENGTHS = [0, 1, AHEAD - 1, AHEAD, AHEAD + 1, 2 * AHEAD + 7]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/one.db")
    async with database.write() as session:
        await session.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY, word TEXT UNIQUE)"))
    yield database
    await database.dispose()


async def fill(database: Database, count: int) -> None:
    if count:
        async with database.write() as session:
            await session.execute(text("INSERT INTO numbers (n) VALUES (:n)"), [{"n": n} for n in range(count)])


@pytest.mark.parametrize("count", LENGTHS)
async def test_a_result_of_any_length_is_read_whole(database: Database, count: int) -> None:
    await fill(database, count)
    async with database.read() as session:
        assert list(await session.scalars(text("SELECT n FROM numbers ORDER BY n"))) == list(range(count))


@pytest.mark.parametrize("count", LENGTHS)
async def test_a_stream_gives_every_row_once(database: Database, count: int) -> None:
    await fill(database, count)
    async with database.read() as session:
        rows = await session.stream_scalars(text("SELECT n FROM numbers ORDER BY n"))
        assert [n async for n in rows] == list(range(count))


async def test_a_stream_that_is_left_early_keeps_nobody_from_writing(database: Database) -> None:
    await fill(database, 3 * AHEAD)
    async with database.write() as session:
        rows = await session.stream_scalars(text("SELECT n FROM numbers ORDER BY n"))
        assert await anext(aiter(rows)) == 0
        await rows.close()
        await session.execute(text("DROP TABLE numbers"))


async def test_changes_are_counted_and_new_rows_have_their_id(database: Database) -> None:
    await fill(database, 5)
    async with database.write() as session:
        made = await session.execute(text("INSERT INTO numbers (word) VALUES ('пять') RETURNING n"))
        assert made.scalar() == 5
        assert rows_changed(await session.execute(text("UPDATE numbers SET word = NULL WHERE n > 1"))) == 4
        assert rows_changed(await session.execute(text("DELETE FROM numbers WHERE n = 99"))) == 0


async def test_a_fault_in_a_statement_undoes_the_whole_transaction(database: Database) -> None:
    twice = text("INSERT INTO numbers (word) VALUES ('раз')")
    async with database.engine.connect() as connection:
        await connection.execute(twice)
        with pytest.raises(IntegrityError):
            await connection.execute(twice)
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM numbers")) == 0


async def test_a_transaction_without_a_statement_leaves_nothing_open(database: Database) -> None:
    async with database.engine.connect() as connection:
        await connection.begin()
        await connection.commit()
        await connection.begin()
        await connection.rollback()
        await fill(database, 1)


async def test_a_reader_sees_one_moment_and_does_not_wait_for_the_writer(database: Database) -> None:
    count = text("SELECT count(*) FROM numbers")
    async with database.read() as reader:
        assert await reader.scalar(count) == 0
        await fill(database, 1)
        assert await reader.scalar(count) == 0
    async with database.read() as reader:
        assert await reader.scalar(count) == 1


async def test_a_writer_has_the_lock_from_its_first_statement_on(database: Database) -> None:
    patience = text("PRAGMA busy_timeout = 1")
    async with database.engine.connect() as first, database.engine.connect() as second:
        await second.execute(patience)
        await second.rollback()
        await first.execute(text("SELECT 1"))
        with pytest.raises(OperationalError, match="locked"):
            await second.execute(text("SELECT 1"))
        await first.commit()
        await second.rollback()
        await second.execute(text("SELECT 1"))
