"""Backup and restore: the same rows come back, a copy is whole or absent, nothing is overwritten by chance."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, select, text

from bot.domain.clinic import OpeningQuery
from bot.domain.clock import MOSCOW, ManualClock
from bot.storage import migrate
from bot.storage.base import Base
from bot.storage.engine import Database
from bot.storage.outbox import publish
from crm_bridge.local import LocalClinic
from crm_bridge.local.exchange.backup import Form, backup, restore
from crm_bridge.local.exchange.errors import ExchangeError
from tests.fixtures.databases import BOTH, Copy, small_clinic

CLINIC = Path(__file__).parents[2] / "contract" / "clinic.yml"
NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


async def at_work(database: Database) -> None:
    """A clinic with bookings."""
    await small_clinic(database)
    clinic = LocalClinic(database, ManualClock(NOW))
    hold = await clinic.hold((await clinic.openings(OpeningQuery(doctor="Семёнов")))[0].id, owner="c1")
    patient = (await clinic.patients_by_phone("+79161110002"))[0]
    await clinic.book(hold.id, patient_id=patient.id, call_id="c1")


@pytest.fixture(params=BOTH)
def working_url(request: pytest.FixtureRequest, copied: Copy) -> str:
    return copied(request.param, at_work)


@pytest.fixture
async def database(working_url: str) -> AsyncIterator[Database]:
    opened = Database(working_url)
    yield opened
    await opened.dispose()


@pytest.fixture
def other_url(working_url: str, postgres_server: Any, tmp_path: Path) -> Any:
    """Another, empty database of the same kind."""
    if working_url.startswith("sqlite"):
        yield f"sqlite+aiosqlite:///{tmp_path}/other.db"
        return
    name = f"{make_url(working_url).database}_other"
    postgres_server.run("createdb", "--template=template0", name)
    yield postgres_server.url(name)
    postgres_server.run("dropdb", "--force", name)


async def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    database = Database(url)
    rows: dict[str, list[tuple[Any, ...]]] = {}
    async with database.read() as session:
        for table in Base.metadata.sorted_tables:
            found = await session.execute(select(table).order_by(*table.primary_key.columns))
            rows[table.name] = [tuple(row) for row in found]
    await database.dispose()
    return rows


@pytest.mark.parametrize("portable", [False, True])
async def test_what_is_restored_is_what_was_copied(
    database: Database, other_url: str, tmp_path: Path, portable: bool
) -> None:
    before = await content(database.url)
    assert before["visits"]
    assert before["outbox"]
    copy = await backup(tmp_path / "copy", database, portable=portable)
    native = Form.SQLITE if database.is_sqlite else Form.PG_DUMP
    assert copy.form is (Form.PORTABLE if portable else native)
    assert (copy.path.stat().st_mode & 0o777, copy.revision) == (0o600, migrate.head_revision())

    restored = await restore(copy.path, other_url)
    assert restored.revision == migrate.head_revision()
    assert await content(other_url) == before
    # Keys that the database counts itself go on after the restored ones.
    async with (other := Database(other_url)).write() as session:
        publish(session, "clinic.loaded", {}, NOW)
    await other.dispose()


async def test_a_portable_copy_goes_from_one_kind_of_database_to_the_other(
    database: Database, working_url: str, postgres_url: str, tmp_path: Path
) -> None:
    before = await content(database.url)
    copy = await backup(tmp_path / "copy.zip", database, portable=True)
    there = f"sqlite+aiosqlite:///{tmp_path}/there.db" if working_url.startswith("postgres") else postgres_url
    if there == working_url:
        pytest.fail("the fixture gave the same database twice")
    await restore(copy.path, there)
    assert await content(there) == before


@pytest.mark.parametrize("portable", [False, True])
async def test_data_are_overwritten_only_by_force(database: Database, tmp_path: Path, portable: bool) -> None:
    copy = await backup(tmp_path / "copy", database, portable=portable)
    before = await content(database.url)
    async with database.write() as session:
        await session.execute(text("UPDATE patients SET full_name = 'X'"))
    with pytest.raises(ExchangeError, match="В базе уже есть данные"):
        await restore(copy.path, database.url)
    assert await content(database.url) != before
    await database.dispose()
    await restore(copy.path, database.url, force=True)
    assert await content(database.url) == before


@pytest.mark.parametrize("portable", [False, True])
async def test_a_damaged_copy_costs_nothing(database: Database, tmp_path: Path, portable: bool) -> None:
    copy = await backup(tmp_path / "copy", database, portable=portable)
    before = await content(database.url)
    await database.dispose()
    whole = copy.path.read_bytes()
    copy.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ExchangeError, match="повреждена"):
        await restore(copy.path, database.url, force=True)
    assert await content(database.url) == before


@pytest.mark.postgres
async def test_a_dump_that_breaks_off_in_the_middle_leaves_the_old_data(
    copied: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = copied("postgres", small_clinic)
    database = Database(url)
    copy = await backup(tmp_path / "copy", database)
    async with database.write() as session:
        await session.execute(text("UPDATE patients SET full_name = 'X'"))
        # A table that this programme does not know is nobody's to lose.
        await session.execute(text("CREATE TABLE strangers (id INTEGER)"))
    before = await content(url)
    await database.dispose()

    real = shutil.which("pg_restore")
    broken = tmp_path / "bin" / "pg_restore"
    broken.parent.mkdir()
    # All rows, the first key, and then no more: every statement until there is whole.
    half = f'*--clean*) {real} "$@" | sed "/ADD CONSTRAINT/q"; exit 1;;'
    broken.write_text(f'#!/bin/sh\ncase "$*" in {half} esac\nexec {real} "$@"\n')
    broken.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{broken.parent}:{os.environ['PATH']}")
        with pytest.raises(ExchangeError, match="База осталась прежней"):
            await restore(copy.path, url, force=True)
    assert await content(url) == before

    await restore(copy.path, url, force=True)
    assert await content(url) != before
    other = Database(url)
    async with other.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM strangers")) == 0
    await other.dispose()


@pytest.mark.postgres
async def test_a_dump_that_the_database_refuses_leaves_the_old_data(copied: Copy, tmp_path: Path) -> None:
    database, there = Database(copied("postgres", small_clinic)), copied("postgres", small_clinic)
    async with database.write() as session:
        # Holds where it is, and nowhere else: the restore stumbles over the patients after it has made other tables.
        here = make_url(database.url).database
        await session.execute(text(f"ALTER TABLE patients ADD CHECK (current_database() = '{here}')"))
    copy = await backup(tmp_path / "copy", database)
    await database.dispose()
    before = await content(there)
    with pytest.raises(ExchangeError, match=r"psql: .*База осталась прежней"):
        await restore(copy.path, there, force=True)
    assert await content(there) == before
    assert await migrate.current_revision(there) == migrate.head_revision()


async def test_a_failed_backup_leaves_the_old_copy(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "copy.zip"
    path.write_bytes(b"the old one")
    async with database.write() as session:
        await session.execute(text("CREATE TABLE strangers (id INTEGER)"))
    with pytest.raises(ExchangeError, match="strangers"):
        await backup(path, database, portable=True)
    assert path.read_bytes() == b"the old one"
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("copy")] == ["copy.zip"]


async def test_a_copy_of_an_older_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    old = f"sqlite+aiosqlite:///{tmp_path}/old.db"
    await migrate.upgrade(old, "0002")
    database = Database(old)
    copy = await backup(tmp_path / "copy.sqlite", database)
    await database.dispose()
    assert copy.revision == "0002"
    new = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await restore(copy.path, new)
    assert await migrate.current_revision(new) == migrate.head_revision()


async def test_copies_of_a_strange_schema_are_refused(database: Database, other_url: str, tmp_path: Path) -> None:
    copy = await backup(tmp_path / "copy.zip", database, portable=True)
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(copy.path) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "manifest.json":
                data = json.dumps(json.loads(data) | {"revision": "9999"}).encode()
            target.writestr(name, data)
    with pytest.raises(ExchangeError, match="при схеме 9999"):
        await restore(changed, other_url)
    future = tmp_path / "future.sqlite"
    with sqlite3.connect(future) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    with pytest.raises(ExchangeError, match="неизвестна"):
        await restore(future, f"sqlite+aiosqlite:///{tmp_path}/new.db")


async def test_what_is_no_copy_is_refused(database: Database, tmp_path: Path) -> None:
    stranger = tmp_path / "photo.jpg"
    stranger.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ExchangeError, match="не копия Регистратуры"):
        await restore(stranger, database.url, force=True)
    wrong = await backup(tmp_path / "copy", database)
    url = "postgresql+asyncpg://x@127.0.0.1:1/x" if database.is_sqlite else f"sqlite+aiosqlite:///{tmp_path}/n.db"
    with pytest.raises(ExchangeError, match="backup --portable"):
        await restore(wrong.path, url)


async def test_without_pg_dump_a_portable_copy_is_made(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shutil.which("pg_dump")
    monkeypatch.setenv("PATH", str(tmp_path))
    copy = await backup(tmp_path / "copy", database)
    assert copy.form is (Form.SQLITE if database.is_sqlite else Form.PORTABLE)
