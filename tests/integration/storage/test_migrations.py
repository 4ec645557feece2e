"""The Alembic history on both databases: up, down, up again with data, and equal to the models."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, select

import crm_bridge.local.tables  # noqa: F401  (its tables belong to the same history)
from bot.storage import migrate
from bot.storage.base import Base
from bot.storage.engine import Database, UnsupportedDatabase
from bot.storage.outbox import publish
from bot.storage.tables import CallRow, OutboxRow

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_an_empty_database_has_no_revision(database_url: str) -> None:
    assert await migrate.current_revision(database_url) is None


async def test_upgrade_reaches_the_head_and_repeats_without_harm(database_url: str) -> None:
    await migrate.upgrade(database_url)
    await migrate.upgrade(database_url)
    assert await migrate.current_revision(database_url) == migrate.head_revision()


async def test_the_history_builds_exactly_the_models(database_url: str) -> None:
    await migrate.upgrade(database_url)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    database = Database(database_url)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.dispose()


async def test_down_and_up_keeps_what_is_below_and_removes_all_at_base(database_url: str) -> None:
    await migrate.upgrade(database_url)
    await _write_a_call(database_url)

    await migrate.downgrade(database_url, "0001")
    assert "visits" not in await _tables(database_url)
    await migrate.upgrade(database_url)

    assert "visits" in await _tables(database_url)
    assert await _calls(database_url) == ["c1"]

    await migrate.downgrade(database_url, "base")
    assert await _tables(database_url) == {"alembic_version"}
    await migrate.upgrade(database_url)
    assert await _calls(database_url) == []


async def test_a_failed_migration_leaves_nothing_behind(database_url: str) -> None:
    await migrate.upgrade(database_url, "0001")
    database = Database(database_url)
    async with database.engine.begin() as connection:
        # The second step will find this table in its way, after it has already made others.
        await connection.exec_driver_sql("CREATE TABLE visits (id INTEGER)")
    await database.dispose()

    with pytest.raises(Exception, match="visits"):
        await migrate.upgrade(database_url)

    assert await migrate.current_revision(database_url) == "0001"
    assert "branches" not in await _tables(database_url)


def test_another_database_is_refused() -> None:
    with pytest.raises(UnsupportedDatabase):
        Database("mysql://localhost/clinic")


async def _write_a_call(url: str) -> None:
    database = Database(url)
    async with database.write() as session:
        session.add(
            CallRow(
                id="c1", direction="inbound", caller="", called="", script="inbound", line="simulated", started_at=NOON
            )
        )
        publish(session, "call.started", {"call_id": "c1"}, NOON)
    async with database.read() as session:
        assert (await session.scalars(select(OutboxRow.created_at))).all() == [NOON]
    await database.dispose()


async def _calls(url: str) -> list[str]:
    database = Database(url)
    async with database.read() as session:
        found = list(await session.scalars(select(CallRow.id)))
    await database.dispose()
    return found


async def _tables(url: str) -> set[str]:
    database = Database(url)
    async with database.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await database.dispose()
    return set(names)
