"""Exports: what can be imported, under the same headings, to CSV or XLSX; and every table to a zip of JSON lines."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import Funding
from bot.storage.engine import Database
from crm_bridge.local.exchange.catalog_in import Catalog, load_rows
from crm_bridge.local.exchange.cells import Cell, cell_text
from crm_bridge.local.exchange.errors import ExchangeError
from crm_bridge.local.exchange.fields import Kind
from crm_bridge.local.exchange.kinds import SPECS
from crm_bridge.local.exchange.sink import columns_of
from crm_bridge.local.file_values import FUNDING_TITLES
from crm_bridge.local.tables import ConsentRow, DoNotCallRow, OpeningRow, PatientRow, PhoneRow, VisitRow

Row = dict[str, Any]
_SHOWN = {
    Kind.PATIENTS: ("full_name", "birth_date", "phone", "comment", "do_not_call"),
    Kind.DOCTORS: ("full_name", "specialty", "branch", "active"),
    Kind.SERVICES: ("name", "duration_min", "price", "prep", "specialty", "category", "branch", "bookable", "expensive",
                    "recall_days", "fundings", "price_oms", "price_dms", "resources", "course_total",
                    "course_interval_days", "active"),
    Kind.SCHEDULES: ("doctor", "service", "day", "time_from", "time_to", "slot_min", "branch"),
    Kind.CONSENTS: ("full_name", "birth_date", "phone", "purpose", "granted", "day", "source", "wording", "evidence"),
    Kind.VISITS: ("full_name", "birth_date", "phone", "starts_at", "minutes", "doctor", "service", "status", "price",
                  "paid", "funding", "branch", "comment"),
}  # fmt: skip


async def export_table(kind: Kind, path: Path, database: Database) -> int:
    """Write all rows of a kind under the headings that imports know. Returns how many. Raises ExchangeError."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise ExchangeError(f"{path}: назовите файл с окончанием .csv или .xlsx")
    async with database.read() as session:
        rows = await _ROWS[kind](session)
    headings = [SPECS[kind].by_key(key).title for key in _SHOWN[kind]]
    cells = [[_cell(row.get(key)) for key in _SHOWN[kind]] for row in rows]
    part = path.with_name(f"{path.name}.part")
    (_write_xlsx if path.suffix.lower() == ".xlsx" else _write_csv)(part, headings, cells)
    part.replace(path)
    return len(rows)


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return ", ".join(value) if isinstance(value, list) else value


def _write_csv(path: Path, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(headings)
        writer.writerows([cell_text(cell) for cell in row] for row in rows)


def _write_xlsx(path: Path, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Данные")
    for row in (headings, *rows):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet)
            cell.value = cell_text(value) if isinstance(value, bool) else value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = or + is a text, not a formula
            cells.append(cell)
        sheet.append(cells)
    book.save(path)


async def _all(session: AsyncSession, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def _people(session: AsyncSession) -> dict[str, Row]:
    """Patients by id, with what tells who they are."""
    phones: dict[str, list[str]] = defaultdict(list)
    for row in await _all(session, columns_of(PhoneRow).order_by(PhoneRow.id)):
        phones[row["patient_id"]].append(row["phone"])
    patients = await _all(session, columns_of(PatientRow).order_by(PatientRow.full_name, PatientRow.id))
    return {row["id"]: {**row, "phone": phones[row["id"]]} for row in patients}


async def _patients(session: AsyncSession) -> list[Row]:
    # One silent phone silences the whole card: a wish that is lost on the way is worse than one too many.
    silent = set(await session.scalars(select(DoNotCallRow.phone)))
    return [
        {**row, "comment": row["note"], "do_not_call": True if silent & set(row["phone"]) else None}
        for row in (await _people(session)).values()
    ]


async def _doctors(session: AsyncSession) -> list[Row]:
    catalog = await load_rows(session)
    return [{**row, "branch": _branch(catalog, row)} for row in catalog.doctors.values()]


async def _services(session: AsyncSession) -> list[Row]:
    catalog = await load_rows(session)
    return [
        {
            **row,
            "branch": _branch(catalog, row),
            "fundings": [FUNDING_TITLES[Funding(one)] for one in row["fundings"]],
            **{f"price_{funding}": rubles for funding, rubles in row["prices"].items()},
        }
        for row in catalog.services.values()
    ]


def _branch(catalog: Catalog, row: Row) -> str:
    return str(catalog.branches[row["branch_id"]]["name"])


def _whose(catalog: Catalog, row: Row) -> Row:
    """Doctor, service and branch by name."""
    doctor, service = catalog.doctors.get(row["doctor_id"]), catalog.services.get(row["service_id"])
    return {
        "doctor": doctor["full_name"] if doctor else None,
        "service": service["name"] if service else None,
        "branch": _branch(catalog, row),
    }


async def _schedules(session: AsyncSession) -> list[Row]:
    catalog = await load_rows(session)
    return [_hours(catalog, row) for row in await _all(session, columns_of(OpeningRow).order_by(OpeningRow.starts_at))]


def _hours(catalog: Catalog, row: Row) -> Row:
    minutes = int((row["ends_at"] - row["starts_at"]).total_seconds()) // 60
    end = row["ends_at"].astimezone(ZoneInfo(catalog.branches[row["branch_id"]]["timezone"]))
    return {
        **_whose(catalog, row),
        "day": row["local_date"],
        "time_from": row["local_time"],
        "time_to": end.time(),
        "slot_min": minutes,
    }


async def _consents(session: AsyncSession) -> list[Row]:
    people = await _people(session)
    catalog = await load_rows(session)
    first = next(iter(catalog.branches.values()), None)
    zone = ZoneInfo(first["timezone"]) if first else None
    rows = await _all(session, columns_of(ConsentRow).order_by(ConsentRow.id))
    return [{**people[row["patient_id"]], **row, "day": row["at"].astimezone(zone).date()} for row in rows]


async def _visits(session: AsyncSession) -> list[Row]:
    people, catalog = await _people(session), await load_rows(session)
    return list(_history(people, catalog, await _all(session, columns_of(VisitRow).order_by(VisitRow.starts_at))))


def _history(people: dict[str, Row], catalog: Catalog, rows: Sequence[Row]) -> Iterator[Row]:
    for row in rows:
        zone = ZoneInfo(catalog.branches[row["branch_id"]]["timezone"])
        yield {
            **people[row["patient_id"]],
            **row,
            **_whose(catalog, row),
            "starts_at": row["starts_at"].astimezone(zone),
            "minutes": int((row["ends_at"] - row["starts_at"]).total_seconds()) // 60,
        }


_ROWS = {
    Kind.PATIENTS: _patients,
    Kind.DOCTORS: _doctors,
    Kind.SERVICES: _services,
    Kind.SCHEDULES: _schedules,
    Kind.CONSENTS: _consents,
    Kind.VISITS: _visits,
}
