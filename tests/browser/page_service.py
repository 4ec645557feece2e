"""The service behind the page in memory, and what the browser tests share."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from playwright.async_api import Page

from bot.domain.call import CallRecord
from bot.domain.clock import MOSCOW, ManualClock
from bot.web import sample, sample_talk
from bot.web.app import create_app
from bot.web.deps import PageFacts, WebDeps
from bot.web.memory import (
    FixedHealth,
    MemoryAudit,
    MemoryDesk,
    MemoryEvents,
    MemoryJournal,
    MemoryRecordings,
    ScriptedChats,
)
from speech.pcm import interleave, silence, tone, write_wav
from telephony.browser import BrowserLine
from telephony.pacer import Pacer

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


class Registry:
    """The service behind the page, which a test can stop and start again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(sample.NOW)
        self.events = MemoryEvents(keep=50)
        self.journal = MemoryJournal(self.events, sample.past_calls())
        self.desk = MemoryDesk(zone=MOSCOW, visits=sample.visits(), requests=sample.requests(), tasks=sample.tasks())
        self.chats = ScriptedChats(replies=sample_talk.CHAT)
        self.audit = MemoryAudit()
        self.health = FixedHealth(parts=sample.HEALTH)
        self.line = BrowserLine(pacer=Pacer(), recordings=folder / "spoken", new_id=lambda: "spoken")
        write_wav(folder / "call.wav", a_recording(), channels=2, alaw=True)
        self.deps = WebDeps(
            clock=self.clock,
            journal=self.journal,
            desk=self.desk,
            events=self.events,
            chats=self.chats,
            recordings=MemoryRecordings(paths={"call.wav": folder / "call.wav"}),
            audit=self.audit,
            health=self.health,
            facts=PageFacts(clinic="Клиника «Ромашка»", phone="sip:bot@127.0.0.1:5060"),
            voice=self.line,
        )
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        self._runner = web.AppRunner(create_app(self.deps), shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


async def until(page: Page, expression: str, seconds: float = 10) -> None:
    """Wait for a JavaScript condition; Playwright's own wait needs eval, which the page's policy forbids."""
    async with asyncio.timeout(seconds):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


def chromium_path() -> str:
    """Debian's Chromium; a machine without it fails, and is told what to install."""
    found = shutil.which("chromium")
    assert found, "apt-get install chromium"
    return found


def a_recording() -> bytes:
    """70 seconds: the bot's tone and the patient's by turns of seven seconds."""
    patient = b"".join((silence(7000) if turn % 2 == 0 else tone(440, 7000)) for turn in range(10))
    bot = b"".join((tone(300, 7000) if turn % 2 == 0 else silence(7000)) for turn in range(10))
    return interleave(patient, bot)


@dataclass(frozen=True, slots=True)
class Shot:
    """Where screenshots go: a folder to be looked at, kept after the run."""

    folder: Path

    async def __call__(self, page: Page, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=self.folder / f"{name}.png")


def a_live_call(call_id: str = "now", caller: str = "+79123456789", minutes: int = 0) -> CallRecord:
    """A call that has just begun, without a word."""
    begun = sample.NOW - timedelta(minutes=minutes)
    return replace(sample.call(call_id, begun=begun, caller=caller), turns=())
