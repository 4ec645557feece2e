"""What the clinic's systems refuse is read by people: no English sentence may be left among the refusals."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import crm_bridge
from crm_bridge.rules import refusals

ROOT = Path(crm_bridge.__file__).parent
TOLD = {"NotFound", "OpeningTaken", "HoldExpired", "VisitClosed", "IllegalStep", "Refused"}


def _refusals(file: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every refusal that is written where it is raised."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOLD and node.args:
            written = [one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
            if written:
                yield node.lineno, "".join(str(one) for one in written)


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_refusal_is_russian(file: Path) -> None:
    assert [(line, text) for line, text in _refusals(file) if not re.search("[а-яё]", text)] == []


def test_the_common_ones_say_what_to_do() -> None:
    said = [text for name, text in vars(refusals).items() if name.isupper() and isinstance(text, str)]
    assert len(said) >= 10
    for text in [*said, *refusals.CLOSED.values()]:
        assert re.fullmatch(r"[А-Я][^:]+: [а-я].+", text), text
