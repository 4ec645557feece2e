"""Rows that were not taken, as a table that can be mended and fed again."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from crm_bridge.local.exchange.cells import cell_text
from crm_bridge.local.exchange.fields import original_cells, original_headings
from crm_bridge.local.exchange.tables_in import ERROR_COLUMN, Table


def write_error_file(path: Path, table: Table, errors: Mapping[int, str]) -> None:
    """Write CSV that Excel opens by itself (`;`, UTF-8 with its mark): the file's own columns and «Ошибка»."""
    headings = original_headings(table)
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow([*headings, ERROR_COLUMN])
        for line in table.lines:
            if line.number in errors:
                cells = [cell_text(cell) for cell in original_cells(table, line)]
                writer.writerow([*cells[: len(headings)], errors[line.number]])
    part.replace(path)
