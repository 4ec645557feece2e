"""What the database has of each played call, and the verdict on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.composition.core import Core
from bot.demo.spoken.judge import Seen, Verdict, judge
from bot.demo.spoken.plan import CallPlan, SeenVisit, seen_visit
from bot.demo.spoken.runner import Played
from bot.demo.stage import Stage
from bot.domain.call import CallRecord, Speaker, Turn
from dialogs.port import FALLBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A call with its verdict and what its record shows."""

    played: Played
    verdict: Verdict
    at_person: bool
    """Whether a person was rung or is to call back."""
    as_spam: bool
    unheard: int
    """Utterances that the recogniser had no time for."""
    keys_offered: bool
    """Two of them in a row: the question came with keys."""
    person_for_it: bool
    """Three in a row: the caller went to a person because of it."""
    turns: tuple[Turn, ...] = ()


async def score(stage: Stage, played: Sequence[Played]) -> list[Scored]:
    """Every call against the database, when all are over."""
    return [await _score(stage, one) for one in played]


async def _score(stage: Stage, played: Played) -> Scored:
    core = stage.service.core
    record = await stage.service.state.journal.call(played.call_id) if played.call_id else None
    outcome = (record.outcome if record else None) or {}
    seen = Seen(
        outcome=outcome,
        visits=await _visits(core, played.plan),
        requests=[one for one in await core.clinic.open_requests() if one.call_id == played.call_id],
    )
    happened = outcome.get("happened", ())
    run = longest_unheard(record)
    return Scored(
        played=played,
        verdict=judge(played.plan, seen),
        at_person="transferred" in happened or "emergency" in happened,
        as_spam="spam_ended" in happened,
        unheard=_unheard(record),
        keys_offered=run >= 2,
        person_for_it=run >= 3,
        turns=record.turns if record else (),
    )


async def _visits(core: Core, plan: CallPlan) -> list[SeenVisit]:
    """The coming visits of everybody who is known by this phone, and of the patient."""
    people = {one.id for one in await core.clinic.patients_by_phone(plan.part.phone)}
    people |= {plan.patient.id} if plan.patient.id else set()
    return [seen_visit(visit, core.settings.zone) for visit in await core.clinic.visits_of(sorted(people))]


def longest_unheard(record: CallRecord | None) -> int:
    """How many utterances in a row the recogniser had no time for."""
    longest = run = 0
    for turn in record.turns if record else ():
        if turn.speaker is Speaker.CALLER:
            run = run + 1 if was_unheard(turn) else 0
            longest = max(longest, run)
    return longest


def _unheard(record: CallRecord | None) -> int:
    return sum(was_unheard(turn) for turn in record.turns) if record else 0


def was_unheard(turn: Turn) -> bool:
    """Something was said, and the recogniser gave no text in time: neither words nor silence, and nothing decoded."""
    nothing = turn.speaker is Speaker.CALLER and not turn.text and "decode" not in turn.timings
    return nothing and turn.intent == FALLBACK
