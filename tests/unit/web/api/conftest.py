"""A furnished clinic for every test, its API, and people at the other end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from bot.storage.engine import Database
from bot.web.api.app import create_api
from crm_bridge.rules.rights import Role
from tests.fixtures.databases import Copy
from tests.rules.house import furnish
from tests.unit.web.api.office import ApiHouse, Client, Person

Hire = Callable[..., Awaitable[Person]]


@pytest_asyncio.fixture
async def house(copied: Copy) -> AsyncIterator[ApiHouse]:
    database = Database(copied("sqlite", furnish))
    yield ApiHouse(database)
    await database.dispose()


@pytest_asyncio.fixture
async def client(aiohttp_client: Any, house: ApiHouse) -> Client:
    made: Client = await aiohttp_client(create_api(house.parts))
    return made


@pytest.fixture
def hire(house: ApiHouse, client: Client) -> Hire:
    """Somebody of a role, logged in."""

    async def one(role: Role, login: str = "", **how: Any) -> Person:
        return Person(client=client, token=await house.hire(role, login, **how))

    return one


@pytest.fixture
def programme(house: ApiHouse, client: Client) -> Hire:
    """A programme with a key of these rights."""

    async def one(*rights: str, **how: Any) -> Person:
        return Person(client=client, token=await house.key(*rights, **how))

    return one


@pytest.fixture
def nobody(client: Client) -> Person:
    return Person(client=client, token=None)
