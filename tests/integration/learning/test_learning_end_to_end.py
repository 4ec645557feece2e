"""A phrase that a text call did not understand is labelled, taught, published; the next call understands it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from bot.composition.core import Core, open_core
from bot.composition.learning import open_learning
from bot.domain.clock import SystemClock
from bot.domain.learning import Phrase, PhraseStatus
from bot.settings import load_settings
from crm_bridge.paging import Asked
from dialogs.port import FALLBACK

STRANGE = ("мне б обходной подмахнуть", "обходной бы черкануть", "бегунок мне шлепните", "по бегунку к вам")
"""One of them is still strange to whatever the shipped phrases teach."""
INTENT = "documents"
LONG_S = 120.0
"""Training is not timed here: this only ends a test that waits in vain."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with settings of its own; the trained engines of the shipped phrases are shared."""
    monkeypatch.setenv("REGISTRATURA__DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[Core]:
    """Everything of the running service but sound: the talk, and what it does for learning."""
    async with open_core(load_settings(None), SystemClock()) as core:
        await core.understander.ready()
        async with open_learning(core.learning, core.gathering, core.understander, core.clock):
            yield core


async def said(core: Core, text: str, call_id: str) -> str | None:
    """A text call; the intent of its one sentence."""
    talk = core.conversation(call_id=call_id, caller=None)
    await talk.start()
    reply = await talk.heard(text)
    await talk.hungup()
    return reply.intent


async def misunderstood(core: Core) -> str:
    """The first strange phrase that a text call does not understand."""
    for words in STRANGE:
        if await said(core, words, "call-1") == FALLBACK:
            return words
    raise AssertionError("the shipped phrases teach all of these by now: think of a stranger one")


async def kept(core: Core) -> list[Phrase]:
    async with asyncio.timeout(LONG_S):
        while True:
            found = (await core.learning.inbox.page(Asked())).items
            if found:
                return list(found)
            await asyncio.sleep(0.1)


async def renewed(core: Core, version: int) -> None:
    async with asyncio.timeout(LONG_S):
        while core.understander.version != version:
            await asyncio.sleep(0.1)


def command(*arguments: str) -> str:
    """One `registratura learn` command in a process's place: what it said."""
    done = CliRunner().invoke(cli, ["learn", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.timeout(400)
async def test_a_phrase_is_learned_without_a_restart(folder: Path) -> None:
    async with service(folder) as core:
        words = await misunderstood(core)
        [phrase] = [one for one in await kept(core) if one.text == words]
        assert (phrase.call_id, phrase.status, phrase.state) == ("call-1", PhraseStatus.NEW, "open")

        assert words in await asyncio.to_thread(command, "list")
        assert "Размечено фраз: 1" in await asyncio.to_thread(command, "label", INTENT, str(phrase.id))
        talk = core.conversation(call_id="call-2", caller=None)
        await talk.start()
        assert "Можно публиковать" in await asyncio.to_thread(command, "train")
        assert await said(core, words, "call-3") == FALLBACK, "what is trained is not live yet"
        assert "Опубликовано обучение 1" in await asyncio.to_thread(command, "publish")
        await renewed(core, 1)

        assert await said(core, words, "call-4") == INTENT
        assert (await talk.heard(words)).intent == INTENT, "a call that was going on goes on"
        await talk.hungup()

        assert "только поставляемые фразы" in await asyncio.to_thread(command, "rollback")
        await renewed(core, 2)
        assert await said(core, words, "call-5") == FALLBACK


@pytest.mark.timeout(400)
async def test_a_training_ordered_over_the_api_is_done_by_the_service_and_stays_after_a_restart(folder: Path) -> None:
    async with service(folder) as core:
        words = await misunderstood(core)
        [phrase] = [one for one in await kept(core) if one.text == words]
        await core.learning.inbox.label([phrase.id], INTENT, by="staff:1")
        await core.learning.synonyms.add("терапуше", "терапевту", by="staff:1")
        ordered = await core.learning.school.order(by="staff:1")
        async with asyncio.timeout(LONG_S):
            while (await core.learning.school.training(ordered.id)).ended_at is None:
                assert await said(core, "до свидания", "call-2") == "goodbye", "calls go on meanwhile"
                await asyncio.sleep(0.2)
        await core.learning.school.publish(ordered.id, by="staff:1")
    async with service(folder) as core:
        assert core.understander.version == 1
        assert await said(core, words, "call-3") == INTENT
        talk = core.conversation(call_id="call-4", caller=None)
        await talk.start()
        assert (await talk.heard("запишите к терапуше")).slots["specialty"] == "терапевт"
        await talk.hungup()
