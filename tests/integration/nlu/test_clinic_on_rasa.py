"""A whole clinic switched to Rasa by its settings: a talk with it, and the same talk when it breaks on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.calls.conversation import Conversation
from bot.composition.core import Core, open_core
from bot.composition.page import understanding_probe
from bot.domain.clock import ManualClock
from bot.nlu_settings import NluSettings
from bot.page import Health
from bot.settings import load_settings
from bot.web.ports import Condition
from dialogs.port import Intent
from tests.fakes.rasa import TOKEN, RecordedRasa, ranked

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Moscow"))
CLINIC = Path(__file__).parents[2] / "dialogues" / "clinic.json"
UNHURRIED_MS = 5000


@asynccontextmanager
async def clinic(folder: Path, url: str) -> AsyncIterator[Core]:
    nlu = NluSettings(engine="rasa", rasa_url=url, rasa_token=TOKEN, rasa_timeout_ms=UNHURRIED_MS, rasa_failures=1)
    async with open_core(load_settings(data=folder, nlu=nlu), ManualClock(NOW), clinic=CLINIC) as core:
        yield core


async def talk(core: Core) -> Conversation:
    conversation = core.conversation(call_id="c1", caller="+79161112233")
    await conversation.start()
    return conversation


async def health(core: Core) -> Condition:
    assert core.rasa is not None
    [part] = await Health({"understanding": understanding_probe(core.rasa)}).check()
    return part.condition


@pytest.fixture
def rasa() -> RecordedRasa:
    return RecordedRasa()


async def test_rasa_understands_the_callers_of_the_clinic(rasa: RecordedRasa, tmp_path: Path) -> None:
    rasa.says = ranked(clinic_address=0.97)
    async with rasa.serving() as url, clinic(tmp_path, url) as core:
        reply = await (await talk(core)).heard("как мне к вам проехать на автобусе")
        assert rasa.asked == ["как мне к вам проехать на автобусе"]
        assert reply.intent == Intent.CLINIC_ADDRESS
        assert await health(core) is Condition.OK


async def test_a_rasa_that_breaks_in_the_middle_is_not_noticed_by_the_caller(
    rasa: RecordedRasa, tmp_path: Path
) -> None:
    rasa.says = ranked(smalltalk=0.97)
    async with rasa.serving() as url, clinic(tmp_path, url) as core:
        conversation = await talk(core)
        await conversation.heard("ну как у вас там погода сегодня")
        rasa.status = 500
        reply = await conversation.heard("запишите меня к терапевту на завтра утром")
        assert reply.intent == Intent.BOOK_APPOINTMENT
        assert len(rasa.asked) == 1
        assert await health(core) is Condition.DEGRADED


async def test_a_clinic_opens_without_its_rasa(tmp_path: Path, unused_tcp_port: int) -> None:
    async with clinic(tmp_path, f"http://127.0.0.1:{unused_tcp_port}") as core:
        reply = await (await talk(core)).heard("запишите меня к терапевту на завтра утром")
        assert reply.intent == Intent.BOOK_APPOINTMENT
