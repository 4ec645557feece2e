"""What a kind of row is made of, and how one line of a table becomes a record. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from crm_bridge.local.exchange.cells import Cell, is_blank
from crm_bridge.local.exchange.errors import ExchangeError, RowError
from crm_bridge.local.exchange.tables_in import ERROR_COLUMN, Line, Table, heading_key

Record = Mapping[str, Any]
"""The values of one row by field; a field that the row leaves empty is not there."""


class Kind(StrEnum):
    """What can be imported."""

    PATIENTS = "patients"
    DOCTORS = "doctors"
    SERVICES = "services"
    SCHEDULES = "schedules"
    CONSENTS = "consents"
    VISITS = "visits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: the heading of exports, other headings it goes by, how a cell is read; `many` joins columns."""

    key: str
    title: str
    read: Callable[[Cell, date], Any]
    also: tuple[str, ...] = ()
    many: bool = False
    keeps_dash: bool = False
    """A dash is a word here, not an empty cell: «Согласие: -»."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSpec:
    """A kind of rows: `needs` lists groups of fields, one of each group must be filled in every row."""

    kind: Kind
    title: str
    fields: tuple[Field, ...]
    needs: tuple[tuple[str, ...], ...]
    finish: Callable[[dict[str, Any]], None] = lambda record: None
    """Joins what several columns give into one field; may raise ValueError in Russian."""
    identity: Callable[[Record], Hashable] = field(default=lambda record: tuple(sorted(record.items())))
    """What makes two rows of one file the same thing."""

    def by_key(self, key: str) -> Field:
        return next(one for one in self.fields if one.key == key)

    def names(self, mapping: Mapping[str, str]) -> dict[str, str]:
        """Every heading that is understood, as `heading_key`, and its field; `mapping` goes before. ExchangeError."""
        known = {heading_key(name): one.key for one in self.fields for name in (one.key, one.title, *one.also)}
        given: dict[str, str] = {}
        for heading, target in mapping.items():
            if heading_key(target) not in known:
                titles = ", ".join(f"{one.key} («{one.title}»)" for one in self.fields)
                raise ExchangeError(f"--clinic-mapping: поля «{target}» нет; есть: {titles}")
            given[heading_key(heading)] = known[heading_key(target)]
        return known | given


def check_columns(spec: KindSpec, table: Table, mapping: Mapping[str, str]) -> None:
    """Refuse a table without a column that is mapped or that rows need, or with two for one field. ExchangeError."""
    there = {heading_key(heading) for heading in table.headings}
    for heading in mapping:
        if heading_key(heading) not in there:
            raise ExchangeError(f"--clinic-mapping: столбца «{heading}» нет. В файле есть: {_listed(table)}")
    for group in spec.needs:
        if not any(key in table.columns for key in group):
            wanted = " или ".join(f"«{spec.by_key(key).title}»" for key in group)
            raise ExchangeError(
                f"Нет столбца {wanted}. В файле есть: {_listed(table)}. "
                f"Укажите, какой это столбец: --clinic-mapping «Столбец={group[0]}»"
            )
    for one in spec.fields:
        places = table.columns.get(one.key, ())
        if len(places) > 1 and not one.many:
            twice = ", ".join(f"«{table.headings[place]}»" for place in places)
            raise ExchangeError(f"Столбцы {twice} — об одном и том же («{one.title}»): оставьте один из них")


def _listed(table: Table) -> str:
    return ", ".join(f"«{heading}»" for heading in table.headings if heading)


def read_record(spec: KindSpec, table: Table, line: Line, today: date) -> Record:
    """The record of one line. Raises RowError with everything that is wrong with it."""
    record: dict[str, Any] = {}
    faults: list[str] = []
    for one in spec.fields:
        for place in table.columns.get(one.key, ()):
            cell = line.cells[place] if place < len(line.cells) else None
            if cell is None or (is_blank(cell) and not (one.keeps_dash and str(cell).strip())):
                continue
            try:
                value = one.read(cell, today)
            except ValueError as error:
                faults.append(f"{one.title}: {error}")
            else:
                record[one.key] = _joined(record.get(one.key), value) if one.many else value
    if not faults:
        try:
            spec.finish(record)
        except ValueError as error:
            faults.append(str(error))
        faults.extend(_missing(spec, record))
    if faults:
        raise RowError("; ".join(faults))
    return record


def _joined(known: tuple[Any, ...] | None, more: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys((*(known or ()), *more)))


def _missing(spec: KindSpec, record: Record) -> Sequence[str]:
    return [
        f"Заполните «{'» или «'.join(spec.by_key(key).title for key in group)}»"
        for group in spec.needs
        if not any(key in record for key in group)
    ]


def original_cells(table: Table, line: Line) -> list[Cell]:
    """The row's own cells without the column that an error file added, as wide as the headings."""
    cells = list(line.cells) + [None] * (len(table.headings) - len(line.cells))
    return [cell for heading, cell in zip(_wide(table, len(cells)), cells, strict=True) if not _is_error(heading)]


def original_headings(table: Table) -> list[str]:
    """The headings without the one that an error file added."""
    return [heading for heading in table.headings if not _is_error(heading)]


def _is_error(heading: str) -> bool:
    return heading_key(heading) == heading_key(ERROR_COLUMN)


def _wide(table: Table, width: int) -> list[str]:
    return [*table.headings, *[""] * (width - len(table.headings))]
