"""From the outbox to the page: which of the desk's lists to read anew."""

from __future__ import annotations

from typing import Protocol

from bot.domain.events import DeskChanged, DeskPart, LiveEvent
from bot.storage.outbox import Handler, OutboxEvent

_PART_OF_TOPIC = {"visit": DeskPart.VISITS, "request": DeskPart.REQUESTS, "task": DeskPart.TASKS}


class EventSink(Protocol):
    """Where live events go."""

    async def publish(self, event: LiveEvent) -> None: ...


def desk_news(events: EventSink) -> Handler:
    """A listener of the outbox that tells the page of changed visits, requests and tasks, whoever changed them."""

    async def tell(event: OutboxEvent) -> None:
        if event.topic == "clinic.loaded":
            await events.publish(DeskChanged(what=DeskPart.VISITS))
            return
        part = _PART_OF_TOPIC.get(event.topic.partition(".")[0])
        if part is not None:
            await events.publish(DeskChanged(what=part))

    return tell
