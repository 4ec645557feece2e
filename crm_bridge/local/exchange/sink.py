"""Where records go: one batch is loaded for, judged row by row, written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.storage.base import Base
from crm_bridge.local.exchange.fields import Record

_CHUNK = 1000
"""Values per IN: SQLite takes a bounded number of parameters."""


class Outcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REPEATED = "repeated"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a sink must know of the import beside its rows."""

    file_name: str
    now: datetime
    today: date
    new_id: Callable[[], str]


class Sink(Protocol):
    """Takes records of one kind; in a dry run `write` is never called, and what is unwritten counts as there."""

    async def load(self, session: AsyncSession, records: Sequence[Record]) -> None:
        """Read what the base knows of these records; begins a batch."""

    def take(self, record: Record, line: int) -> Outcome:
        """Judge one record and remember what to write: NEW, CHANGED or UNCHANGED. Raises RowError."""

    async def write(self, session: AsyncSession) -> None:
        """Write what is remembered."""


async def rows_in(
    session: AsyncSession, query: Select[Any], column: InstrumentedAttribute[Any], wanted: Iterable[object]
) -> list[dict[str, Any]]:
    """Rows whose column has one of the values, as plain dicts, in the query's order within each thousand values."""
    found: list[dict[str, Any]] = []
    for chunk in chunks(sorted({value for value in wanted if value is not None}, key=str), _CHUNK):
        result = await session.execute(query.where(column.in_(chunk)))
        found.extend(dict(row) for row in result.mappings())
    return found


def chunks(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The values, some at a time."""
    for begin in range(0, len(values), size):
        yield values[begin : begin + size]


def columns_of(model: type[Base]) -> Select[Any]:
    """A query for all columns of a table: rows without the session's care for objects."""
    return select(model.__table__)


async def insert_all(session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in one go; a row that somebody else has put there meanwhile is left as it is."""
    if rows:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        await session.execute(insert(model).on_conflict_do_nothing(), list(rows))
