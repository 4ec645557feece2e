"""The script as a graph: which step leads where, and what can be reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dialogs.script.model import ANSWERS, Question, Rule, Script, Step

Edges = Mapping[str, frozenset[str]]


def targets_of(rules: Iterable[Rule]) -> Iterator[str]:
    """Steps that rules lead to or call."""
    for rule in rules:
        for target in (rule.next, rule.call):
            if target is not None and target not in ANSWERS:
                yield target


def questions_of(script: Script, step: Step) -> Iterator[tuple[str, Question]]:
    """The questions of a step: its own, or those of its form by field."""
    if step.fill and step.fill in script.forms:
        for name, asked in script.forms[step.fill].fields.items():
            question = script.resolve(asked)
            if question is not None:
                yield name, question
    question = script.resolve(step.ask)
    if question is not None:
        yield "", question


def leads_to(script: Script, step: Step) -> frozenset[str]:
    """All steps that may follow a step, whatever the caller does within its own rules."""
    found = {target for target in (step.next, step.call) if target}
    found.update(targets_of(step.rules))
    for _, question in questions_of(script, step):
        found.update(targets_of(question.rules))
        found.update(target for target in (question.hungup, question.silence) if target)
    return frozenset(found)


def edges_of(script: Script) -> Edges:
    """The graph of all steps."""
    return {name: leads_to(script, step) for name, step in script.steps.items()}


def entries_of(script: Script) -> dict[str, str]:
    """Steps that are entered from anywhere: place in the script -> step."""
    ladders = script.ladders
    entries = {
        "start": script.start,
        "on_failure": script.on_failure,
        "ladders.silence.then": ladders.silence.then,
        "ladders.misunderstanding.then": ladders.misunderstanding.then,
    }
    if script.on_hangup:
        entries["on_hangup"] = script.on_hangup
    if ladders.silence.never_spoken:
        entries["ladders.silence.never_spoken"] = ladders.silence.never_spoken
    for kind, rules in (("interrupts", script.interrupts), ("fallbacks", script.fallbacks), ("routes", script.routes)):
        for number, rule in enumerate(rules):
            for target in targets_of((rule,)):
                entries[f"{kind}[{rule.name or number}]"] = target
    return entries


def reachable(edges: Edges, start: Iterable[str]) -> set[str]:
    """Everything that can be reached from these steps, themselves included."""
    found: set[str] = set()
    queue = [step for step in start if step in edges]
    while queue:
        step = queue.pop()
        if step not in found:
            found.add(step)
            queue.extend(target for target in edges[step] if target in edges)
    return found


def circles(script: Script) -> Iterator[tuple[str, ...]]:
    """Rounds of steps in which nobody is asked and nothing is done: the engine would never stop."""
    busy = {name for name, step in script.steps.items() if step.ask or step.fill or step.do}
    everything = edges_of(script)
    idle = {
        name: step
        for name, step in script.steps.items()
        if name not in busy and not (step.call and busy & reachable(everything, [step.call]))
    }
    edges = {name: [t for t in (step.next, *targets_of(step.rules)) if t in idle] for name, step in idle.items()}
    closed: set[str] = set()
    for name in edges:
        path: list[str] = []
        yield from _walk(name, edges, path, closed)


def _walk(name: str, edges: Mapping[str, list[str]], path: list[str], closed: set[str]) -> Iterator[tuple[str, ...]]:
    if name in path:
        yield tuple(path[path.index(name) :])
        return
    if name in closed:
        return
    path.append(name)
    for target in edges[name]:
        yield from _walk(target, edges, path, closed)
    path.pop()
    closed.add(name)


def every_question(script: Script) -> Iterator[tuple[str, Question]]:
    """Every question with its place; a form's field that names none of the questions as an empty one."""
    for name, question in script.questions.items():
        yield f"questions.{name}", question
    for name, form in script.forms.items():
        for field, asked in form.fields.items():
            if isinstance(asked, Question):
                yield f"forms.{name}.{field}", asked
            elif asked not in script.questions:
                yield f"forms.{name}.{field}", Question(state="", say=("",))
    for name, step in script.steps.items():
        if isinstance(step.ask, Question):
            yield f"steps.{name}", step.ask


def every_rules(script: Script) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Every list of rules with its place."""
    yield from (("interrupts", script.interrupts), ("fallbacks", script.fallbacks), ("routes", script.routes))
    for name, step in script.steps.items():
        yield f"steps.{name}", step.rules
    for place, question in every_question(script):
        yield place, question.rules
