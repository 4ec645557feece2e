"""The people of a run of spoken calls, and the demo clinic with them in it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from bot.composition.core import DEMO_CLINIC

WOMEN: Final = (
    ("Анна", "Мария", "Ольга", "Ирина", "Татьяна", "Наталья", "Светлана", "Галина", "Людмила", "Вера"),
    ("Ивановна", "Петровна", "Сергеевна", "Андреевна", "Николаевна", "Павловна", "Викторовна", "Олеговна"),
)
MEN: Final = (
    ("Иван", "Пётр", "Сергей", "Андрей", "Николай", "Павел", "Виктор", "Олег", "Михаил", "Борис"),
    ("Иванович", "Петрович", "Сергеевич", "Андреевич", "Николаевич", "Павлович", "Викторович", "Олегович"),
)
SURNAMES: Final = (
    "Смирнов", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов", "Петров", "Волков",
    "Соловьёв", "Васильев", "Зайцев", "Павлов", "Семёнов", "Голубев", "Виноградов", "Богданов", "Воробьёв", "Фёдоров",
    "Михайлов", "Беляев", "Тарасов", "Белов", "Комаров", "Орлов", "Киселёв", "Макаров", "Андреев", "Ковалёв",
)  # fmt: skip
_FIRST_TAIL: Final = 2000
"""Last four digits of the first telephone: live events show no more, and the demo clinic's own end in 12xx."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person with a telephone of their own; `known` tells whether the clinic has them."""

    full_name: str
    birth_date: date
    phone: str
    known: bool
    scenario: str

    @property
    def leave_number(self) -> str:
        """The number of their sick leave, where they have one."""
        return f"9100{self.phone[-8:]}"


def draw_people(scenarios: Sequence[str], dice: random.Random, strangers: frozenset[str]) -> list[Somebody]:
    """A person for each scenario; who plays one of `strangers` is not in the clinic's base. No two of one name."""
    names: dict[str, None] = {}
    while len(names) < len(scenarios):
        names.setdefault(_name(dice))
    return [
        Somebody(
            full_name=name,
            birth_date=date(1944, 1, 1) + timedelta(days=dice.randrange(20_000)),
            phone=f"+7999100{_FIRST_TAIL + number:04d}",
            known=scenario not in strangers,
            scenario=scenario,
        )
        for number, (name, scenario) in enumerate(zip(names, scenarios, strict=True))
    ]


def _name(dice: random.Random) -> str:
    woman = dice.random() < 0.6
    firsts, patronymics = WOMEN if woman else MEN
    surname = dice.choice(SURNAMES)
    return f"{surname}{'а' if woman else ''} {dice.choice(firsts)} {dice.choice(patronymics)}"


def write_clinic(folder: Path, people: Sequence[Somebody]) -> Path:
    """The demo clinic with the known ones among `people`, their sick leaves and results; returns the file."""
    clinic: dict[str, Any] = YAML(typ="safe", pure=True).load(DEMO_CLINIC.read_text(encoding="utf-8"))
    known = [one for one in people if one.known]
    clinic["patients"] += [_entry(one) for one in known]
    clinic["sick_leaves"] += [
        _entry(one) | {"number": one.leave_number, "from": "-5", "to": "+2", "doctor": "Морозова", "status": "open"}
        for one in known
        if one.scenario == "sick_leave"
    ]
    clinic["test_results"] += [
        _entry(one) | {"service": "биохимия", "taken": "-2", "status": "ready"}
        for one in known
        if one.scenario == "results"
    ]
    file = folder / "clinic.json"
    file.write_text(json.dumps(clinic, ensure_ascii=False, default=str), encoding="utf-8")
    return file


def _entry(one: Somebody) -> dict[str, Any]:
    return {"patient": one.full_name, "birth_date": one.birth_date.isoformat(), "phone": one.phone}
