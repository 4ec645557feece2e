"""The service over twins: one SMS, one clock, people who get tasks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.clock import MOSCOW, ManualClock
from bot.notify.memory import MemoryMessageStore, MemoryMessenger
from bot.notify.port import Message, MessageKind
from bot.notify.service import MessageService, Step
from bot.notify.settings import NotifySettings

NOON = datetime(2026, 11, 23, 12, tzinfo=MOSCOW)


class Office:
    """A service over twins; `tasks` are what people were given, `faults` what makes that fail."""

    def __init__(self, *faults: Exception, now: datetime = NOON) -> None:
        self.clock = ManualClock(now)
        self.store = MemoryMessageStore()
        self.messenger = MemoryMessenger(*faults)
        self.tasks: list[tuple[str, str]] = []
        self.taken: list[str] = []
        self.task_faults: list[Exception] = []
        self.service = MessageService(
            self.store,
            {MessageKind.SMS: self.messenger},
            self.clock,
            NotifySettings(),
            undelivered=self._undelivered,
            taken=self._take,
        )

    async def _undelivered(self, message: Message, why: str) -> None:
        if self.task_faults:
            raise self.task_faults.pop(0)
        self.tasks.append((message.id, why))

    async def _take(self, message: Message) -> None:
        self.taken.append(message.template)

    async def add(self, **fields: object) -> None:
        now = self.clock.now()
        message = Message(
            id="m1",
            kind=MessageKind.SMS,
            recipient="+79161110001",
            title="Запись",
            text="Сидорова, вы записаны",
            template="confirmation",
            created_at=now,
            due_at=now,
            zone="Europe/Moscow",
        )
        message = replace(message, **fields)  # type: ignore[arg-type]
        await self.store.add(message, dedup_key=message.id)

    async def tick(self) -> dict[Step, int]:
        return dict(await self.service.tick())

    async def message(self) -> Message:
        found = await self.store.get("m1")
        assert found
        return found

    async def wait(self, wait: timedelta) -> dict[Step, int]:
        self.clock.advance(wait)
        return await self.tick()
