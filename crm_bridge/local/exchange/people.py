"""Who is who: a patient is found by name and birth date, or by name and phone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.local.exchange.errors import RowError
from crm_bridge.local.exchange.fields import Record
from crm_bridge.local.exchange.sink import columns_of, rows_in
from crm_bridge.local.tables import PatientRow, PhoneRow
from crm_bridge.names import name_words, same_person


@dataclass(slots=True, kw_only=True)
class Person:
    """A patient of the base, or one that this file brings."""

    id: str
    full_name: str
    birth_date: date | None
    note: str = ""
    phones: list[str] = field(default_factory=list)


class PeopleIndex:
    """People by birth date and by phone."""

    def __init__(self) -> None:
        self._by_date: dict[date, list[Person]] = defaultdict(list)
        self._by_phone: dict[str, list[Person]] = defaultdict(list)
        self.by_id: dict[str, Person] = {}

    def add(self, person: Person) -> None:
        self.by_id[person.id] = person
        if person.birth_date:
            self._by_date[person.birth_date].append(person)
        for phone in person.phones:
            self._by_phone[phone].append(person)

    def add_phone(self, person: Person, phone: str) -> None:
        person.phones.append(phone)
        self._by_phone[phone].append(person)

    def find(self, record: Record) -> Person | None:
        """Whom a record means, None for a stranger. Raises RowError where that cannot be told."""
        name, born, phones = record["full_name"], record.get("birth_date"), record.get("phone", ())
        if born is None:
            return _only([one for one in self._on(phones) if same_person(one.full_name, name)], name, phones)
        found = [one for one in self._by_date[born] if same_person(one.full_name, name)]
        if not found:
            self._refuse_slip(name, born, phones)
        return _only(found, name, phones)

    def require(self, record: Record) -> Person:
        """Whom a record means. Raises RowError for a stranger."""
        person = self.find(record)
        if person is None:
            raise RowError("Такого пациента в базе нет: проверьте ФИО и дату рождения или сначала загрузите пациентов")
        return person

    def _on(self, phones: Sequence[str]) -> list[Person]:
        return list({one.id: one for phone in phones for one in self._by_phone[phone]}.values())

    def _refuse_slip(self, name: str, born: date, phones: Sequence[str]) -> None:
        """One name and one phone with dates that differ as by a slip of the hand: nobody but a person can tell."""
        for one in self._on(phones):
            same = name_words(one.full_name) == name_words(name)
            if same and one.birth_date and one.birth_date != born and _slip(one.birth_date, born):
                raise RowError(
                    f"Пациент с таким ФИО и телефоном уже есть, но дата рождения другая ({one.birth_date:%d.%m.%Y}): "
                    "исправьте дату; если это другой человек, уберите телефон"
                )


def _only(found: Sequence[Person], name: str, phones: Sequence[str]) -> Person | None:
    """The whole name beats a name without its patronymic, a common phone beats none."""
    exact = [one for one in found if name_words(one.full_name) == name_words(name)]
    left = exact or list(found)
    if len(left) > 1:
        left = [one for one in left if set(one.phones) & set(phones)] or left
    if len(left) > 1:
        raise RowError(f"«{name}»: подходит несколько пациентов, укажите отчество и телефон")
    return left[0] if left else None


def _slip(one: date, other: date) -> bool:
    """Two of day, month and year are the same, or day and month changed places."""
    same = (one.day == other.day) + (one.month == other.month) + (one.year == other.year)
    return same == 2 or (one.year == other.year and (one.day, one.month) == (other.month, other.day))


async def load_people(session: AsyncSession, records: Iterable[Record], also: Iterable[str] = ()) -> PeopleIndex:
    """Everybody of the base whom one of these records can mean, and those of the ids in `also`."""
    records = list(records)
    on_phones = await rows_in(
        session,
        columns_of(PhoneRow),
        PhoneRow.phone,
        (phone for record in records for phone in record.get("phone", ())),
    )
    query = columns_of(PatientRow).order_by(PatientRow.created_at, PatientRow.id)
    dates = {record["birth_date"] for record in records if "birth_date" in record}
    rows = await rows_in(session, query, PatientRow.birth_date, dates)
    known = {row["id"] for row in rows}
    others = {row["patient_id"] for row in on_phones}.union(also) - known
    rows += await rows_in(session, query, PatientRow.id, others)
    phones: dict[str, list[str]] = defaultdict(list)
    by_patient = columns_of(PhoneRow).order_by(PhoneRow.id)
    for phone in await rows_in(session, by_patient, PhoneRow.patient_id, known | others):
        phones[phone["patient_id"]].append(phone["phone"])
    index = PeopleIndex()
    for row in rows:
        index.add(
            Person(
                id=row["id"],
                full_name=row["full_name"],
                birth_date=row["birth_date"],
                note=row["note"],
                phones=phones[row["id"]],
            )
        )
    return index


async def lock_birth_dates(session: AsyncSession, records: Iterable[Record]) -> None:
    """Keep calls from registering the same people meanwhile: the lock that registration takes, in one order."""
    if session.get_bind().dialect.name != "postgresql":
        return
    days = sorted({record["birth_date"].toordinal() for record in records if "birth_date" in record})
    lock = text("SELECT pg_advisory_xact_lock(day) FROM unnest(CAST(:days AS bigint[])) AS day")
    await session.execute(lock, {"days": days})
