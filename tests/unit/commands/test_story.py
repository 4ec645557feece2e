"""How `registratura story` ends."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest

from bot.commands.story import close

RIGHT = {"story": "medmis", "right": True, "fault": "", "checks": 18, "calls": 3}


def test_a_story_that_came_out_ends_well_and_its_last_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    close(RIGHT, as_json=True)
    said = capsys.readouterr().out.splitlines()
    assert "проверок 18, звонков 3" in said[0]
    assert json.loads(said[-1]) == RIGHT


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fault": "лид: ожидалось 1, а в базе 2"}, "лид: ожидалось 1, а в базе 2"),
        ({"channels_left": 1, "bridges_left": 0}, "осталось каналов 1, мостов 0"),
    ],
)
def test_a_story_that_did_not_says_why_and_ends_with_one(
    wrong: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(click.exceptions.Exit) as ended:
        close({**RIGHT, "right": False, **wrong}, as_json=False)
    assert ended.value.exit_code == 1
    assert said in capsys.readouterr().out
