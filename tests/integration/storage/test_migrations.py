"""The Alembic history on both databases: up, down, up again with data, and equal to the models."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Table, insert, inspect, select

import crm_bridge.local.tables  # noqa: F401  (its tables belong to the same history)
from bot.domain.clinic import ANY_FUNDING, Funding
from bot.domain.clock import ManualClock
from bot.storage import migrate
from bot.storage.base import Base, UtcDateTime
from bot.storage.engine import Database, UnsupportedDatabase
from bot.storage.outbox import publish
from bot.storage.tables import CallRow, OutboxRow
from crm_bridge.local import LocalClinic
from crm_bridge.local.load import load_clinic

CLINIC = Path(__file__).parents[2] / "contract" / "clinic.yml"
_CHECKED: Final[dict[str, Callable[[int], dict[str, object]]]] = {
    "openings": lambda number: {"doctor_id": f"doctors-{number}", "service_id": None},
    "leads": lambda number: {"next_action_on": NOON.date()},
}
"""What the tables' own checks demand beyond types and keys."""
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


async def test_a_full_database_goes_down_to_the_first_clinic_and_up_again(database_url: str) -> None:
    await migrate.upgrade(database_url)
    database = Database(database_url)
    clock = ManualClock(NOON)
    await load_clinic(CLINIC, database, clock)
    async with database.write() as session:
        for table in Base.metadata.sorted_tables:
            await session.execute(insert(table), [_full_row(table, 1), _full_row(table, 2)])
    before = await _rows(database)
    assert all(len(rows) >= 2 for rows in before.values())
    await database.dispose()

    await migrate.downgrade(database_url, "0002")
    kept = await _columns(database_url)
    assert "visits" in kept
    assert "waitlist" not in kept
    await migrate.upgrade(database_url)

    database = Database(database_url)
    after = await _rows(database)
    for name, columns in kept.items():
        assert _only(after[name], columns) == _only(before[name], columns), name
    clinic = LocalClinic(database, clock)
    visit = await clinic.visit("A1")
    assert (visit.funding, visit.price, visit.lead_id) == (Funding.PAID, 0, None)
    assert (await clinic.directory()).services[0].fundings == ANY_FUNDING
    await database.dispose()


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


def _full_row(table: Table, number: int) -> dict[str, object]:
    """A row that refers to the rows of the same number; the first has every column, the second what it must."""
    row = {column.name: None if number == 2 and column.nullable else _value(column, number) for column in table.columns}
    return row | _CHECKED.get(table.name, lambda number: {})(number)


def _value(column: Column[object], number: int) -> object:
    for key in column.foreign_keys:
        return _value(key.column, number)
    kind = datetime if isinstance(column.type, UtcDateTime) else column.type.python_type
    if kind is str:
        return f"{column.table.name}-{number}"[-(column.type.length or 64) :]  # type: ignore[attr-defined]
    made: dict[type, object] = {
        bool: number == 1,
        int: 1000 + number,
        float: 0.5,
        datetime: NOON + timedelta(days=number),
        date: NOON.date() + timedelta(days=number),
        time: NOON.time(),
        object: {},  # JSON
    }
    return made[kind]


async def _rows(database: Database) -> dict[str, list[dict[str, object]]]:
    """Every row of every table that the models know, read as the models read it."""
    found = {}
    async with database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = await session.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [dict(row) for row in rows.mappings()]
    return found


def _only(rows: list[dict[str, object]], columns: set[str]) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if name in columns} for row in rows]


async def _columns(url: str) -> dict[str, set[str]]:
    """The clinic's and the bot's tables that are there, and their columns."""
    database = Database(url)

    def look(sync: Connection) -> dict[str, set[str]]:
        there = inspect(sync)
        return {
            name: {column["name"] for column in there.get_columns(name)}
            for name in there.get_table_names()
            if name != "alembic_version"
        }

    async with database.engine.connect() as connection:
        columns = await connection.run_sync(look)
    await database.dispose()
    return columns
