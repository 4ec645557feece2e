"""Patients with their phones, notes, consents and wishes not to be called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.local.exchange.errors import RowError
from crm_bridge.local.exchange.fields import Record
from crm_bridge.local.exchange.people import PeopleIndex, Person, load_people, lock_birth_dates
from crm_bridge.local.exchange.sink import Outcome, Source, columns_of, insert_all, rows_in
from crm_bridge.local.tables import ConsentRow, DoNotCallRow, PatientRow, PhoneRow
from crm_bridge.names import name_words

IMPORT: Final = "import"
"""The source of what a table brought."""
_CONSENTS = ("service_calls", "advertising")


class PatientsSink:
    """A known patient is only ever completed: a phone, a patronymic, a note where there was none."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._people = PeopleIndex()
        self._consents: dict[tuple[str, str], bool] = {}
        self._silent: set[str] = set()
        self._new: list[Person] = []
        self._forget()

    def _forget(self) -> None:
        self._new = []
        self._changed: dict[str, dict[str, Any]] = {}
        self._phones: list[dict[str, Any]] = []
        self._given: list[dict[str, Any]] = []
        self._asked: list[dict[str, Any]] = []

    async def load(self, session: AsyncSession, records: Sequence[Record]) -> None:
        await lock_birth_dates(session, records)
        phones = {phone for record in records for phone in record.get("phone", ())}
        # In a dry run earlier batches are not in the base: whom they gave one of these phones is fetched by id.
        unwritten = [row for row in self._phones if row["phone"] in phones]
        self._people = await load_people(session, records, also={row["patient_id"] for row in unwritten})
        query = columns_of(ConsentRow).order_by(ConsentRow.at, ConsentRow.id)
        given = await rows_in(session, query, ConsentRow.patient_id, self._people.by_id)
        self._consents = {(row["patient_id"], row["purpose"]): row["granted"] for row in given}
        silent = await rows_in(session, columns_of(DoNotCallRow), DoNotCallRow.phone, phones)
        self._silent = {row["phone"] for row in silent} | {row["phone"] for row in self._asked}
        for person in self._new:
            self._people.add(person)
        for row in unwritten:
            person = self._people.by_id[row["patient_id"]]
            if row["phone"] not in person.phones:
                self._people.add_phone(person, row["phone"])

    def take(self, record: Record, line: int) -> Outcome:
        person = self._people.find(record)
        known = person is not None
        if person is None:
            person = self._make(record)
        changes = [
            self._add_phones(person, record.get("phone", ())),
            self._complete(person, record) if known else False,
            *[self._consent(person, purpose, record, line) for purpose in _CONSENTS if purpose in record],
            self._silence(record) if record.get("do_not_call") else False,
        ]
        if not known:
            return Outcome.NEW
        return Outcome.CHANGED if any(changes) else Outcome.UNCHANGED

    def _make(self, record: Record) -> Person:
        if "birth_date" not in record:
            raise RowError("Дата рождения: заполните; по имени и телефону такого пациента в базе нет")
        person = Person(
            id=self._source.new_id(),
            full_name=record["full_name"],
            birth_date=record["birth_date"],
            note=record.get("comment", ""),
        )
        self._new.append(person)
        self._people.add(person)
        return person

    def _add_phones(self, person: Person, phones: Sequence[str]) -> bool:
        fresh = [phone for phone in phones if phone not in person.phones]
        for phone in fresh:
            self._people.add_phone(person, phone)
            self._phones.append({"patient_id": person.id, "phone": phone})
        return bool(fresh)

    def _complete(self, person: Person, record: Record) -> bool:
        better: dict[str, Any] = {}
        if name_words(person.full_name) < name_words(record["full_name"]):
            better["full_name"] = person.full_name = record["full_name"]
        if not person.note and record.get("comment"):
            better["note"] = person.note = record["comment"]
        if better and person not in self._new:
            self._changed.setdefault(person.id, {}).update(better)
        return bool(better)

    def _consent(self, person: Person, purpose: str, record: Record, line: int) -> bool:
        granted = record[purpose]
        if self._consents.get((person.id, purpose)) == granted:
            return False
        self._consents[person.id, purpose] = granted
        evidence = f"{self._source.file_name}, строка {line}"
        self._given.append(consent_row(person.id, purpose, granted, self._source.now, evidence=evidence))
        return True

    def _silence(self, record: Record) -> bool:
        fresh = [phone for phone in record.get("phone", ()) if phone not in self._silent]
        self._silent.update(fresh)
        self._asked.extend({"phone": phone, "created_at": self._source.now, "call_id": None} for phone in fresh)
        return bool(fresh)

    async def write(self, session: AsyncSession) -> None:
        await insert_all(session, PatientRow, [self._row(person) for person in self._new])
        for person_id, better in self._changed.items():
            await session.execute(update(PatientRow).where(PatientRow.id == person_id).values(**better))
        await insert_all(session, PhoneRow, self._phones)
        await insert_all(session, ConsentRow, self._given)
        await insert_all(session, DoNotCallRow, self._asked)
        self._forget()

    def _row(self, person: Person) -> dict[str, Any]:
        return {
            "id": person.id,
            "full_name": person.full_name,
            "birth_date": person.birth_date,
            "created_at": self._source.now,
            "timezone": None,
            "note": person.note,
            "balance": 0,
        }


def consent_row(
    patient_id: str,
    purpose: str,
    granted: bool,
    at: datetime,
    *,
    source: str = IMPORT,
    wording: str = IMPORT,
    evidence: str = "",
) -> dict[str, Any]:
    """A row of consents."""
    return {
        "patient_id": patient_id,
        "purpose": purpose,
        "granted": granted,
        "source": source,
        "wording": wording,
        "evidence": evidence,
        "at": at,
    }
