"""One trained engine for all tests of understanding, and the moment that relative dates count from."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.settings import nlu_cache
from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.port import NluContext


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The per-user cache, where a trained model stays, keyed by its data."""
    return nlu_cache()


@pytest.fixture(scope="session")
def engine(model_cache: Path) -> EmbeddedEngine:
    return EmbeddedEngine(cache=model_cache)


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Moscow"))


@pytest.fixture(scope="session")
def context(now: datetime) -> Callable[..., NluContext]:
    return lambda state="open": NluContext(state=state, now=now)
