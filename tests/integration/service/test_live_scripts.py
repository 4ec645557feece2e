"""A script is published while calls go on: new talks take it, a call keeps its own even through a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.demo.person import Part
from bot.demo.watch import CallWatch
from bot.domain.call import Speaker
from speech.port import Synthesizer, Voice
from tests.integration.service.service_house import Caller, Ran, ServiceHouse, run

pytestmark = [pytest.mark.asterisk, pytest.mark.speech, pytest.mark.timeout(400)]

ASKS, OUR_ASKS = "Чем могу помочь?", "Слушаю вас внимательно."
SHORT, OUR_SHORT = "Скажите, что вам нужно, например «записаться к врачу».", "Говорите, пожалуйста."
PATIENCE = ("no_input_ms: 6000", "no_input_ms: 20000")
"""Who waits for a command and a restart of the service must not be taken for gone."""
PATIENT = Part(phone="+79165550019", voice=Voice(name="Anna"), answers={})


class Editor:
    """The command line over the database of the running rehearsal."""

    def __init__(self, house: ServiceHouse, folder: Path) -> None:
        self._house = house
        self.folder = folder

    def script(self, *arguments: str) -> Ran:
        url = f"sqlite+aiosqlite:///{self._house.folder}/rehearsal.sqlite"
        done = run(self._house.folder, "script", *arguments, timeout_s=200, REGISTRATURA__DATABASE__URL=url)
        assert done.code == 0, done.err
        return done

    def publish(self) -> None:
        self.script("export", "inbound", str(self.folder))
        file = self.folder / "inbound.yml"
        rewrite(file, (ASKS, OUR_ASKS), (SHORT, OUR_SHORT))
        rewrite(self.folder / "shared" / "common.yml", PATIENCE)
        self.script("save", str(file))
        self.script("publish", "inbound")

    def unpublish(self) -> None:
        self.script("publish", "inbound:0")


def rewrite(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def editor(house_with_sandbox: ServiceHouse, tmp_path: Path) -> Iterator[Editor]:
    editor = Editor(house_with_sandbox, tmp_path)
    yield editor
    editor.unpublish()


async def greeted(house: ServiceHouse, words: str) -> None:
    """Return when a talk that begins now asks so."""
    async with aiohttp.ClientSession() as client:
        while True:
            async with client.post(f"{house.page}api/chats", json={"caller": ""}) as answer:
                chat = await answer.json()
            async with client.post(f"{house.page}api/chats/{chat['id']}/turns", json={"hangup": True}):
                if words in " ".join(chat["bot"]):
                    return
            await asyncio.sleep(0.2)


async def said(watch: CallWatch, call_id: str, words: str) -> None:
    """Return when the bot has said so in this call."""
    while not any(words in text for text in spoken(watch, call_id)):
        await asyncio.sleep(0.1)


def spoken(watch: CallWatch, call_id: str) -> list[str]:
    return [turn.text for turn in watch.calls[call_id].turns.values() if turn.speaker is Speaker.BOT]


async def test_new_talks_take_what_is_published_and_a_call_keeps_its_own_through_kill_nine(
    house: ServiceHouse, watch: CallWatch, voice: Synthesizer, editor: Editor
) -> None:
    await asyncio.wait_for(greeted(house, ASKS), 60)
    await asyncio.to_thread(editor.publish)
    await asyncio.wait_for(greeted(house, OUR_ASKS), 60)
    async with Caller(house, watch, voice, PATIENT) as caller:
        await caller.reach("open")
        await asyncio.to_thread(editor.unpublish)
        await asyncio.wait_for(greeted(house, ASKS), 60)
        house.kill()
        await house.start()
        await asyncio.wait_for(said(watch, caller.call_id, "Извините, связь на секунду прервалась."), 60)
        await asyncio.wait_for(said(watch, caller.call_id, OUR_SHORT), 60)
        await asyncio.wait_for(greeted(house, ASKS), 60)
        await caller.call.hangup()
