"""A furnished clinic for every test: a copy of one migrated SQLite file, so that a test costs milliseconds."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import pytest_asyncio

from bot.storage import migrate
from bot.storage.engine import Database
from tests.fixtures.talk import scripts, understander  # noqa: F401 - the bot's own understanding
from tests.rules.house import House


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "clinic.db"
    url = f"sqlite+aiosqlite:///{path}"

    async def make() -> None:
        await migrate.upgrade(url)
        database = Database(url)
        await House(database).furnish()
        await database.dispose()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, make()).result()
    return path


@pytest_asyncio.fixture
async def house(furnished: Path, tmp_path: Path) -> AsyncIterator[House]:
    path = tmp_path / "clinic.db"
    shutil.copyfile(furnished, path)
    database = Database(f"sqlite+aiosqlite:///{path}")
    yield House(database)
    await database.dispose()
