"""Expressions and templates of the speech script: a sandboxed Jinja, so that an admin's text cannot reach Python.

`when: "found.count > 0"` is an expression; prompts and values are templates ("Доктор {{ visit.doctor }}").
A value that is one `{{ expression }}` keeps its type, so numbers and records pass through unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dialogs.prompts import parts_of
from dialogs.spoken import FILTERS

_WHOLE = re.compile(r"\{\{((?:(?!\}\}).)*)\}\}", re.S)


def says(text: object, phrases: object) -> bool:
    """Whether any phrase (a regular expression, matched from the beginning of a word) occurs in the text."""
    wanted = [phrases] if isinstance(phrases, str) else list(phrases) if isinstance(phrases, Iterable) else []
    return any(re.search(rf"(?<!\w)(?:{phrase})", str(text or "")) for phrase in wanted)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=ChainableUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters.update(FILTERS)
    environment.tests["saying"] = says
    return environment


_ENVIRONMENT = _environment()


class ExpressionError(ValueError):
    """An expression or template that cannot be read; the message is for the author of the script."""


@lru_cache(maxsize=8192)
def _template(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


@lru_cache(maxsize=8192)
def _expression(source: str) -> Callable[[Mapping[str, Any]], Any]:
    return _ENVIRONMENT.compile_expression(source)


def render(source: str, values: Mapping[str, Any]) -> str:
    """Return the template filled in, with runs of white space made one space."""
    return re.sub(r"\s+", " ", _template(source).render(values)).strip()


def holds(source: str, values: Mapping[str, Any]) -> bool:
    """Whether the condition is true; what is unknown counts as false."""
    return bool(_expression(source)(values))


def evaluate(source: Any, values: Mapping[str, Any]) -> Any:
    """Return a value of the script: templates filled in, containers walked, everything else as it stands."""
    if isinstance(source, Mapping):
        return {key: evaluate(item, values) for key, item in source.items()}
    if isinstance(source, list | tuple):
        return [evaluate(item, values) for item in source]
    if not isinstance(source, str) or "{" not in source:
        return source
    whole = _WHOLE.fullmatch(source.strip())
    return _expression(whole.group(1))(values) if whole else render(source, values)


def compile_text(source: str, *, expression: bool) -> None:
    """Compile a condition, or a prompt or value as it will be used. Raises ExpressionError with the reason."""
    try:
        whole = _WHOLE.fullmatch(source.strip())
        if expression:
            _expression(source)
        elif whole:
            _expression(whole.group(1))
        else:
            for part in parts_of(source):
                _template(part)
    except TemplateError as error:
        raise ExpressionError(str(error.message)) from error


@lru_cache(maxsize=8192)  # most of what the scripts say is shared by all of them
def names_in(source: str, *, expression: bool) -> frozenset[str]:
    """Return what an expression or a template reads, as dotted paths (`heard.slots.date`). Raises ExpressionError."""
    text = "{{ (" + source + ") }}" if expression else source
    try:
        tree = _ENVIRONMENT.parse(text)
        _template(text)
    except TemplateError as error:
        raise ExpressionError(str(error.message)) from error
    free = meta.find_undeclared_variables(tree)
    paths = {_path(node) for node in tree.find_all((nodes.Getattr, nodes.Name))}
    return frozenset(path for path in paths if path.partition(".")[0] in free)


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        start = _path(node.node)
        return f"{start}.{node.attr}" if start else ""
    return ""
