"""Figures of understanding over a labelled split: intents, slots, danger, the confidence of what was wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dialogs.nlu.pipeline import RankNow, interpret_ranked
from dialogs.port import FALLBACK, Intent, Interpretation, NluContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One labelled line with what was understood; `gold` is the record of nlu.md."""

    gold: Mapping[str, Any]
    found: Interpretation

    @property
    def intent(self) -> str:
        """The intent as it is scored: a rejection counts as out_of_scope."""
        return Intent.OUT_OF_SCOPE if self.found.intent == FALLBACK else self.found.intent


def judge(path: Path, now: datetime, rank: RankNow) -> list[Judged]:
    """Understand every line of a JSONL split (`id,text,state,intent,intents,slots,noise`)."""
    with path.open(encoding="utf-8") as file:
        records = [json.loads(line) for line in file if line.strip()]
    return [
        Judged(gold=gold, found=interpret_ranked(gold["text"], NluContext(state=gold["state"], now=now), rank))
        for gold in records
    ]


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Return accuracy, macro F1, slot micro F1, emergency recall (act or ask), patients called spam."""
    patients = [one for one in judged if one.gold["intent"] not in (Intent.SPAM, Intent.OUT_OF_SCOPE)]
    danger = [one for one in judged if one.gold["intent"] == Intent.EMERGENCY]
    calm = [one for one in judged if one.gold["intent"] != Intent.EMERGENCY]
    return {
        "lines": len(judged),
        "accuracy": _share(one.intent == one.gold["intent"] for one in judged),
        "macro_f1": macro_f1([(one.gold["intent"], one.intent) for one in judged]),
        "slots_micro_f1": slots_micro_f1(judged),
        "emergency_act_or_ask": _share(one.found.emergency or one.found.ask_red_flags for one in danger),
        "emergency_act": _share(one.found.emergency for one in danger),
        "false_emergency_acts": sum(one.found.emergency for one in calm),
        "patients_called_spam": _share(one.intent == Intent.SPAM for one in patients),
        "patients_rejected": _share(one.intent == Intent.OUT_OF_SCOPE for one in patients),
    }


def _share(values: Iterable[bool]) -> float:
    flags = list(values)
    return sum(flags) / len(flags) if flags else 0.0


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the mean F1 over gold labels of (gold, predicted) pairs."""
    gold, found = Counter(g for g, _ in pairs), Counter(p for _, p in pairs)
    right = Counter(g for g, p in pairs if g == p)
    scores = [2 * right[label] / (gold[label] + found[label]) for label in gold]
    return sum(scores) / len(scores) if scores else 0.0


def slots_micro_f1(judged: Sequence[Judged]) -> float:
    """Return micro F1 of slots; `a~b` in gold accepts either, case and ё do not matter, address order does not."""
    right = said = wanted = 0
    for one in judged:
        gold = one.gold["slots"]
        if gold is None:
            continue
        said += len(one.found.slots)
        wanted += len(gold)
        right += sum(_same(value, one.found.slots.get(name)) for name, value in gold.items())
    return 2 * right / (said + wanted) if said + wanted else 0.0


def _same(gold: str, found: str | None) -> bool:
    return found is not None and any(_folded(option) == _folded(found) for option in gold.split("~"))


def _folded(value: str) -> tuple[str, ...]:
    return tuple(sorted(value.lower().replace("ё", "е").replace(",", " ").split()))
