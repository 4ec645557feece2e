"""Versions of speech scripts: drafts, what was published when and by whom, and what stands against publishing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

SHIPPED_VERSION: Final = 0
"""The number of the script that comes with the product; those of the database count from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptVersion:
    """A numbered version, never changed again: the files by their paths ("inbound.yml", "shared/common.yml").

    `base` is the number that it was made from; `published_at` when it last went live, None for a draft.
    """

    script: str
    number: int
    base: int
    created_at: datetime | None
    created_by: str
    note: str = ""
    published_at: datetime | None = None
    live: bool = False
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A version that was put live; the newest one of a script is in force."""

    script: str
    number: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptState:
    """A script at one look: which version new calls take, and which is the newest saved one."""

    id: str
    title: str
    live: int
    newest: int
    published_at: datetime | None = None
    published_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that stands against publishing: where, and what to do, in Russian; `line` counts from 1, 0 unknown."""

    place: str
    message: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.file else ""
        return f"{where}{self.place}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """What the checks and the regression dialogues found; with nothing found the script may go live."""

    script: str
    findings: tuple[Problem, ...] = ()
    dialogues: int = 0

    @property
    def passed(self) -> bool:
        return not self.findings


class ScriptFault(Exception):
    """Something about script versions that the person who edits is told, in Russian."""


class NoSuchVersion(ScriptFault):
    """There is no such script, or no such version of it."""


class ScriptConflict(ScriptFault):
    """Somebody else has saved meanwhile: nothing is overwritten."""


class ScriptRejected(ScriptFault):
    """The files cannot be kept, or there is nothing to go back to."""


class PublishRefused(ScriptFault):
    """The version did not pass its exam; `exam` says why."""

    def __init__(self, exam: Exam) -> None:
        super().__init__(
            "Версия не опубликована, исправьте:\n" + "\n".join(f"  {finding}" for finding in exam.findings)
        )
        self.exam = exam
