"""One move of the engine: runs steps of the script until the caller or an effect is awaited, or the call ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dialogs.effects import UNDERSTAND
from dialogs.engine.ease import aged, is_brief, manner_of
from dialogs.engine.outcome import add_record
from dialogs.engine.state import DialogState, Frame
from dialogs.engine.wording import asking, kind_word, says_of
from dialogs.expressions import evaluate, holds
from dialogs.script.model import Question, Rule, Script, Variants
from dialogs.script.model import Step as ScriptStep
from dialogs.step import USUAL, Effect, Listen, Manner, Say, Step

STEP_BUDGET = 150
"""More steps than this without waiting is a loop in the script: the caller goes to a person."""

Target = str | None


def slots_of(question: Question, wanted: str) -> tuple[str, ...]:
    """Names of the slots that fill a variable of the question."""
    return tuple(slot for slot, variable in question.take.items() if variable == wanted) or (
        (wanted,) if wanted else ()
    )


class Run:
    """A working copy of the state; `finish` freezes it again."""

    def __init__(self, script: Script, state: DialogState) -> None:
        self.script = script
        self.state = state
        self.vars = dict(state.vars)
        self.stack = list(state.stack)
        self.asked = dict(state.asked)
        self.happened = list(state.happened)
        self.record = dict(state.record)
        self.says: list[Say] = []
        self.effect: Effect | None = None
        self.moment: dict[str, Any] = {}
        self.feeling = ""
        """What the caller has just shown to feel, which wants a kind word before the next question."""
        self.replaying = False
        """Set when a sub-flow has come back to a question that must hear the caller's words once more."""
        self._budget = STEP_BUDGET

    def put(self, **changes: Any) -> None:
        """Change plain fields of the state."""
        self.state = replace(self.state, **changes)

    @property
    def question(self) -> Question | None:
        """The question being asked."""
        return self.script.question(self.state.step, self.state.field)

    def values(self) -> Mapping[str, Any]:
        """What expressions may read."""
        return {
            **self.vars,
            "heard": self.state.heard,
            "texts": self.script.texts,
            "misses": self.state.misses,
            "silences": self.state.silences,
            "turns": self.state.turns,
            "spoken": self.state.spoken,
            "answered": self._answered(),
            "brief": is_brief(self.state.ease, self.script.speech),
            **self.moment,
        }

    def _answered(self) -> bool:
        """Whether the last utterance holds the value that was asked for."""
        question, found = self.question, self.state.heard.get("slots", {})
        if question is None:
            return False
        wanted = question.slot or self.state.field
        return any(found.get(slot) for slot in (*slots_of(question, wanted), *question.answers))

    def enter(self, target: Target) -> None:
        """Run from this step until something is awaited."""
        while target is not None:
            self._budget -= 1
            if self._budget == 0:
                target = self.script.on_failure
            elif self._budget < -STEP_BUDGET:
                self.hang_up()
                return
            self._look_at_age()
            target = self._step(target)

    def _step(self, step_id: str) -> Target:
        step = self.script.steps[step_id]
        self.put(step=step_id, field="")
        self.perform(step, step_id)
        if step.end:
            return self.hang_up()
        if step.back:
            return self.come_back()
        if step.do:
            return self._emit(step)
        if step.call:
            self.stack.append(Frame(step=step_id))
            return step.call
        if step.route:
            return self.route(str(evaluate(step.route, self.values()) or ""))
        if step.ask or step.fill:
            return self.ask_next()
        return self.choose(step.rules, step.next)

    def perform(self, part: ScriptStep | Rule, prompt_id: str) -> None:
        """Set, clear, speak and record, in this order, as steps and rules alike may."""
        for name, source in part.set.items():
            self._set(name, evaluate(source, self.values()))
        for name in part.clear:
            self.vars.pop(name, None)
        self.speak(part.say, prompt_id, must_hear=isinstance(part, ScriptStep) and part.must_hear)
        if part.record:
            add_record(self.record, self.happened, evaluate(part.record, self.values()))

    def _set(self, name: str, value: Any) -> None:
        if value is None:
            self.vars.pop(name, None)
        else:
            self.vars[name] = value

    def speak(self, variants: Variants, prompt_id: str, *, must_hear: bool = False, manner: Manner = USUAL) -> None:
        """Say the next wording of a prompt, sentence by sentence."""
        if not variants or self.state.gone:
            return
        count = self.asked.get(prompt_id, 0)
        if len(variants) > 1:
            self.asked[prompt_id] = count + 1
        template = variants[count % len(variants)]
        self.says += says_of(template, prompt_id, self.values(), must_hear=must_hear, manner=manner)

    def read_back(self, variable: str) -> None:
        """Dictate a value that was just heard, where the script wants its digits checked."""
        variants = self.script.read_back(variable)
        dictated = Manner(pause_ms=self.script.speech.dictation_pause_ms)
        self.speak(variants, f"read_back.{variable}", manner=dictated)

    def choose(self, rules: tuple[Rule, ...], otherwise: Target) -> Target:
        """Follow the first rule of a step that applies."""
        for rule in rules:
            if not self.applies(rule):
                continue
            self.perform(rule, f"{self.state.step}.{rule.name or rule.next}")
            if rule.call:
                self.stack.append(Frame(step=self.state.step))
            if rule.call or rule.next:
                return rule.call or rule.next
        return otherwise

    def applies(self, rule: Rule) -> bool:
        """Whether the rule's error, intent and condition all hold."""
        error = self.moment.get("error")
        if error is not None and not ({error, "any"} & set(rule.error)):
            return False
        if error is None and rule.error:
            return False
        if rule.intent and self.state.heard.get("intent") not in rule.intent:
            return False
        return rule.when is None or holds(rule.when, self.values())

    def _emit(self, step: ScriptStep) -> Target:
        self.effect = Effect(name=step.do or "", args=evaluate(step.args, self.values()))
        self.put(waiting="effect")
        return None

    def effect_done(self, error: str | None, value: Mapping[str, Any]) -> Target:
        """Go on from the step whose effect has been performed; a refusal nobody awaited is a failure."""
        step = self.script.steps[self.state.step]
        self.moment = {"result": value} | ({"error": error} if error else {})
        if step.save and not error:
            self.vars[step.save] = dict(value)
        if step.do == UNDERSTAND and not error:
            self.put(heard=value)
            self.vars.update({slot: found for slot, found in value.get("slots", {}).items() if found})
        if error and not any(self.applies(rule) for rule in step.rules):
            self.moment = {}
            return step.next if self.state.gone else self.script.on_failure
        target = self.choose(step.rules, step.next)
        self.moment = {}
        return target

    def ask_next(self) -> Target:
        """Pose the step's question, or the first field of its form that is not known; go on when all are known."""
        step = self.script.steps[self.state.step]
        fields = self.script.forms[step.fill].fields if step.fill else {"": step.ask}
        for name, asked in fields.items():
            question = self.script.resolve(asked)
            if question is not None and self._wanted(question, name):
                self.put(field=name)
                self.pose(question)
                return None
        return step.next

    def _wanted(self, question: Question, field: str) -> bool:
        slot = question.slot or field
        if slot and self.vars.get(slot) not in (None, ""):
            return False
        return question.when is None or holds(question.when, self.values())

    def pose(self, question: Question) -> None:
        """Say the question and wait; with nobody on the line there is nothing to ask."""
        if self.state.gone:
            self.hang_up()
            return
        self._look_at_age()
        wording = asking(question, brief=is_brief(self.state.ease, self.script.speech))
        self.speak(wording, self.prompt_id(), must_hear=question.must_hear)
        self.put(waiting="caller", dictated="")

    def _look_at_age(self) -> None:
        self.put(ease=aged(self.state.ease, self.vars, self.script.speech))

    def prompt_id(self) -> str:
        """The name of the current question's prompt."""
        return f"{self.state.step}.{self.state.field}" if self.state.field else self.state.step

    def come_back(self) -> Target:
        """Leave a sub-flow: to the step after the call, or to the question that it interrupted."""
        if not self.stack:
            return self.script.on_failure
        frame = self.stack.pop()
        self.put(step=frame.step, field=frame.field)
        if self.question is None:
            return self.script.steps[frame.step].next
        if frame.replay is not None:
            self.put(heard=frame.replay)
            self.replaying = True
            return None
        return self.ask_next()

    def route(self, intent: str) -> Target:
        """Where a wish leads, as if it had just been spoken."""
        self.put(heard={**self.state.heard, "intent": intent, "policy": "act", "confidence": 1.0})
        for rule in self.script.routes:
            if self.applies(rule):
                return self.leave_for(rule)
        return self.script.on_failure

    def leave_for(self, rule: Rule) -> Target:
        """Follow a rule that drops what was going on."""
        self.perform(rule, f"rule.{rule.name or rule.next}")
        self.stack.clear()
        return rule.next

    def hang_up(self) -> Target:
        """End the call."""
        self.put(waiting="nothing", ended=True)
        return None

    def finish(self, said_before: tuple[Say, ...]) -> Step:
        """Freeze the state; `said_before` is what this turn of the bot had already said."""
        says = self._with_kind_word()
        manners = (manner_of(self.state.ease, self.script.speech, say.manner.pause_ms) for say in says)
        state = replace(
            self.state,
            vars=self.vars,
            stack=tuple(self.stack),
            asked=self.asked,
            record=self.record,
            said=said_before + says,
        )
        waits = state.waiting == "caller" and not state.ended
        return Step(
            state=state,
            say=tuple(replace(say, manner=manner) for say, manner in zip(says, manners, strict=True)),
            effects=(self.effect,) if self.effect and state.waiting == "effect" else (),
            listen=self._listen() if waits else None,
            hangup=state.ended,
        )

    def _with_kind_word(self) -> tuple[Say, ...]:
        """What is said, a kind word first where one is due."""
        self.put(happened=tuple(self.happened))
        kind = kind_word(self.script, self.state, self.feeling, self.effect)
        if kind is None:
            return tuple(self.says)
        self.put(comforted=(*self.state.comforted, self.feeling))
        return (kind, *self.says)

    def _listen(self) -> Listen | None:
        question = self.question
        if question is None:
            return None
        return Listen(
            state=question.state,
            expected=question.expected,
            hints=question.hints,
            no_input_ms=question.no_input_ms or self.script.speech.no_input_ms,
            key_digits=question.key_digits,
        )
