"""What the caller's words, keys and silence do: interrupts, the question's own rules, routes, then the ladders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dialogs.engine.idle import idle_turns
from dialogs.engine.keys import read_keys
from dialogs.engine.run import Run, Target
from dialogs.engine.state import Frame
from dialogs.port import Interpretation
from dialogs.script.model import AGAIN, ANSWERS, LISTEN, MISS, REPEAT, Question, Rule, Variants
from dialogs.step import Say

_TEXT_LIMIT = 300
_THIRD = 3


def compact(said: Interpretation, asr_confidence: float | None) -> dict[str, Any]:
    """What rules may read of an utterance, small enough to be kept in the state."""
    full = {
        "text": said.text[:_TEXT_LIMIT],
        "normalized": said.normalized[:_TEXT_LIMIT],
        "intent": said.intent,
        "confidence": round(said.confidence, 3),
        "intents": list(said.intents[:4]),
        "slots": dict(said.slots),
        "hints": dict(said.hints),
        "policy": said.policy,
        "alternatives": list(said.alternatives[:3]),
        "emergency": said.emergency,
        "ask_red_flags": said.ask_red_flags,
        "do_not_call": said.do_not_call,
        "robot_question": said.robot_question,
        "wants_human": said.wants_human,
        "spam_score": round(said.spam_score, 3),
        "patient_markers": said.patient_markers,
        "asr_confidence": asr_confidence if asr_confidence is not None else 1.0,
    }
    return {key: value for key, value in full.items() if value not in (False, "", 0.0) and value != [] and value != {}}


def hear(run: Run, heard: Mapping[str, Any]) -> Target:
    """Take one utterance: what stands above every step first, then the question."""
    run.put(heard=heard, spoken=True, silences=0, turns=run.state.turns + 1)
    question = run.question
    if question is None:
        return None
    if _endless(run):
        return give_up(run)
    for rule in run.script.interrupts:
        if rule.name not in question.ignore and run.applies(rule):
            return follow(run, rule, drops=True)
    return answer(run)


def _endless(run: Run) -> bool:
    """The call has had all its turns, or the caller says things of which nothing comes."""
    ladders = run.script.ladders
    return idle_turns(run) > ladders.small_talk_limit or run.state.turns > ladders.turn_limit


def answer(run: Run) -> Target:
    """Let the question have the utterance: its slots, its rules, then what may be said anywhere."""
    question = run.question
    if question is None:
        return None
    slot = question.slot or run.state.field
    take_slots(run, question, slot)
    for rule in question.rules:
        if not run.applies(rule):
            continue
        if rule.next or rule.call:
            return follow(run, rule, drops=False)
        run.perform(rule, f"{run.prompt_id()}.{rule.name}")
    if slot and run.vars.get(slot) in (None, "") and question.any_words and run.state.heard.get("text"):
        run.vars[slot] = run.state.heard["text"]
    if slot and run.vars.get(slot) not in (None, ""):
        return _understood(run, run.ask_next())
    anywhere = (*run.script.routes, *run.script.fallbacks) if question.routes else run.script.fallbacks
    for rule in anywhere:
        if rule.name not in question.ignore and run.applies(rule):
            return follow(run, rule, drops=True)
    return miss(run)


def take_slots(run: Run, question: Question, slot: str) -> None:
    """Keep the values that this question accepts; a new value drops those that it supersedes."""
    found = run.state.heard.get("slots", {})
    accepted = dict(question.take)
    if slot and slot not in accepted.values():
        accepted[slot] = slot
    for name, variable in accepted.items():
        if found.get(name) in (None, ""):
            continue
        if run.vars.get(variable) != found[name]:
            for stale in run.script.supersedes.get(variable, ()):
                if stale not in found:
                    run.vars.pop(stale, None)
        run.vars[variable] = found[name]


def follow(run: Run, rule: Rule, *, drops: bool) -> Target:
    """Do what a rule says: stay at the question, run a sub-flow and come back, or go elsewhere."""
    if rule.next in ANSWERS:
        return _stay(run, rule)
    if rule.call:
        kept = run.state.heard if rule.replay else None
        frame = Frame(step=run.state.step, field=run.state.field, replay=kept)
        run.perform(rule, f"rule.{rule.name or rule.call}")
        run.stack.append(frame)
        return _understood(run, rule.call)
    if drops:
        return _understood(run, run.leave_for(rule))
    run.perform(rule, f"{run.prompt_id()}.{rule.name or rule.next}")
    return _understood(run, rule.next)


def _understood(run: Run, target: Target) -> Target:
    run.put(misses=0, small_talk=0)
    return target


def _stay(run: Run, rule: Rule) -> Target:
    if rule.next == MISS:
        return miss(run)
    run.put(small_talk=run.state.small_talk + 1)
    if run.state.small_talk > run.script.ladders.small_talk_limit:
        return give_up(run)
    before = run.state.said
    run.perform(rule, f"rule.{rule.name or rule.next}")
    if rule.next == REPEAT:
        run.says.extend(Say(text=text, prompt_id=prompt, must_hear=must) for text, prompt, must in before)
        run.put(waiting="caller")
    elif rule.next == LISTEN:
        run.put(waiting="caller")
    elif rule.next == AGAIN and run.question is not None:
        run.pose(run.question)
    return None


def miss(run: Run) -> Target:
    """Not understood: rephrase with examples, then a menu or keys, at the third in a row a person."""
    question, ladder = run.question, run.script.ladders.misunderstanding
    run.put(misses=run.state.misses + 1)
    if run.state.misses >= _THIRD or question is None:
        return give_up(run)
    if run.state.misses == 1:
        _ask_anew(run, question, question.rephrase, ladder.first, "rephrase")
    else:
        _ask_anew(run, question, question.menu, ladder.second, "menu")
    return None


def give_up(run: Run) -> Target:
    """The misunderstanding ladder has ended: a person."""
    run.stack.clear()
    run.put(misses=0, small_talk=0)
    return run.script.ladders.misunderstanding.then


def silent(run: Run) -> Target:
    """Nothing was said: ask shorter twice, then a person, or a goodbye to a caller who has never spoken."""
    question, ladder = run.question, run.script.ladders.silence
    if question is None:
        return None
    run.put(silences=run.state.silences + 1, turns=run.state.turns + 1, heard={})
    if question.silence and run.state.silences > 1:
        run.stack.clear()
        return question.silence
    if run.state.silences >= _THIRD or run.state.turns > run.script.ladders.turn_limit:
        run.stack.clear()
        never = None if run.state.spoken else ladder.never_spoken
        return never or ladder.then
    if run.state.silences == 1:
        _ask_anew(run, question, (), ladder.first, "silence")
    else:
        _ask_anew(run, question, question.menu, ladder.second, "silence")
    return None


def _ask_anew(run: Run, question: Question, own: Variants, general: Variants, kind: str) -> None:
    if own and kind != "silence":
        run.speak(own, f"{run.prompt_id()}.{kind}")
    else:
        run.speak(general, f"ladder.{kind}")
        run.speak(own or question.short or question.say, f"{run.prompt_id()}.{kind}")
    run.put(waiting="caller")


def pressed(run: Run, digits: str) -> Target:
    """Take pressed keys: the question's own keys, the digits it asked for, then the keys that work everywhere."""
    question = run.question
    if question is None:
        return None
    today = datetime.fromisoformat(run.vars["now"]).date()
    value = read_keys(digits, question.key_input, today=today) if question.key_input else None
    intent = question.keys.get(digits) or (run.script.keys.get(digits) if value is None else None)
    heard: dict[str, Any] = {"intent": intent or "inform", "confidence": 1.0, "policy": "act"}
    if value is not None:
        heard["slots"] = {question.key_input: value}
    elif not intent and len(digits) != 1:
        run.put(spoken=True, silences=0, turns=run.state.turns + 1)
        return give_up(run) if _endless(run) else miss(run)
    else:
        heard["hints"] = {"choice": digits}
    if heard["intent"] == "repeat":
        heard["text"] = "повторите"
    return hear(run, heard)
