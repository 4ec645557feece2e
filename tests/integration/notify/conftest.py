"""A furnished clinic on each of the two databases, copied from one that was migrated once; fakes at the wire's end."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import pytest_asyncio

from bot.storage import migrate
from bot.storage.engine import Database
from tests.fixtures.postgres import PostgresServer
from tests.integration.notify.mail_server import FakeMail
from tests.integration.notify.sms_gateway import FakeGateway
from tests.rules.house import House

_TEMPLATE = "notify_template"


def _furnish(url: str) -> None:
    """Migrate and furnish in a loop of its own: fixtures of the whole session have none."""

    async def make() -> None:
        await migrate.upgrade(url)
        database = Database(url)
        await House(database).furnish()
        await database.dispose()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, make()).result()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notify") / "clinic.db"
    _furnish(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    postgres_server.run("createdb", "--template=template0", _TEMPLATE)
    _furnish(postgres_server.url(_TEMPLATE))
    yield postgres_server
    postgres_server.run("dropdb", "--force", _TEMPLATE)


@pytest.fixture
def furnished_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Makes a fresh copy on the database of this name."""
    made: list[tuple[PostgresServer, str]] = []

    def copy(kind: str) -> str:
        if kind == "sqlite":
            shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "clinic.db")
            return f"sqlite+aiosqlite:///{tmp_path}/clinic.db"
        server: PostgresServer = request.getfixturevalue("postgres_template")
        name = f"t_{os.urandom(6).hex()}"
        server.run("createdb", f"--template={_TEMPLATE}", name)
        made.append((server, name))
        return server.url(name)

    yield copy
    for server, name in made:
        server.run("dropdb", "--force", name)


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, furnished_url: Callable[[str], str]) -> AsyncIterator[Database]:
    database = Database(furnished_url(request.param))
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
