"""The clinic's system in its three forms: in memory, on SQLite, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from bot.domain.clock import MOSCOW, ManualClock
from bot.storage.engine import Database
from bot.storage.outbox import Outbox
from crm_bridge.local import LocalClinic
from crm_bridge.local.build import read_clinic
from crm_bridge.local.desk import LocalDesk
from crm_bridge.memory import MemoryClinic
from crm_bridge.port import ClinicSystem
from tests.contract.subject import Subject
from tests.fixtures.databases import BOTH, Copy, small_clinic

CLINIC = Path(__file__).parent / "clinic.yml"
NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


@pytest.fixture(params=["memory", *BOTH])
async def subject(request: pytest.FixtureRequest, copied: Copy) -> AsyncIterator[Subject]:
    clock = ManualClock(NOW)
    if request.param == "memory":
        memory = MemoryClinic(read_clinic(CLINIC, NOW), clock)

        async def told() -> Sequence[str]:
            return [event.topic for event in memory.events]

        yield Subject(memory, clock, told, memory.offer_openings)
        return
    database = Database(copied(request.param, small_clinic))
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
