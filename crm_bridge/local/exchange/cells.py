"""Cells of tables as CSV and Excel give them, and how they look as text."""

from __future__ import annotations

from datetime import date, datetime, time

Cell = str | int | float | bool | datetime | date | time | None
"""What a table has in one place: CSV knows text only."""

_NOTHING = frozenset({"", "-", "–", "—", "нет данных", "не указан", "не указана", "не указано", "н/д", "n/a", "null"})


def cell_text(cell: Cell) -> str:
    """A cell in one line, as a person would have typed it: whole numbers without `.0`, dates as дд.мм.гггг."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "да" if cell else "нет"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y}" if cell.time() == time() else f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    return " ".join(str(cell).split())


def is_blank(cell: Cell) -> bool:
    """Whether a cell says nothing: empty, a dash, «нет данных»."""
    return cell is None or (isinstance(cell, str) and cell_text(cell).casefold() in _NOTHING)
