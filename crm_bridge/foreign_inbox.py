"""What another system sends: believed by its signature, worked in once, and remembered through a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from crm_bridge.foreign import CrmEvent, RawWebhook, ReplayedWebhook, WebhookReceiver

_REPEATED = "Это сообщение уже приходило"


class SeenKeys(Protocol):
    """Keys of events that have been worked in."""

    async def has(self, key: str) -> bool: ...

    async def add(self, key: str) -> None:
        """Safe twice."""


@dataclass
class MemorySeenKeys:
    """SeenKeys in a set, for rehearsals and tests."""

    keys: set[str] = field(default_factory=set)

    async def has(self, key: str) -> bool:
        return key in self.keys

    async def add(self, key: str) -> None:
        self.keys.add(key)


class TakesNews(Protocol):
    """Works an event in (ForeignNews)."""

    async def take(self, event: CrmEvent, *, system: str) -> bool:
        """Raises CrmUnavailable: then the event must come again."""


class OnceWorker:
    """Works the events of one system in, one after another and each once."""

    def __init__(self, system: str, news: TakesNews, seen: SeenKeys) -> None:
        self._system = system
        self._news = news
        self._seen = seen
        self._turn = asyncio.Lock()

    async def work_in(self, events: Sequence[CrmEvent]) -> int:
        """How many were new. Raises CrmUnavailable: what has not been worked in must come again."""
        fresh = 0
        async with self._turn:
            for event in events:
                key = f"{self._system}:{event.key}"
                if not await self._seen.has(key):
                    await self._news.take(event, system=self._system)
                    # remembered only now: a crash before this brings it again, and every step of the news looks first
                    await self._seen.add(key)
                    fresh += 1
        return fresh


class ForeignInbox:
    """The address of one foreign system; its messages are worked in one after another.

    `repeats_refused` is how a repetition is told: by ReplayedWebhook, or as if it had been the first.
    """

    def __init__(
        self,
        system: str,
        receiver: WebhookReceiver,
        news: TakesNews,
        seen: SeenKeys,
        *,
        repeats_refused: bool = True,
    ) -> None:
        self._worker = OnceWorker(system, news, seen)
        self._receiver = receiver
        self._repeats_refused = repeats_refused

    async def receive(self, request: RawWebhook) -> None:
        """Work a message in. Raises UntrustedWebhook, ReplayedWebhook, Refused; CrmUnavailable: it must come again."""
        events = self._receiver.parse(request)
        fresh = await self._worker.work_in(events)
        if events and not fresh and self._repeats_refused:
            raise ReplayedWebhook(_REPEATED)
