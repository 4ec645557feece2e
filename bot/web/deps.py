"""What the page is made of, handed over whole by the composition root."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.domain.clock import Clock
from bot.web.ports import Audit, ChatFactory, DeskView, EventFeed, HealthCheck, JournalView, Recordings, VoiceGate

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def random_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_urlsafe(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What the page says of the clinic. `phone` is the address to dial with a softphone, if there is one."""

    clinic: str
    zone: str = "Europe/Moscow"
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDeps:
    """Everything the handlers use. Without `voice` no microphone is taken; `hosts` are the names it answers to."""

    clock: Clock
    journal: JournalView
    desk: DeskView
    events: EventFeed
    chats: ChatFactory
    recordings: Recordings
    audit: Audit
    health: HealthCheck
    facts: PageFacts
    voice: VoiceGate | None = None
    hosts: frozenset[str] = LOCAL_HOSTS
    new_id: Callable[[], str] = field(default=random_id)


DEPS = web.AppKey("deps", WebDeps)
