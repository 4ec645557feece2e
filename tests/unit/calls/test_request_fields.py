"""What the bot writes into requests passes the same validators as what a registrar sends."""

from __future__ import annotations

import pytest

from bot.calls.replay import Dialogue, play, read_dialogues
from crm_bridge.memory import MemoryClinic
from dialogs.script import load_script
from dialogs.script.requests import faults_of
from tests.fixtures.talk import DIALOGUES, NOW, Talk

FORMS = load_script("inbound").requests
MAKE_REQUESTS = [
    dialogue
    for dialogue in read_dialogues(DIALOGUES / "home_sick.yml")
    if dialogue.expected.get("outcome") in {"home_visit_created", "sick_leave_request"}
]


@pytest.mark.parametrize("dialogue", MAKE_REQUESTS, ids=lambda dialogue: dialogue.id)
async def test_a_request_that_the_bot_makes_is_filled_right(
    dialogue: Dialogue, talk: Talk, clinic: MemoryClinic
) -> None:
    await play(dialogue, talk(caller=dialogue.caller_phone))
    made = list(await clinic.open_requests())
    assert made
    for request in made:
        assert faults_of(FORMS[request.kind], request.fields, NOW.date()) == [], request.kind
