"""Files of a clinic's transcripts: CSV and XLSX as clinics keep them, or one JSON object a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.learning.transcripts import Row
from crm_bridge.local.exchange.cells import Cell, cell_text
from crm_bridge.local.exchange.error_file import write_error_file
from crm_bridge.local.exchange.errors import ExchangeError
from crm_bridge.local.exchange.tables_in import Table, heading_key, read_table

HEADINGS: Final = {
    "text": ("text", "фраза", "реплика", "текст", "расшифровка", "что сказал"),
    "state": ("state", "состояние", "вопрос", "что спросили"),
    "intent": ("intent", "намерение", "метка", "смысл"),
}
"""Headings by field, in any case."""
_COLUMNS: Final = "столбец «Фраза» (или text); по желанию «Состояние» и «Намерение»"
_NAMES: Final = {heading_key(name): field for field, names in HEADINGS.items() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptFile:
    """The rows of a file; `table` of CSV and XLSX, `lines` of JSON lines, for the error file."""

    path: Path
    rows: tuple[Row, ...]
    table: Table | None = None
    lines: Mapping[int, str] | None = None

    @property
    def mending(self) -> str:
        """What to do with the file of rows that were not taken."""
        if self.table is not None:
            return "Исправьте их и загрузите этот файл той же командой."
        return f"Исправьте их в {self.path.name} и загрузите его снова: взятое не удвоится."

    def write_errors(self, path: Path, errors: Mapping[int, str]) -> None:
        """Write the rows that were not taken, with what is wrong, to be mended and fed again."""
        if self.table is not None:
            write_error_file(path, self.table, errors)
            return
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(["Строка", "Содержание", "Ошибка"])
            writer.writerows([number, (self.lines or {})[number], fault] for number, fault in sorted(errors.items()))


def read_transcripts(path: Path) -> tuple[TranscriptFile, Mapping[int, str]]:
    """Read a file; also the rows that cannot be read, by number. Raises ExchangeError and OSError."""
    content = path.read_bytes()
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return _json_lines(path, content)
    table = read_table(path, content, _NAMES, advice=f"Нужен {_COLUMNS}")
    if "text" not in table.columns:
        raise ExchangeError(f"{path}: нет столбца «Фраза». Нужен {_COLUMNS}")
    rows = [Row(number=line.number, **_fields(table, line.cells)) for line in table.lines]
    return TranscriptFile(path=path, rows=tuple(rows), table=table), {}


def _fields(table: Table, cells: Sequence[Cell]) -> dict[str, str]:
    return {
        field: " ".join(cell_text(cells[place]) for place in places if place < len(cells)).strip()
        for field, places in table.columns.items()
    }


def _json_lines(path: Path, content: bytes) -> tuple[TranscriptFile, Mapping[int, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ExchangeError(f"{path}: строки JSON должны быть в UTF-8") from None
    lines = {number: line for number, line in enumerate(text.splitlines(), start=1) if line.strip()}
    rows: list[Row] = []
    faults: dict[int, str] = {}
    for number, line in lines.items():
        try:
            rows.append(Row(number=number, **_record(json.loads(line))))
        except ValueError:
            faults[number] = "Нужен объект JSON с полем text; по желанию state и intent"
    return TranscriptFile(path=path, rows=tuple(rows), lines=lines), faults


def _record(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise ValueError("no text")
    fields = {name: value.get(name) or "" for name in HEADINGS}
    if not all(isinstance(one, str) for one in fields.values()):
        raise ValueError("not a text")
    return fields
