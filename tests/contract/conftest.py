"""The clinic's system in its three forms: in memory, on SQLite, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from bot.domain.clock import MOSCOW, ManualClock
from bot.storage import migrate
from bot.storage.engine import Database
from bot.storage.outbox import Outbox
from crm_bridge.local import LocalClinic
from crm_bridge.local.build import read_clinic
from crm_bridge.local.load import load_clinic
from crm_bridge.memory import MemoryClinic
from crm_bridge.port import ClinicSystem
from tests.contract.subject import Subject

CLINIC = Path(__file__).parent / "clinic.yml"
NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    clock = ManualClock(NOW)
    if request.param == "memory":
        memory = MemoryClinic(read_clinic(CLINIC, NOW), clock)

        async def told() -> Sequence[str]:
            return [event.topic for event in memory.events]

        yield Subject(memory, clock, told)
        return
    sqlite = f"sqlite+aiosqlite:///{tmp_path}/clinic.db"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    await migrate.upgrade(url)
    database = Database(url)
    await load_clinic(CLINIC, database, clock)
    outbox = Outbox(database, clock)

    async def published() -> Sequence[str]:
        return [event.topic for event in await outbox.pending() if event.topic != "clinic.loaded"]

    yield Subject(LocalClinic(database, clock), clock, published)
    await database.dispose()


@pytest.fixture
def clinic(subject: Subject) -> ClinicSystem:
    return subject.clinic


@pytest.fixture
def clock(subject: Subject) -> ManualClock:
    return subject.clock
