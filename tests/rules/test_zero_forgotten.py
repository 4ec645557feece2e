"""Zero forgotten: thousands of things happen in any order, and nobody is forgotten, nothing is taken twice."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.storage.engine import Database
from tests.fixtures.databases import Copy
from tests.rules.forgetting import walk
from tests.rules.steps import STEPS

EVENTS = 1000
SEEDS = (1, 2, 3)


@pytest_asyncio.fixture
async def database(copied: Copy) -> AsyncIterator[Database]:
    opened = Database(copied("sqlite"))
    yield opened
    await opened.dispose()


@pytest.mark.timeout(600)  # a thousand events are some twenty seconds, on a busy machine minutes
@pytest.mark.parametrize("seed", SEEDS)
async def test_zero_forgotten(seed: int, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    report = await walk(database, seed, EVENTS, every=4)
    with capsys.disabled():
        seconds = time.monotonic() - began
        print(f"\n  zero forgotten: seed {seed}, {report.events} events, {report.checks} checks, {seconds:.0f} s")
    # a walk whose every wish is refused would prove nothing
    assert not [step.__name__ for step, _ in STEPS if not report.done[step.__name__]]
