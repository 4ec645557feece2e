"""A store of tasks and lines in memory, and a clock that stands still."""

from __future__ import annotations

import pytest

from bot.domain.clock import ManualClock
from bot.outbound.memory import MemoryPermits, MemoryTaskStore
from tests.fixtures.small_clinic import NOW


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def tasks() -> MemoryTaskStore:
    return MemoryTaskStore()


@pytest.fixture
def permits(clock: ManualClock) -> MemoryPermits:
    return MemoryPermits(clock)
