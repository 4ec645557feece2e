"""A furnished clinic on each of the two databases, and the fakes at the other end of the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.storage import migrate
from bot.storage.engine import Database
from tests.integration.notify.mail_server import FakeMail
from tests.integration.notify.sms_gateway import FakeGateway
from tests.rules.house import House


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/registratura.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    await migrate.upgrade(database_url)
    database = Database(database_url)
    house = House(database)
    await house.furnish()
    yield house
    await database.dispose()


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with FakeGateway().served() as served:
        yield served


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[FakeMail]:
    async with FakeMail().served() as served:
        yield served
