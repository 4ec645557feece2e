"""On which line of a clinic file a fault is: the place `services[3].price` followed through the file's own text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from crm_bridge.local.file_errors import Problem

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def with_lines(path: Path, problems: Sequence[Problem]) -> list[Problem]:
    """The same faults, each with its line; a place that is not in the file gets the line of what should hold it."""
    try:
        # JSON is YAML enough to be asked for its lines.
        root = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8-sig"))
    except (YAMLError, OSError, UnicodeDecodeError):
        return list(problems)
    return [replace(problem, line=_line(root, problem.place)) for problem in problems]


def _line(root: Any, place: str) -> int | None:
    if not isinstance(root, MappingNode):
        return None
    node: Node = root
    for number, name in _STEP.findall(place):
        found = _item(node, int(number)) if number else _value(node, name)
        if found is None:
            break
        node = found
    return int(node.start_mark.line) + 1


def _item(node: Node, number: int) -> Node | None:
    return node.value[number] if isinstance(node, SequenceNode) and number < len(node.value) else None


def _value(node: Node, name: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)
