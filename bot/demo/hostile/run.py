"""Many hostile calls by one seed, each judged; of every broken rule the shortest list of acts that still breaks it."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.demo.hostile.callers import Act, Caller, draw_caller
from bot.demo.hostile.judge import judge
from bot.demo.hostile.play import House, Trace, play

EXAMPLES: Final = 3
"""So many different calls are shortened for each broken rule: shortening plays a call over and over."""
_SHOWN: Final = 80


@dataclass(slots=True)
class Report:
    """What a run came to."""

    seed: int
    turns: int = 0
    calls: int = 0
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    tempers: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    pitches: int = 0
    pitches_at_person: int = 0

    @property
    def right(self) -> bool:
        """Whether every rule held in every call."""
        return not self.counts

    def figures(self) -> dict[str, Any]:
        """As one JSON line."""
        return {
            "hostile": self.seed,
            "turns": self.turns,
            "calls": self.calls,
            "seconds": round(self.seconds),
            "outcomes": dict(self.outcomes.most_common()),
            "tempers": dict(self.tempers),
            "sales_calls": self.pitches,
            "sales_calls_at_a_person": self.pitches_at_person,
            "broken": dict(self.counts),
            "right": self.right,
        }


async def run_hostile(house: House, *, turns: int, seed: int, tell: Callable[[str], None]) -> Report:
    """Callers of the seeds `seed`, `seed + 1`, … until there were so many turns. `tell` takes lines of progress."""
    report, began, told = Report(seed), time.monotonic(), 0
    people = house.data.patients
    while report.turns < turns:
        caller = draw_caller(seed + report.calls, people)
        trace = await play(house, caller)
        await _note(report, house, trace)
        if report.turns >= told + turns // 10:
            told = report.turns
            tell(f"Реплик: {report.turns} из {turns}, звонков: {report.calls}, нарушений: {report.counts.total()}")
    report.seconds = time.monotonic() - began
    return report


async def _note(report: Report, house: House, trace: Trace) -> None:
    script = house.scripts[trace.caller.script]
    report.calls += 1
    report.turns += len(trace.acts)
    report.outcomes[str(trace.outcome.get("outcome"))] += 1
    report.tempers[trace.caller.temper] += 1
    if trace.caller.temper == "salesman":
        report.pitches += 1
        report.pitches_at_person += "transferred" in trace.outcome.get("happened", ())
    for name, where in judge(trace, script):
        report.counts[name] += 1
        if len(report.broken[name]) < EXAMPLES:
            acts = await shortest(house, trace.caller, trace.acts, name)
            report.broken[name].append({"seed": trace.caller.number, "where": where, **_told(trace.caller, acts)})


async def shortest(house: House, caller: Caller, acts: Sequence[Act], name: str) -> tuple[Act, ...]:
    """The acts without all those that the broken rule does not need: halves are tried first, then ever less."""
    script, kept, piece = house.scripts[caller.script], tuple(acts), max(1, len(acts) // 2)
    while piece:
        at = 0
        while at < len(kept):
            fewer = (*kept[:at], *kept[at + piece :])
            if name in {rule for rule, _ in judge(await play(house, caller, fewer), script)}:
                kept = fewer
            else:
                at += piece
        piece //= 2
    return kept


def _told(caller: Caller, acts: Sequence[Act]) -> dict[str, Any]:
    """As `registratura chat --jsonl` takes them."""
    names = {"say": "say", "keys": "dtmf", "silence": "silence"}
    lines = [{names[act.kind]: True if act.kind == "silence" else act.text[:_SHOWN]} for act in acts]
    return {
        "script": caller.script,
        "caller": caller.phone,
        "transfer": caller.transfer,
        "outage": caller.outage,
        "acts": [json.dumps(line, ensure_ascii=False) for line in lines],
    }
