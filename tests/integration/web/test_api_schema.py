"""schemathesis tries every operation of the API against its own OpenAPI document, over HTTP on loopback."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from bot.storage.engine import Database
from bot.web.api.app import create_api
from bot.web.api.table import ROUTES
from crm_bridge.rules.rights import PEOPLE_ONLY, RIGHTS
from tests.fixtures.databases import Copy
from tests.rules.house import at, furnish
from tests.unit.web.api.office import ApiHouse

EXAMPLES = 2
REVOKES = "revokeApiKey"
SETTINGS = """
wait-for-schema = 10
request-timeout = 90
continue-on-failure = true
[headers]
Authorization = "Bearer {token}"
[output.sanitization]
enabled = false
[generation]
max-examples = {examples}
deterministic = true
[phases.coverage]
unexpected-methods = ["PATCH"]
[phases.stateful]
enabled = false
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "503"]
"""


@pytest_asyncio.fixture
async def house(copied: Copy) -> AsyncIterator[ApiHouse]:
    database = Database(copied("sqlite", furnish))
    made = ApiHouse(database)
    await made.service("uzi", price=1500)
    for hour in range(9, 18):
        await made.opening(at(30, f"{hour:02}:30"))
    await made.book(at(30, "09:00"))
    yield made
    await database.dispose()


@pytest.mark.timeout(400)
async def test_every_operation_is_as_the_document_says(house: ApiHouse, tmp_path: Path) -> None:
    token = await house.key(*(frozenset(RIGHTS) - PEOPLE_ONLY))
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS.format(examples=EXAMPLES, token=token))
    async with TestServer(create_api(house.parts)) as server:
        url = str(server.make_url("/api/v1/openapi.json"))
        # what it learns from a list it also tries to revoke: its own key, too
        told = await _run(tmp_path, url, f"--exclude-operation-id={REVOKES}")
        assert f"{len(ROUTES) - 1} selected" in told
        # the approvals are people's alone; everything else was let in
        assert "Authentication failed: 2 operations" in told
        await _run(tmp_path, url, f"--include-operation-id={REVOKES}")


async def _run(folder: Path, url: str, *which: str) -> str:
    """What it says; fails when anything is not as the document says."""
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / "schemathesis.toml")),
        *("run", url, "--no-color", *which),
        cwd=folder,
        env={**os.environ, "NO_PROXY": "*", "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await run.communicate()
    text = said.decode()
    print(text)
    assert run.returncode == 0, text[-6000:]
    return text
