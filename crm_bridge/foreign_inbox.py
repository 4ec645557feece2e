"""What another system sends: believed by its signature, worked in once, and remembered through a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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


def _nobody(event: CrmEvent) -> None:
    """A receiver that remembers nothing has nothing to forget."""


class ForeignInbox:
    """The address of one foreign system; its messages are worked in one after another.

    `repeats_refused` is how a repetition is told: by ReplayedWebhook, or as if it had been the first. `not_taken` hears
    of an event that its sender has to bring again.
    """

    def __init__(
        self,
        system: str,
        receiver: WebhookReceiver,
        news: TakesNews,
        seen: SeenKeys,
        *,
        repeats_refused: bool = True,
        not_taken: Callable[[CrmEvent], None] = _nobody,
    ) -> None:
        self.system = system
        self._receiver = receiver
        self._news = news
        self._seen = seen
        self._repeats_refused = repeats_refused
        self._not_taken = not_taken
        self._turn = asyncio.Lock()

    async def receive(self, request: RawWebhook) -> None:
        """Work a message in. Raises UntrustedWebhook, ReplayedWebhook, Refused; CrmUnavailable: it must come again."""
        events = self._receiver.parse(request)
        async with self._turn:
            fresh = [event for event in events if not await self._seen.has(self._key(event))]
            for event in fresh:
                await self._take(event)
        if events and not fresh and self._repeats_refused:
            raise ReplayedWebhook(_REPEATED)

    async def _take(self, event: CrmEvent) -> None:
        try:
            await self._news.take(event, system=self.system)
            # remembered only now: a crash before this brings it again, and every step of the news looks first
            await self._seen.add(self._key(event))
        except BaseException:
            self._not_taken(event)
            raise

    def _key(self, event: CrmEvent) -> str:
        return f"{self.system}:{event.key}"
