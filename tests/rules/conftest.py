"""A furnished clinic for every test: a copy of one SQLite file, so that a test costs milliseconds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.storage.engine import Database
from tests.fixtures.databases import Copy
from tests.fixtures.talk import scripts, understander  # noqa: F401 - the bot's own understanding
from tests.rules.house import House, furnish


@pytest_asyncio.fixture
async def house(copied: Copy) -> AsyncIterator[House]:
    database = Database(copied("sqlite", furnish))
    yield House(database)
    await database.dispose()
