"""The dialog engine: pure and synchronous. It returns effects as data and takes their results back as events."""

from __future__ import annotations

from dataclasses import replace

from dialogs.engine.hearing import answer, compact, hear, pressed, silent
from dialogs.engine.outcome import outcome_of
from dialogs.engine.run import Run, Target, slots_of
from dialogs.engine.state import DialogState, Frame
from dialogs.script.model import Script
from dialogs.step import EffectDone, Event, Heard, HungUp, Keys, Silence, Started, Step

__all__ = ["DialogState", "Frame", "advance", "asked_slots", "compact", "outcome_of", "say_again"]


def advance(script: Script, state: DialogState | None, event: Event) -> Step:
    """Return what to say and do next. Deterministic: the same script, state and event give the same step."""
    run = Run(script, state or DialogState(script=script.id))
    if run.state.ended:
        return run.finish(())
    carried = run.state.said if isinstance(event, EffectDone) else ()
    run.enter(_target(run, event))
    while run.replaying:
        run.replaying = False
        run.enter(answer(run))
    return run.finish(carried)


def _target(run: Run, event: Event) -> Target:
    waits_for_caller = run.state.waiting == "caller"
    match event:
        case Started():
            run.vars.update(event.facts)
            return run.script.start
        case HungUp():
            return _hung_up(run)
        case EffectDone() if run.state.waiting == "effect":
            error = None if event.ok else str(event.value.get("error", "unavailable"))
            return run.effect_done(error, event.value)
        case Heard() if waits_for_caller:
            said = event.interpretation
            return silent(run) if said.guard == "no_input" else hear(run, compact(said, event.asr_confidence))
        case Keys() if waits_for_caller:
            return pressed(run, event.digits)
        case Silence() if waits_for_caller:
            return silent(run)
        case _:
            return None


def _hung_up(run: Run) -> Target:
    question = run.question if run.state.waiting == "caller" else None
    run.put(gone=True, waiting="nothing")
    target = (question.hungup if question else None) or run.script.on_hangup
    return target if target else run.hang_up()


def asked_slots(script: Script, state: DialogState) -> tuple[str, ...]:
    """Names of the slots that the question being asked accepts; none where any wish may be spoken."""
    question = script.question(state.step, state.field)
    if question is None or question.routes:
        return ()
    return tuple(dict.fromkeys((*slots_of(question, question.slot or state.field), *question.take, *question.answers)))


def say_again(script: Script, state: DialogState) -> Step:
    """Return the last turn once more, for a call that was resumed; a step that waited for an effect waits again."""
    run = Run(script, state)
    if state.waiting == "effect":
        run.enter(state.step)
        return run.finish(())
    run.says.extend(state.said)
    step = run.finish(())
    return replace(step, state=state)
