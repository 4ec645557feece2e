"""Checking a script before it goes live; every problem is named with its place and a message in Russian."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.script_versions import Problem
from dialogs.effects import EFFECTS, SLOTS
from dialogs.expressions import ExpressionError, names_in
from dialogs.outcomes import OUTCOMES
from dialogs.port import Intent, State
from dialogs.script.easy import check_easy
from dialogs.script.graph import (
    circles,
    edges_of,
    entries_of,
    every_question,
    every_rules,
    leads_to,
    questions_of,
    reachable,
)
from dialogs.script.manners import manners
from dialogs.script.model import Script, Step
from dialogs.script.requests import misfilled
from dialogs.script.wording import known_names, spoken_seconds, texts_of

_KINDS = ("ask", "fill", "do", "call", "route", "back", "end")
_INTENTS = frozenset(intent.value for intent in Intent)
_STATES = frozenset(state.value for state in State)
Found = tuple[str, str]


def check_script(script: Script) -> list[Problem]:
    """Return the problems of a script, none when it may be published."""
    found = [
        *_steps(script),
        *_questions(script),
        *_rules(script),
        *_texts(script),
        *_ways(script),
        *_safety(script),
        *check_easy(script),
        *manners(script),
        *misfilled(script),
    ]
    return [_problem(script, place, message) for place, message in dict.fromkeys(found)]


def _problem(script: Script, place: str, message: str) -> Problem:
    parts = place.split(".")
    sizes = range(len(parts), 0, -1)
    known = next((".".join(parts[:size]) for size in sizes if ".".join(parts[:size]) in script.places), "")
    file, line = script.places.get(known, ("", 0))
    return Problem(place=place, message=message, file=file, line=line)


def _steps(script: Script) -> Iterator[Found]:
    for place, target in entries_of(script).items():
        if target not in script.steps:
            yield place, f"ведёт к шагу «{target}», которого нет"
    for name, step in script.steps.items():
        here = f"steps.{name}"
        kinds = [kind for kind in _KINDS if getattr(step, kind)]
        if len(kinds) > 1:
            yield here, f"шаг делает сразу несколько дел ({', '.join(kinds)}): разделите его"
        for target in sorted(leads_to(script, step) - set(script.steps)):
            yield here, f"ведёт к шагу «{target}», которого нет"
        if not (step.next or step.end or step.back or step.route):
            yield here, "тупик: не сказано, что дальше (нужен next, end, back или route)"
        if isinstance(step.ask, str) and step.ask not in script.questions:
            yield here, f"вопроса «{step.ask}» нет среди questions"
        if step.fill and step.fill not in script.forms:
            yield here, f"формы «{step.fill}» нет среди forms"
        yield from _effect(here, step)
        yield from _outcome(here, step.record.get("outcome"))


def _effect(here: str, step: Step) -> Iterator[Found]:
    if not step.do:
        return
    spec = EFFECTS.get(step.do)
    if spec is None:
        yield here, f"действия «{step.do}» нет; есть: {', '.join(sorted(EFFECTS))}"
        return
    for name in sorted(set(step.args) - spec.names):
        yield f"{here}.args", f"у действия «{step.do}» нет параметра «{name}»"
    for name in sorted(spec.required - set(step.args)):
        yield f"{here}.args", f"действию «{step.do}» нужен параметр «{name}»"
    expected = {*spec.errors, "unavailable", "any"} | ({"not_reached"} if step.do == "transfer" else set())
    for error in sorted({error for rule in step.rules for error in rule.error} - expected):
        yield here, f"действие «{step.do}» не отказывает так: «{error}»"


def _outcome(here: str, name: object) -> Iterator[Found]:
    if isinstance(name, str) and "{" not in name and name not in OUTCOMES:
        yield f"{here}.record", f"итога «{name}» нет; есть: {', '.join(OUTCOMES)}"


def _questions(script: Script) -> Iterator[Found]:
    rules = (*script.interrupts, *script.fallbacks, *script.routes)
    names = {rule.name for rule in rules if rule.name}
    for place, question in every_question(script):
        if question.state not in _STATES:
            yield place, f"состояния «{question.state}» нет; есть: {', '.join(sorted(_STATES))}"
        if not question.rephrase:
            yield place, "нет rephrase: что сказать с примерами, когда не поняли"
        if question.key_input and not question.menu:
            yield place, "нет menu: на второй раз предложите набрать цифры на телефоне"
        if question.key_input and question.key_digits < 2:
            yield place, "key_digits: сколько цифр ждать"
        for slot in sorted({*question.take, *question.answers} - set(SLOTS)):
            yield place, f"take: значения «{slot}» нет; есть: {', '.join(SLOTS)}"
        for name in sorted(set(question.ignore) - names):
            yield place, f"ignore: правила «{name}» нет"
        for key, intent in question.keys.items():
            if intent not in _INTENTS:
                yield place, f"keys: клавиша {key} означает «{intent}», такого намерения нет"


def _rules(script: Script) -> Iterator[Found]:
    for place, rules in every_rules(script):
        for number, rule in enumerate(rules):
            here = f"{place}.rules[{rule.name or number}]"
            for intent in rule.intent:
                if intent not in _INTENTS:
                    yield here, f"намерения «{intent}» нет"
            yield from _outcome(here, rule.record.get("outcome"))


def _texts(script: Script) -> Iterator[Found]:
    known = known_names(script)
    for text in texts_of(script):
        try:
            paths = names_in(text.source, expression=text.kind == "condition")
        except ExpressionError as error:
            yield text.place, f"не читается «{text.source}»: {error}"
            continue
        for path in sorted(paths):
            parent = path.rpartition(".")[0]
            if not _is_known(path, known) and (not parent or _is_known(parent, known)):
                yield text.place, f"неизвестная переменная «{path}»"
        seconds = spoken_seconds(script, text.source)
        if text.kind == "prompt" and seconds > script.speech.max_prompt_seconds:
            limit = script.speech.max_prompt_seconds
            yield text.place, f"реплика длинная: около {seconds:.0f} с при допустимых {limit:.0f}"


def _is_known(path: str, known: dict[str, frozenset[str]]) -> bool:
    name, _, rest = path.partition(".")
    fields = known.get(name)
    if fields is None:
        return False
    if not rest or not fields:
        return True
    first, _, second = rest.partition(".")
    deeper = {field for field in fields if field.startswith(f"{first}.")}
    if second and deeper:
        return f"{first}.{second.partition('.')[0]}" in deeper
    return first in {field.partition(".")[0] for field in fields}


def _ways(script: Script) -> Iterator[Found]:
    edges = edges_of(script)
    seen = reachable(edges, entries_of(script).values())
    own = script.places.get("id", ("", 0))[0]
    for name in script.steps:
        if name not in seen and script.places.get(f"steps.{name}", (own, 0))[0] == own:
            yield f"steps.{name}", "до этого шага нельзя дойти"
    for circle in circles(script):
        yield f"steps.{circle[0]}", f"бесконечный круг без вопроса: {' → '.join((*circle, circle[0]))}"
    for name, step in script.steps.items():
        if (
            step.call
            and step.call in edges
            and not any(script.steps[one].back for one in reachable(edges, [step.call]))
        ):
            yield f"steps.{name}", f"из под-сценария «{step.call}» нет возврата (back)"


def _safety(script: Script) -> Iterator[Found]:
    edges = edges_of(script)
    to_person = {name for name in edges if any(script.steps[one].do == "transfer" for one in reachable(edges, [name]))}
    asked = [rule for rule in script.interrupts if "operator" in rule.intent]
    if not any(rule.next in to_person for rule in asked):
        yield "interrupts", "нет пути к человеку: «регистратор» должен вести к действию transfer"
    if script.ladders.misunderstanding.then not in to_person:
        yield "ladders.misunderstanding", "нет пути к человеку после третьего непонимания"
    if script.ladders.silence.then not in to_person:
        yield "ladders.silence", "нет пути к человеку после третьего молчания"
    if not any("heard.emergency" in (rule.when or "") and rule.next in to_person for rule in script.interrupts):
        yield "interrupts", "нет правила для угрозы жизни (heard.emergency), ведущего к человеку"
    ways_out = {rule.name for rule in asked}
    for name, step in script.steps.items():
        for _, question in questions_of(script, step):
            if ways_out and ways_out <= set(question.ignore) and name not in to_person:
                yield f"steps.{name}", "отсюда нет пути к человеку"
    first = script.steps.get(script.start)
    if first is not None and not (first.must_hear and any("робот" in wording for wording in first.say)):
        yield f"steps.{script.start}", "первая реплика должна сказать, что говорит робот, и не прерываться (must_hear)"
