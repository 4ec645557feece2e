"""Every question of every shipped script: three silences, three senseless answers, no round beyond the ladder."""

from __future__ import annotations

import pytest

from dialogs.engine import DialogState, advance, outcome_of
from dialogs.expressions import render
from dialogs.port import FALLBACK, Interpretation
from dialogs.script import NAMES, Script, load_script
from dialogs.script.graph import questions_of
from dialogs.script.model import Question
from dialogs.step import EffectDone, Event, Heard, Silence, Step

SCRIPTS = {name: load_script(name) for name in NAMES}
QUESTIONS = [
    (name, step, field)
    for name, script in SCRIPTS.items()
    for step, one in script.steps.items()
    for field, _ in questions_of(script, one)
]
KNOWN = {"now": "2026-11-23T10:00+03:00", "clinic": "Здоровье", "caller": "+79160000000"}
NONSENSE = Heard(
    interpretation=Interpretation(
        text="ммм бр",
        normalized="ммм бр",
        intent=FALLBACK,
        confidence=0.0,
        intents=(FALLBACK,),
        policy="reject",
        guard="unclear",
    )
)
TAKES_ANYTHING = {"emergency.ask", "cancel.reason"}
"""Anything but a clear no is danger to life; a reason is asked for once, and any words are one."""
LADDER = 3
EFFECTS = 20

every_question = pytest.mark.parametrize(("name", "step", "field"), QUESTIONS, ids=lambda part: part or "-")


def asked(name: str, step: str, field: str, *, spoken: bool) -> tuple[Script, Question, Step]:
    """A call that stands at this question."""
    script = SCRIPTS[name]
    question = script.question(step, field)
    assert question is not None
    state = DialogState(script=script.id, step=step, field=field, waiting="caller", vars=KNOWN, spoken=spoken)
    return script, question, Step(state=state)


def to_the_end(script: Script, step: Step) -> Step:
    """Perform the effects that follow, none of which succeeds, until somebody is awaited or the call is over."""
    for _ in range(EFFECTS):
        if not step.effects:
            return step
        failed = EffectDone(name=step.effects[0].name, ok=False, value={"error": "unavailable"})
        step = advance(script, step.state, failed)
    raise AssertionError("effects without end")


def stays(step: Step, name: str, field: str) -> bool:
    return step.listen is not None and (step.state.step, step.state.field) == (name, field)


def said(step: Step) -> str:
    return " ".join(say.text for say in step.say)


@every_question
def test_silence_of_one_who_has_spoken_ends_with_a_person(name: str, step: str, field: str) -> None:
    script, question, now = asked(name, step, field, spoken=True)
    for turn in range(1, LADDER + 1):
        now = advance(script, now.state, Silence())
        if question.silence and turn > 1:
            assert not stays(now, step, field), "its own way out follows the second silence"
            return
        if turn < LADDER:
            assert stays(now, step, field)
            assert len(said(now)) > 0
    assert [effect.args["reason"] for effect in now.effects] == ["no_input"]
    assert outcome_of(to_the_end(script, now).state)["outcome"] == "transferred"


@every_question
def test_silence_of_one_who_never_spoke_ends_with_a_goodbye_and_a_task(name: str, step: str, field: str) -> None:
    script, question, now = asked(name, step, field, spoken=False)
    if question.silence:
        return  # its own way out, as above
    for _ in range(LADDER):
        now = advance(script, now.state, Silence())
    assert [effect.name for effect in now.effects] == ["callback"], "the number is known: somebody phones back"
    ended = to_the_end(script, now)
    assert ended.hangup
    assert outcome_of(ended.state)["outcome"] == "ended_no_input"


@every_question
def test_nonsense_is_rephrased_then_keys_are_offered_then_a_person(name: str, step: str, field: str) -> None:
    script, _, now = asked(name, step, field, spoken=True)
    for turn in range(1, LADDER + 1):
        now = advance(script, now.state, NONSENSE)
        if step in TAKES_ANYTHING:
            assert not stays(now, step, field)
            return
        if turn < LADDER:
            assert stays(now, step, field)
    assert [effect.args["reason"] for effect in now.effects] == ["not_understood"]
    assert outcome_of(to_the_end(script, now).state)["outcome"] == "transferred"


@every_question
def test_the_second_time_offers_the_keys_of_the_menu(name: str, step: str, field: str) -> None:
    script, question, now = asked(name, step, field, spoken=True)
    events: list[Event] = [NONSENSE, NONSENSE] if step not in TAKES_ANYTHING else []
    for event in events:
        now = advance(script, now.state, event)
    if events and question.menu:
        menus = {render(menu, {**KNOWN, "brief": True}) for menu in question.menu}
        assert said(now) in menus


@every_question
def test_taking_turns_at_silence_and_nonsense_ends_too(name: str, step: str, field: str) -> None:
    script, _, now = asked(name, step, field, spoken=True)
    for turn in range(2 * LADDER):
        now = advance(script, now.state, Silence() if turn % 2 else NONSENSE)
        if not stays(now, step, field):
            return
    raise AssertionError("six useless turns and still the same question")
