"""The regression set that ships with the product: what a new training must not make worse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from dialogs.nlu.evaluate import macro_f1
from dialogs.nlu.pipeline import RankNow, interpret_ranked
from dialogs.nlu.synonyms import reworded
from dialogs.port import FALLBACK, Intent, Interpretation, NluContext

_FILE: Final = Path(__file__).with_name("regression.json")
_NOT_PATIENTS: Final = (Intent.SPAM, Intent.OUT_OF_SCOPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One utterance with what it means."""

    text: str
    state: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A line and what was understood of it."""

    line: Line
    found: Interpretation

    @property
    def intent(self) -> str:
        """The intent as it is scored: a rejection counts as out_of_scope."""
        return Intent.OUT_OF_SCOPE if self.found.intent == FALLBACK else self.found.intent

    @property
    def right(self) -> bool:
        """Whether it was understood as meant."""
        return self.intent == self.line.intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Quality (0..1) and, counted in lines, what must not grow: missed emergencies, false alarms, patients as spam."""

    lines: int
    accuracy: float
    macro_f1: float
    missed_emergencies: int
    false_emergencies: int
    patients_as_spam: int


@lru_cache(maxsize=1)
def regression_lines() -> tuple[Line, ...]:
    """Return the shipped lines."""
    return tuple(Line(**record) for record in json.loads(_FILE.read_text(encoding="utf-8")))


def answers(
    lines: Iterable[Line], rank: RankNow, now: datetime, synonyms: Mapping[str, str] | None = None
) -> list[Answer]:
    """Understand every line with an engine, by the pipeline of calls."""
    made = []
    for line in lines:
        text = reworded(line.text, synonyms or {})
        made.append(Answer(line=line, found=interpret_ranked(text, NluContext(state=line.state, now=now), rank)))
    return made


def figures_of(judged: Sequence[Answer]) -> Figures:
    """Return the figures of some lines; of none, all are 0."""
    danger = [one for one in judged if one.line.intent == Intent.EMERGENCY]
    calm = [one for one in judged if one.line.intent != Intent.EMERGENCY]
    patients = [one for one in judged if one.line.intent not in _NOT_PATIENTS]
    return Figures(
        lines=len(judged),
        accuracy=sum(one.right for one in judged) / max(len(judged), 1),
        macro_f1=macro_f1([(one.line.intent, one.intent) for one in judged]),
        missed_emergencies=sum(not (one.found.emergency or one.found.ask_red_flags) for one in danger),
        false_emergencies=sum(one.found.emergency for one in calm),
        patients_as_spam=sum(one.intent == Intent.SPAM for one in patients),
    )
