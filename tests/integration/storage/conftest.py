"""A database to test with: a SQLite file and a real PostgreSQL, the same tests over both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.databases import BOTH


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/registratura.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
