"""The clinic's system in its three forms: in memory, on SQLite, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from bot.domain.clock import MOSCOW, ManualClock
from bot.storage import migrate
from bot.storage.engine import Database
from bot.storage.outbox import Outbox
from crm_bridge.local import LocalClinic
from crm_bridge.local.build import read_clinic
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.load import load_clinic
from crm_bridge.memory import MemoryClinic
from crm_bridge.port import ClinicSystem
from tests.contract.subject import Subject
from tests.fixtures.postgres import PostgresServer

CLINIC = Path(__file__).parent / "clinic.yml"
NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


def prepare(url: str) -> None:
    """Migrate a database and load the clinic, in a thread: a fixture may be asked for while an event loop runs."""

    async def load() -> None:
        await migrate.upgrade(url)
        database = Database(url)
        await load_clinic(CLINIC, database, ManualClock(NOW))
        await database.dispose()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, load()).result()


@pytest.fixture(scope="session")
def loaded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the clinic in it, to be copied."""
    path = tmp_path_factory.mktemp("contract") / "clinic.db"
    prepare(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def loaded_postgres(postgres_server: PostgresServer) -> str:
    """The name of a database with the clinic in it, to be used as a template."""
    postgres_server.run("createdb", "contract")
    prepare(postgres_server.url("contract"))
    return "contract"


@pytest.fixture
def loaded_postgres_url(postgres_server: PostgresServer, loaded_postgres: str) -> Iterator[str]:
    """A database of this test's own, with the clinic in it."""
    name = f"c_{os.urandom(6).hex()}"
    postgres_server.run("createdb", f"--template={loaded_postgres}", name)
    yield postgres_server.url(name)
    postgres_server.run("dropdb", "--force", name)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    clock = ManualClock(NOW)
    if request.param == "memory":
        memory = MemoryClinic(read_clinic(CLINIC, NOW), clock)

        async def told() -> Sequence[str]:
            return [event.topic for event in memory.events]

        yield Subject(memory, clock, told, memory.offer_openings)
        return
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("loaded_sqlite"), tmp_path)
        database = Database(f"sqlite+aiosqlite:///{copy}")
    else:
        database = Database(request.getfixturevalue("loaded_postgres_url"))
    outbox = Outbox(database, clock)

    async def published() -> Sequence[str]:
        return [event.topic for event in await outbox.pending() if event.topic != "clinic.loaded"]

    local = LocalClinic(database, clock)
    yield Subject(local, clock, published, LocalDesk(local).sweep.tick)
    await database.dispose()


@pytest.fixture
def clinic(subject: Subject) -> ClinicSystem:
    return subject.clinic


@pytest.fixture
def clock(subject: Subject) -> ManualClock:
    return subject.clock
