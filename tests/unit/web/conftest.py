"""The page over its in-memory ports."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from bot.domain.clock import MOSCOW, ManualClock
from bot.web import sample, sample_talk
from bot.web.app import create_app
from bot.web.deps import PageFacts, WebDeps
from bot.web.memory import (
    EchoVoice,
    FixedHealth,
    MemoryAudit,
    MemoryDesk,
    MemoryEvents,
    MemoryJournal,
    MemoryRecordings,
    ScriptedChats,
)
from speech.pcm import interleave, tone, write_wav

Client = TestClient[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """The ports behind the page, each open to the test."""

    clock: ManualClock
    events: MemoryEvents
    journal: MemoryJournal
    desk: MemoryDesk
    chats: ScriptedChats
    audit: MemoryAudit
    health: FixedHealth
    voice: EchoVoice
    deps: WebDeps


@pytest.fixture
def twin(tmp_path: Path) -> Twin:
    clock = ManualClock(sample.NOW)
    events = MemoryEvents(keep=5)
    journal = MemoryJournal(events, sample.past_calls())
    desk = MemoryDesk(zone=MOSCOW, visits=sample.visits(), requests=sample.requests(), tasks=sample.tasks())
    chats, audit, voice = ScriptedChats(replies=sample_talk.CHAT), MemoryAudit(), EchoVoice()
    health = FixedHealth(parts=sample.HEALTH)
    numbers: Iterator[int] = itertools.count(1)
    write_wav(tmp_path / "call.wav", interleave(tone(440, 1000), tone(300, 1000)), channels=2)
    deps = WebDeps(
        clock=clock,
        journal=journal,
        desk=desk,
        events=events,
        chats=chats,
        recordings=MemoryRecordings(paths={"call.wav": tmp_path / "call.wav"}),
        audit=audit,
        health=health,
        facts=PageFacts(clinic="Клиника «Ромашка»", phone="sip:bot@127.0.0.1:5060"),
        voice=voice,
        new_id=lambda: f"chat{next(numbers)}",
    )
    return Twin(
        clock=clock,
        events=events,
        journal=journal,
        desk=desk,
        chats=chats,
        audit=audit,
        health=health,
        voice=voice,
        deps=deps,
    )


@pytest.fixture
def open_page(aiohttp_client: Callable[..., Awaitable[Client]], twin: Twin) -> Callable[..., Awaitable[Client]]:
    """Start the application, with some of its parts replaced."""

    async def start(**changes: Any) -> Client:
        return await aiohttp_client(create_app(replace(twin.deps, **changes)))

    return start


@pytest.fixture
async def page(open_page: Callable[..., Awaitable[Client]]) -> Client:
    return await open_page()
