"""Trigger, condition, action: rules that an admin writes as data (M14); checked before they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TRIGGERS: Mapping[str, str] = {
    "prescription.created": "Создано назначение",
    "lead.opened": "Открыт лид",
    "lead.moved": "Лид сменил стадию",
    "visit.booked": "Пациент записан",
    "visit.moved": "Приём перенесён",
    "visit.cancelled": "Приём отменён",
    "visit.no_show": "Пациент не пришёл",
    "visit.completed": "Приём состоялся",
    "payment.received": "Получена оплата",
    "task.closed": "Задача закрыта",
    "waitlist.joined": "Запись в лист ожидания",
}
FACTS = frozenset(
    {
        *("topic", "patient", "age", "phone", "doctor", "specialty", "service", "branch", "funding", "source"),
        *("price", "paid", "status", "stage", "owner", "comment", "date", "time", "due_on", "outcome"),
    }
)
"""What conditions may ask and texts may insert."""
OPERATORS = frozenset({"is", "not", "in", "at_least", "at_most", "contains"})
ACTIONS: Mapping[str, frozenset[str]] = {
    "create_task": frozenset({"type", "comment", "in_days", "owner"}),
    "assign_lead": frozenset({"owner"}),
    "add_comment": frozenset({"comment"}),
}
_INSERT = re.compile(r"\{(\w+)\}")


class RobotError(ValueError):
    """A robot that cannot work; the text is Russian and names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """When `trigger` happens and every condition holds, do `action`. Conditions: fact -> value or {operator: value}."""

    id: str
    name: str
    trigger: str
    condition: Mapping[str, Any] = field(default_factory=dict)
    action: Mapping[str, Any] = field(default_factory=dict)
    active: bool = True


def check(robot: Robot) -> None:
    """Raise RobotError for what is misspelt or missing."""
    if robot.trigger not in TRIGGERS:
        raise RobotError(f"Неизвестное событие «{robot.trigger}». Есть: {', '.join(TRIGGERS)}")
    for fact, wanted in robot.condition.items():
        if fact not in FACTS:
            raise RobotError(f"Условие: нет такого поля «{fact}»")
        if isinstance(wanted, Mapping) and not (wanted and set(wanted) <= OPERATORS):
            raise RobotError(f"Условие «{fact}»: сравнение бывает {', '.join(sorted(OPERATORS))}")
    if len(robot.action) != 1:
        raise RobotError(f"Нужно ровно одно действие. Есть: {', '.join(ACTIONS)}")
    [(name, given)] = robot.action.items()
    if name not in ACTIONS:
        raise RobotError(f"Неизвестное действие «{name}». Есть: {', '.join(ACTIONS)}")
    if not isinstance(given, Mapping) or set(given) - ACTIONS[name]:
        raise RobotError(f"Действие «{name}»: поля бывают {', '.join(sorted(ACTIONS[name]))}")
    for text in (value for value in given.values() if isinstance(value, str)):
        unknown = set(_INSERT.findall(text)) - FACTS
        if unknown:
            raise RobotError(f"Действие «{name}»: нет вставки {{{sorted(unknown)[0]}}}")


def holds(robot: Robot, facts: Mapping[str, Any]) -> bool:
    """Whether every condition is met; a fact that is not known meets none but `not`."""
    return all(_meets(facts.get(fact), wanted) for fact, wanted in robot.condition.items())


def _meets(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, Mapping):
        return bool(value == wanted)
    return all(_compare(value, operator, other) for operator, other in wanted.items())


def _compare(value: Any, operator: str, other: Any) -> bool:
    match operator:
        case "is":
            return bool(value == other)
        case "not":
            return bool(value != other)
        case "in":
            return value in other
        case "contains":
            return value is not None and str(other).casefold() in str(value).casefold()
        case "at_least":
            return isinstance(value, int | float) and value >= other
        case _:
            return isinstance(value, int | float) and value <= other


def filled(text: str, facts: Mapping[str, Any]) -> str:
    """The text with its inserts; an unknown fact leaves nothing."""
    return _INSERT.sub(lambda found: str(facts.get(found[1]) or ""), text).strip()
