"""Scripts while calls go on: the command line publishes, the service hears of it, running talks keep their version."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.calls.conversation import Conversation
from bot.calls.reply import Reply
from bot.calls.script_words import has_place
from bot.composition.core import Core, open_core
from bot.composition.desk import open_desk
from bot.domain.clock import SystemClock
from bot.domain.follow_up import SYSTEM
from bot.scripting.exam import shipped_files
from bot.scripting.store import ScriptStore
from bot.settings import Settings, load_settings

ASKS = "Чем могу помочь?"
WITHIN_S = 60.0


class Office:
    """A clinic's data folder, and the command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "edits" / "inbound.yml"

    def run(self, *arguments: str, group: str = "script") -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRATURA__")}
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", group, *arguments],
            env={**clean, "REGISTRATURA__DATA": str(self.folder / "data")},
            capture_output=True,
            text=True,
            timeout=100,
        )

    def rewrite(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return load_settings(data=self.folder / "data")

    @asynccontextmanager
    async def core(self) -> AsyncIterator[Core]:
        async with open_core(self.settings, SystemClock()) as core:
            yield core


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def words(reply: Reply) -> str:
    return " ".join(say.text for say in reply.say)


def begin(core: Core, version: int | None = None) -> Conversation:
    return core.conversation(call_id="c1", caller=None, version=version)


async def test_a_version_goes_live_in_a_running_service_and_talks_keep_theirs(office: Office) -> None:
    assert office.run("export", "inbound", str(office.file.parent)).returncode == 0
    office.rewrite(ASKS, "Слушаю вас внимательно.")
    saved = office.run("save", str(office.file), "--note", "мягче")
    assert (saved.returncode, "версия 1" in saved.stdout) == (0, True), saved.stderr
    async with office.core() as core:
        warmed = asyncio.Event()

        async def warm() -> None:
            warmed.set()

        async with core.scripts.following(warm):
            old = begin(core)
            assert ASKS in words(await old.start())
            published = await asyncio.to_thread(office.run, "publish", "inbound")
            assert published.returncode == 0, published.stderr
            async with asyncio.timeout(WITHIN_S):
                await warmed.wait()
            assert "Слушаю вас внимательно." in words(await begin(core).start())
            assert "Скажите, что вам нужно" in words(await old.silence())
            snapshot = json.loads(json.dumps(old.snapshot()))
    async with office.core() as core:
        resumed = begin(core, snapshot["version"])
        assert has_place(resumed.script, snapshot)
        resumed.resume(snapshot)
        assert resumed.snapshot()["version"] == 0
        assert begin(core).snapshot()["version"] == 1
    back = office.run("rollback", "inbound")
    assert "поставляемая версия" in back.stdout
    told = office.run("history", "inbound").stdout
    assert "мягче" in told
    assert told.count("опубликована") == 2


def test_the_regression_dialogues_stand_before_publishing(office: Office) -> None:
    """A script that the checks pass but that does something else than it must."""
    office.run("export", "inbound", str(office.file.parent))
    office.rewrite(
        "{name: book, intent: book_appointment, next: book}", "{name: book, intent: book_appointment, next: bye}"
    )
    office.run("save", str(office.file))
    refused = office.run("publish", "inbound:1")
    assert refused.returncode == 1
    assert "диалог in-booking" in refused.stderr
    assert "не опубликована" in refused.stderr
    assert "поставляемая версия" in office.run("list").stdout


def test_whoever_saves_one_file_keeps_the_dialogues_that_guard_it(office: Office) -> None:
    office.run("export", "inbound", str(office.file.parent))
    (office.file.parent / "dialogues" / "inbound.yml").unlink()
    office.rewrite(
        "{name: book, intent: book_appointment, next: book}", "{name: book, intent: book_appointment, next: bye}"
    )
    office.run("save", str(office.file))
    refused = office.run("publish", "inbound:1")
    assert (refused.returncode, "диалог in-booking" in refused.stderr) == (1, True), refused.stderr


def test_publishing_what_is_live_says_so(office: Office) -> None:
    told = office.run("publish", "inbound")
    assert (told.returncode, "уже действует" in told.stdout) == (0, True), told.stderr
    assert "опубликована" not in office.run("history", "inbound").stdout


async def test_recordings_are_listed_for_what_calls_say(office: Office) -> None:
    said = "Чем могу помочь?"
    async with open_desk(office.settings) as desk:
        store = ScriptStore(desk.clinic.ground)
        files = {**shipped_files("inbound")}
        files["inbound.yml"] = files["inbound.yml"].replace(said, f"Да. @hello({said})")
        await store.save("inbound", files, base=0, by=SYSTEM, note="")
        await store.publish("inbound", 1, by=SYSTEM)
    listed = await asyncio.to_thread(office.run, "list", group="prompts")
    assert "hello: нет звука; inbound:" in listed.stdout, listed.stderr


def test_two_people_edit_and_nobody_overwrites(office: Office) -> None:
    office.run("export", "inbound", str(office.file.parent))
    other = Office(office.folder)
    other.file = office.folder / "others" / "inbound.yml"
    office.run("export", "inbound", str(other.file.parent))
    office.rewrite(ASKS, "Раз?")
    other.rewrite(ASKS, "Два?")
    assert office.run("save", str(office.file)).returncode == 0
    refused = other.run("save", str(other.file))
    assert refused.returncode == 1
    assert "уже изменили: вы правили версию 0, а последняя 1" in refused.stderr
    assert "Раз?" in office.run("diff", "inbound:0", "inbound:1").stdout
    assert other.run("save", str(other.file), "--base", "1").returncode == 0
    office.rewrite("Раз?", "Три?")
    assert "последняя 2" in office.run("save", str(office.file)).stderr, "the note beside the file says 1"
