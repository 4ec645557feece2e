"""A furnished clinic on each of the two databases, each test with its own copy; fakes at the wire's end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.storage.engine import Database
from tests.fixtures.databases import BOTH, Copy
from tests.integration.notify.mail_server import FakeMail
from tests.integration.notify.sms_gateway import FakeGateway
from tests.rules.house import House, furnish


@pytest_asyncio.fixture(params=BOTH)
async def database(request: pytest.FixtureRequest, copied: Copy) -> AsyncIterator[Database]:
    database = Database(copied(request.param, furnish))
    yield database
    await database.dispose()


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with FakeGateway().served() as served:
        yield served


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[FakeMail]:
    async with FakeMail().served() as served:
        yield served
