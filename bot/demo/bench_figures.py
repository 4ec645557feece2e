"""What the turns of a bench amount to: stages of each pause, by state and over all, beside their targets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.demo.bench_phone import Spoken
from bot.domain.call import CallRecord, Speaker, Turn
from speech.bench import percentiles
from speech.endpointing import EndpointSettings
from speech.port import Expected

STAGES: Final = (
    "whole",
    "silence",
    "beyond_silence",
    "recogniser",
    "rest",
    "nlu",
    "crm",
    "voice",
    "between",
    "line",
    "decode",
    "decode_queue",
)
EXPECTED: Final[Mapping[str, Expected]] = {
    "ask_slot_ok": Expected.YES_NO,
    "ask_red_flags": Expected.YES_NO,
    "ask_move": Expected.YES_NO,
    "ask_identity": Expected.YES_NO,
    "confirm": Expected.YES_NO,
    "ask_date": Expected.DATE,
    "ask_birth": Expected.DATE,
    "ask_name": Expected.NAME,
    "ask_who": Expected.NAME,
    "ask_address": Expected.ADDRESS,
    "ask_phone": Expected.DIGITS,
}
"""What the scripts expect in the states that the bench's callers meet; the rest is free speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One turn: the stages of its pause in milliseconds.

    `whole` is the caller's: last packet with speech sent -> first packet with sound received. `silence` is what the
    endpointer waited by design (with its hold-on), `recogniser` what the text took beyond it, `rest` all else. Inside
    of it `nlu`, `crm`, `voice` (reply -> first packet) and `between` (what no stage claims) are the service's, `line`
    is what only the caller sees: the gate's lateness, packets on their way, silence at the start of a prompt. `decode`
    and `decode_queue` mostly lie inside `silence`.
    """

    state: str
    stages: Mapping[str, float]


def measure(spoken: Spoken, record: CallRecord) -> Measured | None:
    """The turn that answered `spoken`; None where the bot did not hear it as one utterance, or said nothing."""
    turns = {turn.number: turn for turn in record.turns}
    heard, reply = turns.get(spoken.question + 1), turns.get(spoken.question + 2)
    pause = spoken.pause_ms
    if pause is None or heard is None or reply is None or not _is_pair(heard, reply):
        return None
    took, silence = heard.timings, heard.timings["silence"]
    inside, own = reply.timings["pause"], ("nlu", "crm")
    recogniser, voice = took["recognised"], reply.timings["voice"]
    between = inside - silence - recogniser - voice - sum(took[name] for name in own)
    stages = {
        "whole": pause,
        "silence": silence,
        "beyond_silence": pause - silence,
        "recogniser": recogniser,
        "rest": pause - silence - recogniser,
        **{name: took[name] for name in own},
        "voice": voice,
        "between": between,
        "line": pause - inside,
        "decode": took["decode"],
        "decode_queue": took["wait"],
    }
    return Measured(state=spoken.state, stages=stages)


def _is_pair(heard: Turn, reply: Turn) -> bool:
    spoke = heard.speaker is Speaker.CALLER and "silence" in heard.timings
    return spoke and reply.speaker is Speaker.BOT and "pause" in reply.timings


def by_state(turns: Iterable[Measured]) -> dict[str, Any]:
    """Per state: how many turns, the silence setting, and p50 and p95 of every stage."""
    grouped: dict[str, list[Measured]] = defaultdict(list)
    for turn in turns:
        grouped[turn.state].append(turn)
    settings = EndpointSettings().silence_ms
    return {
        state: {
            "n": len(found),
            "expected": expected_in(state).value,
            "silence_setting": settings[expected_in(state)],
            **stages_of(found),
        }
        for state, found in sorted(grouped.items())
    }


def stages_of(turns: Sequence[Measured]) -> dict[str, dict[str, float]]:
    """p50 and p95 of every stage."""
    return {name: percentiles([turn.stages[name] for turn in turns]) for name in STAGES}


def expected_in(state: str) -> Expected:
    """What the scripts expect to hear in a state."""
    return EXPECTED.get(state, Expected.FREE)


def yes_no(turns: Iterable[Measured]) -> list[Measured]:
    """The turns whose question takes a yes or a no."""
    return [turn for turn in turns if expected_in(turn.state) is Expected.YES_NO]


def against(value: float, limit: float) -> dict[str, Any]:
    """A figure beside its target; a target is a most."""
    return {"value": round(value, 1), "limit": limit, "met": value <= limit}
