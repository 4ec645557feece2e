"""Figures of understanding over a labelled split: intents, slots, danger, the confidence of what was wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from dialogs.nlu.gold import same_value
from dialogs.nlu.pipeline import RankNow, interpret_ranked
from dialogs.port import FALLBACK, Directory, Intent, Interpretation, NluContext

SURE: Final = 0.6
"""From this probability on a wrong intent is a wrong action, not a question."""
_STRANGERS: Final = (Intent.SPAM, Intent.OUT_OF_SCOPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One labelled line with what was understood; `gold` is the record of a split, its `danger` optional."""

    gold: Mapping[str, Any]
    found: Interpretation

    @property
    def intent(self) -> str:
        """The intent as it is scored: a rejection counts as out_of_scope."""
        return Intent.OUT_OF_SCOPE if self.found.intent == FALLBACK else self.found.intent

    @property
    def wanted(self) -> str:
        """The intent as labelled."""
        return str(self.gold["intent"])

    @property
    def is_right(self) -> bool:
        """Whether the main intent is the labelled one."""
        return self.intent == self.wanted

    @property
    def is_danger(self) -> bool:
        """Whether the line tells of danger now."""
        return self.wanted == Intent.EMERGENCY

    @property
    def is_patient(self) -> bool:
        """Whether a patient speaks of what the clinic does."""
        return self.wanted not in _STRANGERS


def judge(path: Path, now: datetime, rank: RankNow, directory: Directory | None = None) -> list[Judged]:
    """Understand every line of a JSONL split (`id,text,state,intent,intents,slots,noise`)."""
    with path.open(encoding="utf-8") as file:
        records = [json.loads(line) for line in file if line.strip()]
    known = directory or Directory()
    return [
        Judged(
            gold=gold,
            found=interpret_ranked(gold["text"], NluContext(state=gold["state"], now=now, directory=known), rank),
        )
        for gold in records
    ]


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Return the figures of the table of understanding; a share over no lines is 0."""
    return {"lines": len(judged)} | _intents(judged) | _dangers(judged) | _strangers(judged) | _slots(judged)


def _intents(judged: Sequence[Judged]) -> dict[str, float]:
    several = [one for one in judged if len(one.gold.get("intents") or ()) > 1]
    found = sum(len(set(one.gold["intents"]) & set(one.found.intents)) for one in several)
    return {
        "accuracy": _share(one.is_right for one in judged),
        "macro_f1": macro_f1([(one.wanted, one.intent) for one in judged]),
        "accuracy_in_dialogue": _share(one.is_right for one in judged if one.gold["state"] != "open"),
        "multi_intent_recall": found / max(1, sum(len(one.gold["intents"]) for one in several)),
        "second_intent_invented": _share(len(one.found.intents) > 1 for one in judged if one not in several),
    }


def _dangers(judged: Sequence[Judged]) -> dict[str, float]:
    danger = [one for one in judged if one.is_danger]
    return {
        "emergency_act_or_ask": _share(one.found.emergency or one.found.ask_red_flags for one in danger),
        "emergency_act": _share(one.found.emergency for one in danger),
        "emergency_missed": sum(not (one.found.emergency or one.found.ask_red_flags) for one in danger),
        "false_emergency_acts": sum(one.found.emergency for one in judged if not one.is_danger),
    }


def _strangers(judged: Sequence[Judged]) -> dict[str, float]:
    patients = [one for one in judged if one.is_patient]
    spam = _precision_recall(judged, Intent.SPAM)
    strange = _precision_recall(judged, Intent.OUT_OF_SCOPE)
    return {
        "spam_precision": spam[0],
        "spam_recall": spam[1],
        "patients_called_spam": _share(one.intent == Intent.SPAM for one in patients),
        "out_of_scope_precision": strange[0],
        "out_of_scope_recall": strange[1],
        "patients_rejected": _share(one.intent == Intent.OUT_OF_SCOPE for one in patients),
        "patients_wronged": _share(
            one.found.confidence >= SURE and one.intent not in (*one.gold["intents"], Intent.OUT_OF_SCOPE)
            for one in patients
        ),
    }


def _slots(judged: Sequence[Judged]) -> dict[str, float]:
    labelled = [one for one in judged if one.gold.get("slots") is not None]
    framed = [one for one in labelled if one.gold["slots"]]
    named: dict[str, float] = {
        "slots_micro_f1": slots_micro_f1(labelled),
        "frame_accuracy": _share(map(_whole, framed)),
    }
    for name in sorted({name for one in labelled for name in one.gold["slots"]}):
        named[f"slot_{name}"] = slots_micro_f1(labelled, only=name)
    return named


def _whole(one: Judged) -> bool:
    gold = one.gold["slots"]
    return gold.keys() == one.found.slots.keys() and all(
        same_value(name, value, one.found.slots[name]) for name, value in gold.items()
    )


def _share(values: Iterable[bool]) -> float:
    flags = list(values)
    return sum(flags) / len(flags) if flags else 0.0


def _precision_recall(judged: Sequence[Judged], label: str) -> tuple[float, float]:
    found = [one for one in judged if one.intent == label]
    wanted = [one for one in judged if one.wanted == label]
    return _share(one.is_right for one in found), _share(one.is_right for one in wanted)


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the mean F1 over gold labels of (gold, predicted) pairs."""
    gold, found = Counter(g for g, _ in pairs), Counter(p for _, p in pairs)
    right = Counter(g for g, p in pairs if g == p)
    scores = [2 * right[label] / (gold[label] + found[label]) for label in gold]
    return sum(scores) / len(scores) if scores else 0.0


def slots_micro_f1(judged: Sequence[Judged], *, only: str = "") -> float:
    """Return micro F1 of all slots, or of one by name; lines without slot labels (null) are left out."""
    right = said = wanted = 0
    for one in judged:
        if one.gold.get("slots") is None:
            continue
        gold, found = (_chosen(slots, only) for slots in (one.gold["slots"], one.found.slots))
        said, wanted = said + len(found), wanted + len(gold)
        right += sum(name in found and same_value(name, value, found[name]) for name, value in gold.items())
    return 2 * right / (said + wanted) if said + wanted else 0.0


def _chosen(slots: Mapping[str, str], only: str) -> dict[str, str]:
    return {name: value for name, value in slots.items() if not only or name == only}
