"""The seeds' stories, told on the text line: the real understanding, scripts, rules and database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.calls.facts import About
from bot.composition.core import DEMO_CLINIC, open_core
from bot.demo.person import Part
from bot.demo.stories import STORIES
from bot.demo.stories.lines import StoryFailed, TextLine
from bot.demo.stories.tale import Tale, Telling
from bot.demo.stories.teller import open_tale, tell
from bot.domain.clock import MOSCOW, ManualClock
from bot.settings import load_settings

MONDAY = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)

SAID = {
    "medmis": "Врач назначил вам приём",
    "pyrus": "Готово, перенесла",
    "cleverbox-strikes": "Нужна предоплата",
    "ident-waitlist": "Записала вас в лист ожидания",
    "courses": "на второй из трёх приёмов курса",
    "ryazan": "Врача вызвала",
    "departmental": "Запомните подготовку",
    "dental911": "мы принимаем только пациентов",
}
"""What the patient of each story is told, whatever the database says."""


def _heard_by(told: list[str]) -> Telling:
    return Telling(say=told.append)


@pytest.mark.parametrize("name", list(STORIES))
async def test_the_story_comes_out(name: str, tmp_path: Path) -> None:
    told: list[str] = []
    summary = await tell(load_settings(data=tmp_path), name, MONDAY, _heard_by(told))
    assert summary["right"], summary["fault"]
    assert summary["checks"] >= 5
    assert summary["calls"] >= 1
    assert SAID[name] in "\n".join(told)
    assert sum("✓" in line for line in told) == summary["checks"]


async def test_a_story_that_does_not_come_out_says_where(tmp_path: Path) -> None:
    async with open_tale(load_settings(data=tmp_path), MONDAY, _heard_by([])) as tale:
        with pytest.raises(StoryFailed, match="ожидалось 2, а в базе 1"):
            tale.check("задач", 1, 2)


class WrongPerson(TextLine):
    """The first call is taken by somebody else."""

    async def be_phoned(self, part: Part, script: str, about: About) -> Mapping[str, Any]:
        if self.calls == 0:
            part = replace(part, answers={**part.answers, "ask_identity": ["Нет, вы не туда попали."]})
        return await super().be_phoned(part, script, about)


async def test_after_a_call_that_came_to_nothing_the_task_is_called_about_again(tmp_path: Path) -> None:
    told: list[str] = []
    clock = ManualClock(MONDAY)
    async with open_core(load_settings(data=tmp_path), clock, clinic=DEMO_CLINIC) as core:
        await core.understander.ready()
        line = WrongPerson(core, told.append)
        await STORIES["medmis"][1](Tale(core, clock, line, _heard_by(told)))
        assert line.calls == 4
    assert any("возвращает задачу роботу на 26.11" in line for line in told)
