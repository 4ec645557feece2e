"""What is over: consents that patients gave elsewhere, visits that took place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import VisitStatus
from bot.domain.clock import MOSCOW
from crm_bridge.local.exchange.catalog_in import DEFAULT_MINUTES, Catalog, Row, load_rows
from crm_bridge.local.exchange.errors import RowError
from crm_bridge.local.exchange.fields import Record
from crm_bridge.local.exchange.patients_in import IMPORT, consent_row
from crm_bridge.local.exchange.people import PeopleIndex, load_people
from crm_bridge.local.exchange.sink import Outcome, Source, columns_of, insert_all, rows_in
from crm_bridge.local.tables import ConsentRow, VisitRow


class ConsentsSink:
    """Consents are only added: the newest of a purpose counts, the others are its history."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._people = PeopleIndex()
        self._known: set[tuple[Any, ...]] = set()
        self._new: list[Row] = []
        self._zone = MOSCOW

    async def load(self, session: AsyncSession, records: Sequence[Record]) -> None:
        self._people = await load_people(session, records)
        first = next(iter((await load_rows(session)).branches.values()), None)
        self._zone = ZoneInfo(first["timezone"]) if first else MOSCOW
        found = await rows_in(session, columns_of(ConsentRow), ConsentRow.patient_id, self._people.by_id)
        self._known = {_consent_key(row) for row in [*found, *self._new]}

    def take(self, record: Record, line: int) -> Outcome:
        person = self._people.require(record)
        if record["day"] > self._source.today:
            raise RowError("Дата: согласие из будущего, проверьте год")
        row = consent_row(
            person.id,
            record["purpose"],
            record["granted"],
            datetime.combine(record["day"], time(), tzinfo=self._zone),
            source=record.get("source", IMPORT)[:32],
            wording=record.get("wording", IMPORT)[:64],
            evidence=record.get("evidence", f"{self._source.file_name}, строка {line}"),
        )
        if _consent_key(row) in self._known:
            return Outcome.UNCHANGED
        self._known.add(_consent_key(row))
        self._new.append(row)
        return Outcome.NEW

    async def write(self, session: AsyncSession) -> None:
        await insert_all(session, ConsentRow, self._new)
        self._new = []


def _consent_key(row: Row) -> tuple[Any, ...]:
    return (row["patient_id"], row["purpose"], row["granted"], row["at"], row["source"])


class VisitsSink:
    """Visits of the past: they take no opening and set nothing going; those booked here are left alone."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._people = PeopleIndex()
        self._catalog = Catalog([], [], [])
        self._known: dict[tuple[Any, ...], Row] = {}
        self._new: list[Row] = []
        self._changed: dict[str, Row] = {}

    async def load(self, session: AsyncSession, records: Sequence[Record]) -> None:
        self._catalog = await load_rows(session)
        self._people = await load_people(session, records)
        days = [record["starts_at"].replace(tzinfo=MOSCOW) for record in records]
        query = columns_of(VisitRow).where(
            VisitRow.starts_at >= min(days) - timedelta(days=1), VisitRow.starts_at <= max(days) + timedelta(days=1)
        )
        found = await rows_in(session, query, VisitRow.patient_id, self._people.by_id)
        self._known = {_visit_key(row): row for row in [*found, *self._new]}

    def take(self, record: Record, line: int) -> Outcome:
        person = self._people.require(record)
        doctor = self._catalog.doctor(record["doctor"]) if "doctor" in record else None
        service = self._catalog.service(record["service"]) if "service" in record else None
        owner = doctor or service
        assert owner is not None, "a row without doctor and service is not read"
        branch = self._catalog.branch(record.get("branch") or owner["branch_id"])
        start = record["starts_at"].replace(tzinfo=ZoneInfo(branch["timezone"]))
        minutes = record.get("minutes") or (service["duration_min"] if service else DEFAULT_MINUTES)
        end = start + timedelta(minutes=minutes)
        if end > self._source.now:
            raise RowError("Дата приёма: приём ещё не прошёл; будущие записи делаются в расписании")
        row = {
            **self._facts(record),
            "patient_id": person.id,
            "starts_at": start,
            "ends_at": end,
            "branch_id": branch["id"],
            "doctor_id": doctor["id"] if doctor else None,
            "service_id": service["id"] if service else None,
        }
        return self._put(row)

    def _facts(self, record: Record) -> Row:
        return {
            "status": record.get("status", VisitStatus.COMPLETED.value),
            "price": record.get("price", record.get("paid", 0)),
            "paid": record.get("paid", 0),
            "funding": record.get("funding", "paid"),
            "comment": record.get("comment", ""),
        }

    def _put(self, row: Row) -> Outcome:
        known = self._known.get(_visit_key(row))
        if known is None:
            row |= {"id": self._source.new_id(), "source": IMPORT, "booked_by": IMPORT, "closed_at": row["ends_at"]}
            row |= {"created_at": self._source.now, "updated_at": self._source.now}
            self._known[_visit_key(row)] = row
            self._new.append(row)
            return Outcome.NEW
        changes = {key: row[key] for key in ("status", "price", "paid", "funding", "comment") if known[key] != row[key]}
        if not changes or known["source"] != IMPORT:
            return Outcome.UNCHANGED
        known.update(changes)
        if not any(known is one for one in self._new):
            self._changed.setdefault(known["id"], {}).update(changes, updated_at=self._source.now)
        return Outcome.CHANGED

    async def write(self, session: AsyncSession) -> None:
        await insert_all(session, VisitRow, self._new)
        for visit_id, changes in self._changed.items():
            await session.execute(update(VisitRow).where(VisitRow.id == visit_id).values(**changes))
        self._new, self._changed = [], {}


def _visit_key(row: Row) -> tuple[Any, ...]:
    return (row["patient_id"], row["starts_at"], row["doctor_id"], row["service_id"])
