"""Backup and restore: SQLite by its own online copy, PostgreSQL by pg_dump, both also as a portable zip.

A copy is complete or it is not there; it is restored into an empty database only, unless forced.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import inspect, select
from sqlalchemy.engine import make_url

from bot.storage import migrate
from bot.storage.engine import Database
from bot.storage.tables import CallRow
from crm_bridge.local.exchange.errors import ExchangeError
from crm_bridge.local.exchange.pg_dump import dump_revision, restore_dump, write_dump
from crm_bridge.local.exchange.portable import read_manifest, read_portable, write_portable
from crm_bridge.local.exchange.portable import tables as portable_tables
from crm_bridge.local.tables import DoctorRow, PatientRow, ServiceRow, UserRow, VisitRow

_FILLED: Final = (PatientRow, DoctorRow, ServiceRow, VisitRow, CallRow, UserRow)
"""A database without a row in any of these is an empty one; dictionaries come with the schema."""


class Form(StrEnum):
    """How a copy is written."""

    SQLITE = "sqlite"
    PG_DUMP = "pg_dump"
    PORTABLE = "portable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A backup: how it is written, the schema's revision (unknown for pg_dump until restored), bytes."""

    path: Path
    form: Form
    revision: str | None
    size: int


async def backup(path: Path, database: Database, *, portable: bool = False) -> Copy:
    """Copy the database while it is at work. Raises ExchangeError; an old copy is replaced only by a whole new one."""
    revision = await migrate.current_revision(database.url)
    if revision is None:
        raise ExchangeError("База пуста: копировать нечего")
    form = Form.PORTABLE
    if not portable:
        form = Form.SQLITE if database.is_sqlite else Form.PG_DUMP if shutil.which("pg_dump") else Form.PORTABLE
    part = path.with_name(f"{path.name}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))  # patients' data: for the owner's eyes
    try:
        if form is Form.SQLITE:
            await asyncio.to_thread(_copy_sqlite, _sqlite_file(database.url), part)
            await asyncio.to_thread(_in_one_file, part)
        elif form is Form.PG_DUMP:
            await asyncio.to_thread(write_dump, part, database.url)
        else:
            await write_portable(part, database)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return _copy(path, form, revision)


async def restore(path: Path, url: str, *, force: bool = False) -> Copy:
    """Put a copy into the database of this URL and bring its schema up to date. Raises ExchangeError.

    With `force` everything that is there now is lost, but only for a whole copy: what fails leaves it as it was. A copy
    of a schema that this programme does not know is refused.
    """
    form = _form_of(path)
    sqlite = make_url(url).get_backend_name() == "sqlite"
    if form is not Form.PORTABLE and (form is Form.SQLITE) != sqlite:
        raise ExchangeError(f"{path}: это копия другой базы; сделайте переносимую: registratura backup --portable")
    if not force and not await is_empty(url):
        raise ExchangeError("В базе уже есть данные: укажите пустую базу или --force, и прежние данные пропадут")
    if form is Form.SQLITE:
        revision = await asyncio.to_thread(_sqlite_revision, path)
        _require_known(path, revision)
        await asyncio.to_thread(_copy_sqlite, path, _sqlite_file(url))
    elif form is Form.PG_DUMP:
        revision = await _restore_dump(path, url)
    else:
        revision = await _restore_portable(path, url)
    await migrate.upgrade(url)
    return _copy(path, form, revision)


def _copy(path: Path, form: Form, revision: str | None) -> Copy:
    return Copy(path=path, form=form, revision=revision, size=path.stat().st_size)


async def is_empty(url: str) -> bool:
    """Whether the database holds nobody and nothing of a clinic."""
    database = Database(url)
    try:
        async with database.engine.connect() as connection:
            there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
        async with database.read() as session:
            for model in _FILLED:
                if model.__tablename__ in there and await session.scalar(select(model.id).limit(1)) is not None:
                    return False
        return True
    finally:
        await database.dispose()


def _form_of(path: Path) -> Form:
    with path.open("rb") as stream:
        head = stream.read(16)
    for beginning, form in ((b"SQLite format 3\0", Form.SQLITE), (b"PGDMP", Form.PG_DUMP), (b"PK", Form.PORTABLE)):
        if head.startswith(beginning):
            return form
    raise ExchangeError(f"{path}: это не копия Регистратуры")


def _require_known(path: Path, revision: str | None) -> None:
    # Revisions are numbered: what is not after ours is in our history.
    known = revision is not None and revision <= migrate.head_revision()
    if not known:
        raise ExchangeError(f"{path}: схема копии ({revision}) этой программе неизвестна; обновите программу")


# ---------------------------------------------------------------------- SQLite


def _sqlite_file(url: str) -> Path:
    return Path(make_url(url).database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's online backup: one moment of the source; the target changes in one transaction."""
    with closing(sqlite3.connect(source)) as giver, closing(sqlite3.connect(target, timeout=30)) as taker:
        try:
            giver.backup(taker)
        except sqlite3.Error as error:
            raise ExchangeError(f"{source}: копирование не удалось ({error}); остановите службу и повторите") from error


def _in_one_file(path: Path) -> None:
    """A copy needs no log beside it: so it can be read from a disk that cannot be written."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _sqlite_revision(path: Path) -> str | None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise ExchangeError(f"{path}: копия повреждена")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.Error as error:
            raise ExchangeError(f"{path}: копия повреждена или это не база Регистратуры") from error
    return str(row[0]) if row else None


async def _restore_dump(path: Path, url: str) -> str | None:
    revision = await asyncio.to_thread(dump_revision, path)
    _require_known(path, revision)
    tables = [*(table.name for table in portable_tables()), "alembic_version"]
    await asyncio.to_thread(restore_dump, path, url, tables)
    return revision


async def _restore_portable(path: Path, url: str) -> str | None:
    revision = str(read_manifest(path)["revision"])
    if revision != migrate.head_revision():
        raise ExchangeError(
            f"{path}: копия сделана при схеме {revision}, программа знает {migrate.head_revision()}; "
            "восстановите её той версией программы, которой она сделана, и обновите базу: registratura db upgrade"
        )
    await migrate.upgrade(url)
    database = Database(url)
    try:
        await read_portable(path, database)
    finally:
        await database.dispose()
    return revision
