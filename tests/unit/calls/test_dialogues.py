"""The regression dialogues: whole talks over the acceptance clinic with the real understanding and scripts."""

from __future__ import annotations

import pytest

from bot.calls.replay import Dialogue, play, read_dialogues
from tests.fixtures.talk import DIALOGUES, Talk

ALL = [dialogue for path in sorted(DIALOGUES.glob("*.yml")) for dialogue in read_dialogues(path)]


def test_every_dialogue_has_its_own_name() -> None:
    assert len({dialogue.id for dialogue in ALL}) == len(ALL) >= 30


@pytest.mark.parametrize("dialogue", ALL, ids=lambda dialogue: dialogue.id)
async def test_dialogue(dialogue: Dialogue, talk: Talk) -> None:
    played = await play(dialogue, talk(caller=dialogue.caller_phone, direction=dialogue.direction))
    assert not played.failures, f"{played.failures}\n{played.transcript}\n{played.outcome}"


@pytest.mark.parametrize("dialogue", ALL[::6], ids=lambda dialogue: dialogue.id)
async def test_dialogue_survives_a_restart_at_every_turn(dialogue: Dialogue, talk: Talk) -> None:
    """The same talk, put down as JSON and taken up by a new conversation before each turn."""
    played = await play(dialogue, talk(caller=dialogue.caller_phone, direction=dialogue.direction), restart=talk)
    assert not played.failures, f"{played.failures}\n{played.transcript}\n{played.outcome}"
