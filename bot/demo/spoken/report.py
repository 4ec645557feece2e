"""Totals of spoken calls: how many came out right by noise, who waited how long, who met a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from bot.demo.bench_figures import against
from bot.demo.spoken.plan import NOISES
from bot.demo.spoken.runner import Played
from bot.demo.spoken.scoring import Scored
from speech.bench import percentiles

RIGHT_SHARE: Final = 0.85
ANSWERED_S: Final = 2.0
SPAM_SHARE: Final = 0.95
PATIENTS_AS_SPAM: Final = 0.01
_GOOD: Final = ("clean", "snr20")
_ALONE: Final = 1


def talk_figures(calls: Sequence[Scored]) -> dict[str, Any]:
    """Right outcomes and wrong commits by noise and scenario; `right` by the limits of the issue."""
    by_noise = {noise: _counted(one for one in calls if one.played.plan.noise == noise) for noise in NOISES}
    good = _counted(one for one in calls if one.played.plan.noise in _GOOD)
    share = good["right"] / good["calls"] if good["calls"] else 0.0
    return {
        "calls": len(calls),
        "by_noise": by_noise,
        "right_share_clean_snr20": {"value": round(share, 3), "limit": RIGHT_SHARE, "met": share >= RIGHT_SHARE},
        "wrong_commits": against(sum(bool(one.verdict.wrong) for one in calls), 0),
        "by_scenario": by_scenario(calls),
        "voices": len({one.played.plan.voice for one in calls}),
        "outcomes": dict(Counter(str(one.played.outcome.get("outcome")) for one in calls)),
        "turn_ms": percentiles([pause for one in calls for _, pause in pauses(one.played)]),
        "right": share >= RIGHT_SHARE and not good["wrong"],
    }


def _counted(calls: Iterable[Scored]) -> dict[str, int]:
    found = list(calls)
    right, wrong = (sum(flags) for flags in ([c.verdict.right for c in found], [bool(c.verdict.wrong) for c in found]))
    return {"calls": len(found), "right": right, "wrong": wrong}


def by_scenario(calls: Sequence[Scored]) -> dict[str, str]:
    """Right of all, by scenario."""
    named = Counter(one.played.plan.scenario for one in calls)
    right = Counter(one.played.plan.scenario for one in calls if one.verdict.right)
    return {name: f"{right[name]}/{count}" for name, count in sorted(named.items())}


def morning_figures(calls: Sequence[Scored]) -> dict[str, Any]:
    """A whole morning: nobody lost, how soon answered, how the turns were, and who met a person for what."""
    played = [one.played for one in calls]
    answered = [one.answered_s for one in played if one.answered_s is not None]
    figures = {
        "calls": len(calls),
        "busy": against(sum(one.refused is not None for one in played), 0),
        "lost": against(sum(one.lost for one in played), 0),
        "answered_s": {name: round(value, 2) for name, value in percentiles_fine(answered).items()},
        "answered_p95_s": against(percentiles_fine(answered)["p95"], ANSWERED_S),
        "most_at_once": most_at_once(played),
        "turn_ms": turns_by_load(played),
        "unheard_utterances": sum(one.unheard for one in calls),
        "calls_given_keys_for_it": sum(one.keys_offered for one in calls),
        "calls_at_a_person_for_it": sum(one.person_for_it for one in calls),
        "right": sum(one.verdict.right for one in calls),
        "wrong_commits": against(sum(bool(one.verdict.wrong) for one in calls), 0),
        "by_scenario": by_scenario(calls),
        **_spam(calls),
    }
    limits = [value for value in figures.values() if isinstance(value, dict) and "met" in value]
    return {**figures, "met": all(one["met"] for one in limits)}


def _spam(calls: Sequence[Scored]) -> dict[str, Any]:
    """How many sales pitches met a person, how many patients were taken for them."""
    pitches = [one for one in calls if one.played.plan.spam]
    patients = [one for one in calls if not one.played.plan.spam]
    as_spam = sum(one.as_spam for one in patients)
    told: dict[str, Any] = {"patients": len(patients)}
    if patients:
        told["patients_as_spam"] = against(as_spam / len(patients), PATIENTS_AS_SPAM)
    if pitches:
        kept = sum(not one.at_person for one in pitches) / len(pitches)
        told["pitches"] = len(pitches)
        told["pitches_kept_from_people"] = {"value": round(kept, 3), "limit": SPAM_SHARE, "met": kept >= SPAM_SHARE}
    return told


def pauses(played: Played) -> list[tuple[float, float]]:
    """When each of the caller's utterances ended, and the pause until the bot was heard, milliseconds."""
    return [(one.ended, one.pause_ms) for one in played.spoken if one.pause_ms is not None]


def turns_by_load(played: Sequence[Played]) -> dict[str, dict[str, float]]:
    """p50 and p95 of the pause, by phase and by how many calls were up at that moment."""
    groups: dict[str, list[float]] = {"all": []}
    for one in played:
        for at, pause in pauses(one):
            up = calls_up(played, at)
            name = "alone" if up <= _ALONE else f"{up}_at_once" if up < 6 else "6_and_more"
            for group in ("all", name, *([f"phase_{one.phase}"] if one.phase else [])):
                groups.setdefault(group, []).append(pause)
    return {name: {"n": len(found), **percentiles(found)} for name, found in sorted(groups.items())}


def calls_up(played: Sequence[Played], at: float) -> int:
    """How many calls were up at a moment."""
    return sum(one.began <= at <= one.ended for one in played)


def most_at_once(played: Sequence[Played]) -> int:
    """The most calls that were up together."""
    return max((calls_up(played, one.began) for one in played), default=0)


def percentiles_fine(values: Sequence[float]) -> dict[str, float]:
    """p50 and p95 of seconds, to a hundredth."""
    return {name: value / 1000 for name, value in percentiles([one * 1000 for one in values]).items()}


def transcript(one: Scored) -> list[str]:
    """What was said in a call, for whoever wants to know why it came out wrong; these people are made up."""
    return [
        f"       {turn.speaker.value:<9} [{turn.state}] {turn.text} {turn.intent or ''}".rstrip() for turn in one.turns
    ]


def line_of(one: Scored) -> str:
    """One call in one line of a report."""
    plan, outcome = one.played.plan, str(one.played.outcome.get("outcome") or one.played.fault or "нет итога")
    mark = "✓" if one.verdict.right else "✗"
    told = f" {one.verdict.remark}" if one.verdict.remark else ""
    voice = f"{plan.voice.name} {plan.voice.rate:g}/{plan.voice.pitch:g}"
    return f" {mark} {plan.number:>3} {plan.scenario:<15} {plan.noise:<6} {voice:<22} {outcome}{told}"
