"""Doctors and services; and how other rows name them and their branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.local.build import stable_id
from crm_bridge.local.exchange.errors import RowError
from crm_bridge.local.exchange.fields import Record
from crm_bridge.local.exchange.sink import Outcome, Source, columns_of, insert_all
from crm_bridge.local.tables import BranchRow, DoctorRow, ServiceRow
from crm_bridge.names import fold, name_words, same_person

Row = dict[str, Any]
DEFAULT_MINUTES = 20
_PRICES = {"price_oms": "oms", "price_dms": "dms"}
"""Columns with what the patient pays over a policy."""


class Catalog:
    """Branches, doctors and services as plain rows, the oldest first."""

    def __init__(self, branches: Sequence[Row], doctors: Sequence[Row], services: Sequence[Row]) -> None:
        self.branches = {row["id"]: row for row in branches}
        self.doctors = {row["id"]: row for row in doctors}
        self.services = {row["id"]: row for row in services}

    def branch(self, named: str | None) -> Row:
        """A branch by id, name or address; unnamed, the first. Raises RowError."""
        if not self.branches:
            raise RowError("В базе ещё нет клиники: сначала загрузите её файл (registratura clinic load)")
        if named is None:
            return next(iter(self.branches.values()))
        said = fold(named)
        for row in self.branches.values():
            if said in (fold(row["id"]), fold(row["name"]), fold(row["address"])):
                return row
        names = ", ".join(f"«{row['name']}»" for row in self.branches.values())
        raise RowError(f"Филиал: «{named}» не найден; в базе есть {names}")

    def doctor(self, named: str) -> Row:
        """A doctor by name, surname, or surname with initials. Raises RowError."""
        found = [row for row in self.doctors.values() if row["active"] and _names(named, row["full_name"])]
        found = found or [row for row in self.doctors.values() if _names(named, row["full_name"])]
        if len(found) != 1:
            why = (
                "подходит несколько врачей, напишите имя и отчество" if found else "такого врача нет, загрузите врачей"
            )
            raise RowError(f"Врач: «{named}» — {why}")
        return found[0]

    def service(self, named: str) -> Row:
        """A service by its name. Raises RowError."""
        for row in self.services.values():
            if fold(row["name"]) == fold(named):
                return row
        raise RowError(f"Услуга: «{named}» не найдена; сначала загрузите услуги или исправьте название")


async def load_rows(session: AsyncSession) -> Catalog:
    """Read the whole catalogue: some dozens of rows."""
    tables = []
    for model in (BranchRow, DoctorRow, ServiceRow):
        result = await session.execute(columns_of(model).order_by(model.ordinal, model.id))
        tables.append([dict(row) for row in result.mappings()])
    return Catalog(*tables)


def _names(said: str, full_name: str) -> bool:
    """Whether every word said is a word of the name, or the first letter of one that is left."""
    left = set(name_words(full_name))
    words = sorted(name_words(said), key=len, reverse=True)
    if not words or len(words[0]) < 2:
        return False
    for word in words:
        match = next((one for one in left if one == word or (len(word) == 1 and one.startswith(word))), None)
        if match is None:
            return False
        left.discard(match)
    return True


class _CatalogSink:
    """What is written is what the file says; a column that it lacks, or a cell that is empty, changes nothing."""

    model: type[DoctorRow] | type[ServiceRow]

    def __init__(self, source: Source) -> None:
        self._catalog = Catalog([], [], [])
        self._new: list[Row] = []
        self._changed: dict[str, Row] = {}

    @property
    def _known(self) -> dict[str, Row]:
        return self._catalog.doctors if self.model is DoctorRow else self._catalog.services

    async def load(self, session: AsyncSession, records: Sequence[Record]) -> None:
        self._catalog = await load_rows(session)
        self._known.update({row["id"]: row for row in self._new})
        for row_id, changes in self._changed.items():
            self._known[row_id].update(changes)

    def _put(self, row_id: str, given: Row, unsaid: Mapping[str, Any]) -> Outcome:
        row = self._known.get(row_id)
        if row is None:
            ordinal = max((one["ordinal"] for one in self._known.values()), default=-1) + 1
            self._known[row_id] = {"id": row_id, "ordinal": ordinal, **unsaid, **given}
            self._new.append(self._known[row_id])
            return Outcome.NEW
        changes = {key: value for key, value in given.items() if row[key] != value}
        row.update(changes)
        if changes and not any(row is one for one in self._new):
            self._changed.setdefault(row_id, {}).update(changes)
        return Outcome.CHANGED if changes else Outcome.UNCHANGED

    async def write(self, session: AsyncSession) -> None:
        await insert_all(session, self.model, self._new)
        for row_id, changes in self._changed.items():
            await session.execute(update(self.model).where(self.model.id == row_id).values(**changes))
        self._new, self._changed = [], {}


class DoctorsSink(_CatalogSink):
    """Doctors; one name is one doctor."""

    model = DoctorRow

    def take(self, record: Record, line: int) -> Outcome:
        name = record["full_name"]
        given = {key: record[key] for key in ("specialty", "active") if key in record}
        branch = self._catalog.branch(record.get("branch"))["id"]
        if "branch" in record:
            given["branch_id"] = branch
        found = [row for row in self._known.values() if same_person(row["full_name"], name)]
        exact = [row for row in found if name_words(row["full_name"]) == name_words(name)] or found
        if len(exact) > 1:
            raise RowError(f"«{name}»: подходит несколько врачей, укажите отчество")
        row_id = exact[0]["id"] if exact else stable_id("doctor", fold(name))
        return self._put(row_id, given, {"full_name": name, "branch_id": branch, "active": True})


class ServicesSink(_CatalogSink):
    """Services; one name is one service."""

    model = ServiceRow

    def take(self, record: Record, line: int) -> Outcome:
        name = record["name"]
        given = {key: value for key, value in record.items() if key not in ("name", "branch", *_PRICES)}
        branch = self._catalog.branch(record.get("branch"))["id"]
        if "branch" in record:
            given["branch_id"] = branch
        known = next((row["id"] for row in self._known.values() if fold(row["name"]) == fold(name)), None)
        said = {funding: record[key] for key, funding in _PRICES.items() if key in record}
        if said:
            given["prices"] = {**(self._known[known]["prices"] if known else {}), **said}
        return self._put(known or stable_id("service", fold(name)), given, _new_service(name, branch))


def _new_service(name: str, branch_id: str) -> Row:
    return {
        "name": name,
        "branch_id": branch_id,
        "duration_min": DEFAULT_MINUTES,
        "price": None,
        "prices": {},
        "prep": None,
        "bookable": True,
        "active": True,
        "specialty": None,
        "category": None,
        "fundings": [],
        "documents": {},
        "resources": [],
        "expensive": False,
        "recall_days": None,
        "course_total": None,
        "course_interval_days": None,
    }
