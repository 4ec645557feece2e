"""The seeds' stories, told on the text line: the real understanding, scripts, rules and database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.demo.stories import STORIES, StoryFailed, open_tale
from bot.domain.clock import MOSCOW
from bot.settings import load_settings

MONDAY = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


@pytest.mark.parametrize("name", list(STORIES))
async def test_the_story_comes_out(name: str, tmp_path: Path) -> None:
    told: list[str] = []
    async with open_tale(load_settings(data=tmp_path), MONDAY, told.append) as tale:
        await STORIES[name][1](tale)
        assert tale.checks >= 4
    assert told


async def test_a_story_that_does_not_come_out_says_where(tmp_path: Path) -> None:
    async with open_tale(load_settings(data=tmp_path), MONDAY, lambda _: None) as tale:
        with pytest.raises(StoryFailed, match="ожидалось 2, а в базе 1"):
            tale.check("задач", 1, 2)
