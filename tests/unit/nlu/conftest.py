"""One trained engine for all tests of understanding, and the moment that relative dates count from."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.port import NluContext


@pytest.fixture(scope="session")
def engine() -> EmbeddedEngine:
    return EmbeddedEngine()


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Moscow"))


@pytest.fixture(scope="session")
def context(now: datetime) -> Callable[..., NluContext]:
    return lambda state="open": NluContext(state=state, now=now)
