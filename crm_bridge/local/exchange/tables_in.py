"""Reads a table as clinics keep them: CSV of any separator and encoding, XLSX; finds the row of headings in it."""

from __future__ import annotations

import codecs
import csv
import io
import warnings
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from openpyxl import load_workbook

from crm_bridge.local.exchange.cells import Cell, cell_text
from crm_bridge.local.exchange.errors import ExchangeError
from crm_bridge.names import fold

_SEPARATORS = (";", "\t", ",")
_HEADING_WITHIN = 20
"""Rows above the headings: the list's title, the date of its making."""
_BY_HAND = "Назовите столбцы по инструкции или укажите соответствие: --clinic-mapping «Столбец=поле»"
ERROR_COLUMN = "Ошибка"
"""What an error file adds; ignored when it is fed again."""

Rows = list[tuple[Cell, ...]]
_PLAIN = (str, int, float, bool, datetime, date, time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row; `number` as Excel counts, from 1, with the headings and what is above them."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Headings, `columns` (field -> places in a row), and the rows that are not empty."""

    headings: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]
    lines: tuple[Line, ...]


def heading_key(text: str) -> str:
    """A heading as it is compared: «Дата рождения *» and «дата_рождения» are one."""
    return fold(" ".join(text.replace("_", " ").replace("*", " ").replace(".", ". ").split()).rstrip(":. "))


def read_table(
    path: Path, content: bytes, names: Mapping[str, str], by_hand: Collection[str] = (), *, advice: str = _BY_HAND
) -> Table:
    """Read a file's bytes; `names` is `heading_key` of a heading -> field. Raises ExchangeError.

    A heading that is mapped `by_hand` takes its field from the columns that have its usual names. `advice` is told
    where no heading is found.
    """
    if content.startswith(b"PK\x03\x04"):
        candidates = [_read_xlsx(content)]
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise ExchangeError(f"{path}: это старый формат XLS; сохраните файл в Excel как XLSX или CSV")
    else:
        text = _decoded(path, content)
        candidates = [_read_csv(path, text, separator) for separator in _SEPARATORS]
    # The separator under which most headings are known is the file's.
    best = max(candidates, key=lambda rows: (_known(rows, names)[1], sum(len(row) for row in rows[:_HEADING_WITHIN])))
    place, known = _known(best, names)
    if known == 0:
        raise ExchangeError(f"{path}: не найдена строка заголовков. Первая строка: «{_shown(best)}». {advice}")
    return _table(path, best, place, names, {heading_key(heading) for heading in by_hand})


def _table(path: Path, rows: Rows, place: int, names: Mapping[str, str], by_hand: Collection[str]) -> Table:
    headings = tuple(cell_text(cell) for cell in rows[place])
    columns: dict[str, tuple[int, ...]] = {}
    taken = {names[heading_key(heading)] for heading in headings if heading_key(heading) in by_hand}
    for index, heading in enumerate(headings):
        field = names.get(heading_key(heading))
        usual = field not in taken or heading_key(heading) in by_hand
        if field is not None and usual and heading_key(heading) != heading_key(ERROR_COLUMN):
            columns[field] = (*columns.get(field, ()), index)
    lines = tuple(
        Line(number=number, cells=row)
        for number, row in enumerate(rows[place + 1 :], start=place + 2)
        if any(cell_text(cell) for cell in row)
    )
    if not lines:
        raise ExchangeError(f"{path}: под заголовками нет ни одной строки")
    return Table(headings=headings, columns=columns, lines=lines)


def _known(rows: Rows, names: Mapping[str, str]) -> tuple[int, int]:
    """Where the headings are, and how many different fields they name."""
    best = (0, 0)
    for index, row in enumerate(rows[:_HEADING_WITHIN]):
        fields = {names[key] for cell in row if (key := heading_key(cell_text(cell))) in names}
        if len(fields) > best[1]:
            best = (index, len(fields))
    return best


def _decoded(path: Path, content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings: Sequence[str] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1251")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ExchangeError(f"{path}: непонятная кодировка; сохраните файл как «CSV UTF-8» или XLSX")


def _read_csv(path: Path, text: str, separator: str) -> Rows:
    try:
        return _parsed(text, separator, strict=True)
    except csv.Error as error:
        if "end of data" in str(error):
            place = f"строка {_unclosed(text, separator)}"
            raise ExchangeError(f"{path}: {place}: кавычка открыта и не закрыта; закройте или уберите её") from None
        # A quote inside a value is no reason to lose the list: «"Ромашка" ООО» is read as it stands.
        return _parsed(text, separator, strict=False)


def _parsed(text: str, separator: str, *, strict: bool) -> Rows:
    return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)]


def _unclosed(text: str, separator: str) -> int:
    """The row in which the quote that is never closed was opened."""
    return len(_parsed(text, separator, strict=False))


def _read_xlsx(content: bytes) -> Rows:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that it leaves out
        try:
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # some programmes write a wrong size, and rows would be lost
                rows: Rows = [_trimmed(row) for row in sheet.iter_rows(values_only=True)]
                if any(rows):
                    return rows
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise ExchangeError("это не книга XLSX или она повреждена; сохраните её в Excel заново") from error
    raise ExchangeError("в книге нет ни одной заполненной строки")


def _trimmed(row: Sequence[object]) -> tuple[Cell, ...]:
    cells: list[Cell] = [cell if cell is None or isinstance(cell, _PLAIN) else str(cell) for cell in row]
    while cells and cells[-1] is None:
        cells.pop()
    return tuple(cells)


def _shown(rows: Rows) -> str:
    first = next((row for row in rows if any(row)), ())
    return "; ".join(cell_text(cell) for cell in first)[:200]
