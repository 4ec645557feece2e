"""What a file has said already: rows that repeat an earlier one are counted as such, whatever the base knows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol

from crm_bridge.local.exchange.errors import RowError
from crm_bridge.local.exchange.fields import Kind, KindSpec, Record
from crm_bridge.local.exchange.people import PeopleIndex, Person
from crm_bridge.names import name_words

_NAMES = frozenset({"full_name", "name"})


class Seen(Protocol):
    """The rows of a file that were taken, in order."""

    def repeats(self, record: Record) -> bool:
        """Whether an earlier row meant the same. Raises RowError where they contradict each other."""

    def add(self, record: Record, line: int) -> None:
        """Remember a row that was taken."""


def seen_of(spec: KindSpec) -> Seen:
    """The memory that a kind needs."""
    return SeenPeople() if spec.kind is Kind.PATIENTS else SeenKeys(spec.identity)


class SeenPeople:
    """Patients: one person may stand in a file under several spellings and phones."""

    def __init__(self) -> None:
        self._people = PeopleIndex()

    def repeats(self, record: Record) -> bool:
        return self._people.find(record) is not None

    def add(self, record: Record, line: int) -> None:
        person = self._people.find(record)
        if person is None:
            person = Person(id=str(line), full_name=record["full_name"], birth_date=record.get("birth_date"))
            self._people.add(person)
        elif name_words(person.full_name) < name_words(record["full_name"]):
            person.full_name = record["full_name"]
        for phone in record.get("phone", ()):
            if phone not in person.phones:
                self._people.add_phone(person, phone)


class SeenKeys:
    """All other kinds: what is the same thing must be said in the same way."""

    def __init__(self, identity: Callable[[Record], Hashable]) -> None:
        self._identity = identity
        self._lines: dict[Hashable, tuple[int, Record]] = {}

    def repeats(self, record: Record) -> bool:
        earlier = self._lines.get(self._identity(record))
        if earlier is None:
            return False
        line, said = earlier
        if _facts(said) != _facts(record):
            raise RowError(f"Повторяет строку {line}, но с другими данными: оставьте одну из этих строк")
        return True

    def add(self, record: Record, line: int) -> None:
        self._lines.setdefault(self._identity(record), (line, record))


def _facts(record: Record) -> dict[str, object]:
    return {key: value for key, value in record.items() if key not in _NAMES}
