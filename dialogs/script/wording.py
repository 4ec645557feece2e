"""The texts of a script: every prompt, condition and value with its place, and what each of them reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dialogs.effects import EFFECTS, FACTS, HEARD, HINTS, MOMENTARY, SLOTS
from dialogs.prompts import words_of
from dialogs.script.graph import questions_of
from dialogs.script.model import Question, Rule, Script, Step

Kind = Literal["prompt", "condition", "value"]
_INNERMOST_IF = re.compile(r"\{%-?\s*if[^%]*%\}((?:(?!\{%-?\s*(?:end)?if).)*)\{%-?\s*endif\s*-?%\}", re.S)
_VARIABLE_LETTERS = 22
"""How long a variable is taken to be when spoken: «двадцать четвёртого ноября»."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of the script."""

    place: str
    kind: Kind
    source: str


def texts_of(script: Script) -> Iterator[Text]:
    """Every text of the script."""
    for name in ("silence", "misunderstanding"):
        ladder = getattr(script.ladders, name)
        yield from _prompts(f"ladders.{name}", ladder.first + ladder.second)
    for feeling, variants in script.empathy.items():
        yield from _prompts(f"empathy.{feeling}", variants)
    yield from _prompts("dictation", script.dictation)
    for kind, rules in (("interrupts", script.interrupts), ("fallbacks", script.fallbacks), ("routes", script.routes)):
        yield from _rules(kind, rules)
    for name, question in script.questions.items():
        yield from _question(f"questions.{name}", question)
    for name, step in script.steps.items():
        yield from _step(f"steps.{name}", step)
    for name, form in script.forms.items():
        for field, asked in form.fields.items():
            if isinstance(asked, Question):
                yield from _question(f"forms.{name}.{field}", asked)


def _step(place: str, step: Step) -> Iterator[Text]:
    yield from _prompts(place, step.say)
    for name in ("set", "record", "args"):
        yield from _values(f"{place}.{name}", getattr(step, name))
    if step.route:
        yield Text(place=f"{place}.route", kind="value", source=step.route)
    yield from _rules(place, step.rules)
    if isinstance(step.ask, Question):
        yield from _question(place, step.ask)


def _question(place: str, question: Question) -> Iterator[Text]:
    for name in ("say", "short", "rephrase", "menu", "read_back"):
        yield from _prompts(f"{place}.{name}", getattr(question, name))
    if question.when:
        yield Text(place=f"{place}.when", kind="condition", source=question.when)
    yield from _rules(place, question.rules)


def _rules(place: str, rules: tuple[Rule, ...]) -> Iterator[Text]:
    for number, rule in enumerate(rules):
        here = f"{place}.rules[{rule.name or number}]"
        if rule.when:
            yield Text(place=here, kind="condition", source=rule.when)
        yield from _prompts(here, rule.say)
        yield from _values(here, rule.set)
        yield from _values(here, rule.record)


def _prompts(place: str, variants: tuple[str, ...]) -> Iterator[Text]:
    for wording in variants:
        yield Text(place=place, kind="prompt", source=wording)


def _values(place: str, value: Any) -> Iterator[Text]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _values(f"{place}.{name}", item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _values(place, item)
    elif isinstance(value, str) and "{" in value:
        yield Text(place=place, kind="value", source=value)


def known_names(script: Script) -> dict[str, frozenset[str]]:
    """Variables that the script can read, with the fields that are known of each (none known: anything goes)."""
    known: dict[str, set[str]] = {name: set() for name in (*FACTS, *SLOTS, *MOMENTARY, *script.facts)}
    known["heard"] = {*HEARD, *(f"slots.{slot}" for slot in SLOTS), *(f"hints.{hint}" for hint in HINTS)}
    set_by_hand: set[str] = set()
    for rule in (*script.interrupts, *script.fallbacks, *script.routes):
        set_by_hand.update(rule.set)
    for step in script.steps.values():
        set_by_hand.update(step.set, *(rule.set for rule in step.rules))
        if step.save and step.do in EFFECTS:
            known.setdefault(step.save, set()).update(EFFECTS[step.do].gives)
        for field, question in questions_of(script, step):
            set_by_hand.update(question.take.values(), *(rule.set for rule in question.rules))
            set_by_hand.update(name for name in (question.slot, field) if name)
    known.update({name: set() for name in set_by_hand})
    return {name: frozenset(fields) for name, fields in known.items()}


def spoken_seconds(script: Script, source: str) -> float:
    """About how long a prompt takes to say, its longest branches taken."""
    text, shorter = re.sub(r"\{\{.*?\}\}", "x" * _VARIABLE_LETTERS, words_of(source), flags=re.S), ""
    while text != shorter:
        text, shorter = _INNERMOST_IF.sub(_longest_branch, text), text
    plain = re.sub(r"\{%.*?%\}", "", text, flags=re.S)
    return len(" ".join(plain.split())) / script.speech.letters_per_second


def _longest_branch(block: re.Match[str]) -> str:
    return max(re.split(r"\{%-?\s*el[^%]*%\}", block.group(1)), key=len)
