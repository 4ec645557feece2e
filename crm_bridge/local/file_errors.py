"""Faults of a clinic file, each with its exact place, in the words of whoever wrote the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from crm_bridge.port import CrmError

_MESSAGES = {
    "missing": "поле обязательно, но его нет",
    "extra_forbidden": "такого поля в файле клиники нет (опечатка?)",
    "string_type": "здесь нужен текст",
    "int_type": "здесь нужно целое число",
    "int_parsing": "здесь нужно целое число",
    "int_from_float": "здесь нужно целое число",
    "list_type": "здесь нужен список",
    "dict_type": "здесь нужны пары «имя: значение»",
    "model_type": "здесь нужны пары «имя: значение»",
    "bool_parsing": "здесь нужно true или false",
    "bool_type": "здесь нужно true или false",
    "string_too_short": "значение не должно быть пустым",
    "too_short": "список не должен быть пустым",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault: `place` as `doctors[3].doctor`, `message` in Russian; the file's line where it is known."""

    place: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ClinicFileError(CrmError):
    """The file cannot be loaded; nothing of it was."""

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([f"Файл клиники {path} не загружен:", *(f"  {_told(one)}" for one in problems)]))


def _told(problem: Problem) -> str:
    return str(problem) if problem.line is None else f"строка {problem.line}: {problem}"


def place_of(parts: Sequence[int | str]) -> str:
    """`("doctors", 3, "free", 0)` as `doctors[3].free[0]`."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "файл"


def problems_of(error: ValidationError) -> list[Problem]:
    """Pydantic's findings in Russian."""
    return [Problem(place=place_of(item["loc"]), message=_message(item)) for item in error.errors(include_url=False)]


def _message(item: Any) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "greater_than_equal":
        return f"число должно быть не меньше {context['ge']}"
    if kind == "less_than_equal":
        return f"число должно быть не больше {context['le']}"
    if kind in ("enum", "literal_error"):
        return f"«{item['input']}» не подходит, возможно: {context['expected'].replace(' or ', ', ')}"
    return _MESSAGES.get(kind, f"значение «{item['input']}» не подходит")
