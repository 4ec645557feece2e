"""Every table as JSON lines in a zip: goes from one kind of database to the other.

`manifest.json` holds the revision of the schema and the number of rows of each table; a table is `<name>.jsonl`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Date, DateTime, Table, Time, delete, func, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncSession

import bot.storage.tables  # noqa: F401  (fills the metadata, as the next line does)
import crm_bridge.local.tables  # noqa: F401
from bot.storage import migrate
from bot.storage.base import Base, UtcDateTime
from bot.storage.engine import Database
from crm_bridge.local.exchange.errors import ExchangeError

_MANIFEST: Final = "manifest.json"
_FORMAT: Final = 1
_CHUNK: Final = 1000


def tables() -> list[Table]:
    """All tables, those that others point at first."""
    return list(Base.metadata.sorted_tables)


async def write_portable(path: Path, database: Database) -> dict[str, int]:
    """Write every table as one moment saw it. Returns the number of rows by table."""
    counts: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        async with database.read() as session:
            if not database.is_sqlite:
                await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            await _refuse_unknown(session)
            for table in tables():
                with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as stream:
                    counts[table.name] = await _write_table(stream, table, session)
        manifest = {"format": _FORMAT, "revision": await migrate.current_revision(database.url), "rows": counts}
        archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
    return counts


async def _refuse_unknown(session: AsyncSession) -> None:
    """A table that the code does not know would silently be left out."""
    connection = await session.connection()
    there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
    unknown = there - {table.name for table in tables()} - {"alembic_version"}
    if unknown:
        raise ExchangeError(f"В базе есть чужие таблицы ({', '.join(sorted(unknown))}): копия была бы неполной")


async def _write_table(stream: Any, table: Table, session: AsyncSession) -> int:
    count = 0
    rows = await session.stream(select(table).order_by(*table.primary_key.columns))
    async for row in rows.mappings():
        values = {key: value.isoformat() if isinstance(value, (date, time)) else value for key, value in row.items()}
        stream.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
        count += 1
    return count


def read_manifest(path: Path) -> dict[str, Any]:
    """What a portable copy holds. Raises ExchangeError for anything else and for a damaged one."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            manifest: dict[str, Any] = json.loads(archive.read(_MANIFEST))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ExchangeError(f"{path}: это не копия Регистратуры или она повреждена") from error
    if damaged or manifest.get("format") != _FORMAT:
        raise ExchangeError(f"{path}: копия повреждена или сделана более новой программой")
    return manifest


async def read_portable(path: Path, database: Database) -> dict[str, int]:
    """Replace all rows by those of the copy: all of them or nothing. The revision is the caller's care."""
    manifest = read_manifest(path)
    with zipfile.ZipFile(path) as archive:
        async with database.write() as session:
            for table in reversed(tables()):
                await session.execute(delete(table))
            for table in tables():
                await _read_table(archive, table, session)
            counts = {
                table.name: int(await session.scalar(select(func.count()).select_from(table)) or 0)
                for table in tables()
            }
            if counts != manifest["rows"]:
                raise ExchangeError(f"{path}: в копии не все строки; база оставлена прежней")
            if not database.is_sqlite:
                await _renumber(session)
    return counts


async def _read_table(archive: zipfile.ZipFile, table: Table, session: AsyncSession) -> None:
    with archive.open(f"{table.name}.jsonl") as stream:
        rows: list[dict[str, Any]] = []
        for line in io.TextIOWrapper(stream, encoding="utf-8"):
            rows.append(dict(_values(table, json.loads(line))))
            if len(rows) == _CHUNK:
                await session.execute(insert(table), rows)
                rows = []
        if rows:
            await session.execute(insert(table), rows)


def _values(table: Table, row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for column in table.columns:
        value = row[column.name]
        yield column.name, value if value is None else _decoded(column, value)


def _decoded(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, (UtcDateTime, DateTime)):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return time.fromisoformat(value) if isinstance(column.type, Time) else value


async def _renumber(session: AsyncSession) -> None:
    """PostgreSQL counts keys apart from the rows: go on after the greatest."""
    for table in tables():
        for column in table.primary_key.columns:
            sequence = await session.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
            )
            if sequence:
                greatest = await session.scalar(select(func.max(column)))
                await session.execute(
                    text("SELECT setval(CAST(:sequence AS regclass), :value, :used)"),
                    {"sequence": sequence, "value": greatest or 1, "used": greatest is not None},
                )
