"""The seeds' stories, told on the text line: the real understanding, scripts, rules and database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.demo.stories import STORIES
from bot.demo.stories.lines import StoryFailed
from bot.demo.stories.tale import Telling
from bot.demo.stories.teller import open_tale, tell
from bot.domain.clock import MOSCOW
from bot.settings import load_settings

MONDAY = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


def _heard_by(told: list[str]) -> Telling:
    return Telling(say=told.append)


@pytest.mark.parametrize("name", list(STORIES))
async def test_the_story_comes_out(name: str, tmp_path: Path) -> None:
    told: list[str] = []
    summary = await tell(load_settings(data=tmp_path), name, MONDAY, _heard_by(told))
    assert summary["right"], summary["fault"]
    assert summary["checks"] >= 5
    assert summary["calls"] >= 1
    assert sum("✓" in line for line in told) == summary["checks"]


async def test_a_story_that_does_not_come_out_says_where(tmp_path: Path) -> None:
    async with open_tale(load_settings(data=tmp_path), MONDAY, _heard_by([])) as tale:
        with pytest.raises(StoryFailed, match="ожидалось 2, а в базе 1"):
            tale.check("задач", 1, 2)
