"""The messages of a house: its outbox, its table, the file at the end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.composition.notify import Messages, open_messages
from bot.domain.clinic import Visit
from bot.notify.port import Message
from bot.notify.service import Step
from bot.notify.settings import NotifySettings
from bot.storage.outbox import Outbox
from tests.rules.house import House

SETTINGS = NotifySettings(public_url="https://clinic.example", link_secret="s3cret")


class Post:
    """The messages of a house."""

    def __init__(self, house: House, messages: Messages, file: Path) -> None:
        self.house = house
        self.messages = messages
        self._file = file

    async def round(self) -> dict[Step, int]:
        """The outbox is handed on, and what is due is sent; what that tells is handed on, too."""
        outbox = Outbox(self.house.database, self.house.clock)
        await outbox.relay(self.messages.planner.take)
        done = dict(await self.messages.service.tick())
        await outbox.relay(self.messages.planner.take)
        assert await outbox.backlog() == 0
        return done

    async def about(self, visit: Visit) -> Sequence[Message]:
        return await self.messages.store.of_visit(visit.id)

    async def templates(self, visit: Visit) -> list[str]:
        return sorted(one.template for one in await self.about(visit))

    def lines(self) -> list[dict[str, str]]:
        """What has gone to the outbox file."""
        if not self._file.exists():
            return []
        return [json.loads(line) for line in self._file.read_text(encoding="utf-8").splitlines()]


@asynccontextmanager
async def post(house: House, tmp_path: Path, settings: NotifySettings = SETTINGS) -> AsyncIterator[Post]:
    file = tmp_path / "messages.jsonl"
    given = replace(settings, outbox_file=file)
    async with open_messages(house.database, house.desk, house.clock, given) as messages:
        yield Post(house, messages, file)
