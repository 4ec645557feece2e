"""What a check has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grade = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report: what was looked at, the grade, what was seen and how to mend it."""

    name: str
    grade: Grade
    text: str
    remedy: str = ""


def ok(name: str, text: str) -> Finding:
    return Finding(name=name, grade="ok", text=text)


def fail(name: str, text: str, remedy: str) -> Finding:
    return Finding(name=name, grade="fail", text=text, remedy=remedy)


def warn(name: str, text: str, remedy: str) -> Finding:
    return Finding(name=name, grade="warn", text=text, remedy=remedy)
