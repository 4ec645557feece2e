"""What the caller's words, keys and silence do: interrupts, the question's own rules, routes, then the ladders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dialogs.correction import CORRECTABLE, corrected, is_bare
from dialogs.engine.dictation import gathers
from dialogs.engine.ease import troubled, wished
from dialogs.engine.idle import idle_turns
from dialogs.engine.keys import read_keys
from dialogs.engine.run import Run, Target
from dialogs.engine.state import Frame
from dialogs.port import FALLBACK, Intent, Interpretation
from dialogs.script.model import AGAIN, ANSWERS, LISTEN, MISS, REPEAT, Question, Rule, Variants

_TEXT_LIMIT = 300
_THIRD = 3
_PASSING = 6
"""«Говорите громче» in so many words is all that was said; in a longer sentence it is said in passing."""
_VAGUE = frozenset({Intent.REPEAT, FALLBACK, Intent.OUT_OF_SCOPE, Intent.SMALLTALK, Intent.INFORM, Intent.COMPLAINT})
_BACK = ("quicker", "softer", "usual")
_AGAIN = Rule(name="manner", next=REPEAT)


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
        "parts": list(said.parts[:4]),
        "emergency": said.emergency,
        "ask_red_flags": said.ask_red_flags,
        "do_not_call": said.do_not_call,
        "robot_question": said.robot_question,
        "wants_human": said.wants_human,
        "spam_score": round(said.spam_score, 3),
        "patient_markers": said.patient_markers,
        "unclear": said.guard == "unclear",
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
    heard = _without_false_alarm(question, _put_right(run, question, heard))
    run.put(heard=heard)
    if not any(heard.get(danger) for danger in ("emergency", "ask_red_flags", "do_not_call")):
        run.feeling = heard.get("hints", {}).get("feeling", "")
        if _wants_another_manner(run, question, heard):
            return _stay(run, _AGAIN)
    for rule in run.script.interrupts:
        if rule.name not in question.ignore and run.applies(rule):
            return follow(run, rule, drops=True)
    return answer(run)


def _endless(run: Run) -> bool:
    """The call has had all its turns, or the caller says things of which nothing comes."""
    ladders = run.script.ladders
    return idle_turns(run) > ladders.small_talk_limit or run.state.turns > ladders.turn_limit


def _wants_another_manner(run: Run, question: Question, heard: Mapping[str, Any]) -> bool:
    """Speak as the caller asks from now on; true where that was all they said, so that the last turn is said again."""
    wish, text = heard.get("hints", {}).get("manner", ""), str(heard.get("normalized", ""))
    ease = wished(run.state.ease, wish, run.script.speech)
    sooner = wish == "quicker" and "date" in (question.slot, *question.take)
    if not wish or (sooner and "говор" not in text and "медленн" not in text):
        return False  # «побыстрее» where a day is asked: the day
    if wish in _BACK and ease == run.state.ease:
        return False
    run.put(ease=ease)
    alone = not heard.get("slots") and heard.get("intent") in _VAGUE and len(text.split()) <= _PASSING
    return alone or heard.get("intent") == Intent.REPEAT


def _put_right(run: Run, question: Question, heard: Mapping[str, Any]) -> Mapping[str, Any]:
    """«Не двадцать пять, а тридцать пять» is as good as the whole value said anew."""
    accepted = {**question.take, **({question.slot: question.slot} if question.slot else {})}
    found, text = {}, str(heard.get("text", ""))
    for slot in CORRECTABLE:
        known = run.vars.get(accepted.get(slot, ""))
        value = corrected(slot, str(known), text) if known else None
        if value is not None:
            found[slot] = value
    if len(found) != 1:
        return heard
    return {**heard, "intent": str(Intent.INFORM), "slots": found, "put_right": True}


def _without_false_alarm(question: Question, heard: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bare numbers in place of a number are no danger to life, whatever they sounded like."""
    if not (question.key_input or heard.get("put_right")) or not is_bare(str(heard.get("text", ""))):
        return heard
    return {name: value for name, value in heard.items() if name != "ask_red_flags"}


def answer(run: Run) -> Target:
    """Let the question have the utterance: its slots, its rules, then what may be said anywhere."""
    question = run.question
    if question is None:
        return None
    slot = question.slot or run.state.field
    if gathers(run, question):
        run.speak(run.script.dictation, "dictation")
        run.put(waiting="caller", misses=0)
        return None
    take_slots(run, question, slot)
    for rule in question.rules:
        if not run.applies(rule):
            continue
        if rule.next or rule.call:
            return follow(run, rule, drops=False)
        run.perform(rule, f"{run.prompt_id()}.{rule.name}")
    vague = run.state.heard.get("unclear") and not question.silence  # a reason is asked for once, any word will do
    words = run.state.heard.get("text") if question.any_words and not vague else None
    if slot and run.vars.get(slot) in (None, "") and words:
        run.vars[slot] = words
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
            run.read_back(variable)


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
        run.says.extend(before)
        run.put(waiting="caller")
    elif rule.next == LISTEN:
        run.put(waiting="caller")
    elif rule.next == AGAIN and run.question is not None:
        run.pose(run.question)
    return None


def miss(run: Run) -> Target:
    """Not understood: rephrase with examples, then a menu or keys, at the third in a row a person."""
    question, ladder = run.question, run.script.ladders.misunderstanding
    run.put(misses=run.state.misses + 1, ease=troubled(run.state.ease))
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
    run.put(silences=run.state.silences + 1, turns=run.state.turns + 1, heard={}, ease=troubled(run.state.ease))
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
    run.put(waiting="caller", dictated="")


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
