"""Every row of rules.md by its number, and where it is tested."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


def _rows(prefix: str, last: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(1, last + 1)]


LATER = frozenset(
    {
        # screens
        *("M5", "M6", "I5", "I15", "I16", "I22", "I23", "I24", "I25", "C13", "C21"),
        # talk
        *("TR1", "TR3", "TR6", "TR7", "TD4", "TD5", "TD6", "TE1", "TE2", "TE3", "TE4", "TB3", "P10", "I26", "C10"),
        # campaigns and calls out, reports on calls
        *("TB1", "TB2", "TB4", "TB5", "TR8", "TD1", "TD7", "TE5", "C9", "P12", "C7"),
        # P2
        *("M15", "C18", "C23", "C24"),
    }
)
"""Rows that belong to talk, campaigns or screens."""
CATALOGUE: Mapping[str, bool] = {
    row: row in LATER
    for row in (
        *_rows("M", 15),
        *_rows("TR", 8),
        *_rows("TD", 7),
        *_rows("TB", 5),
        *_rows("TE", 5),
        *_rows("P", 12),
        *_rows("C", 26),
        *_rows("I", 27),
    )
}
"""Row -> whether it is another chapter's."""
_NAMED = re.compile(r"(?:async )?def test_((?:[a-z]{1,2}\d+_)+)")


def tests_of(folder: Path) -> Mapping[str, str]:
    """Row -> the file with its tests, found by their names: test_m12_… tests M12."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("test_*.py")):
        for named in _NAMED.findall(file.read_text(encoding="utf-8")):
            for row in named.strip("_").split("_"):
                found.setdefault(row.upper(), f"tests/rules/{file.name}")
    return found
