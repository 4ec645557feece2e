"""One data folder with one Asterisk and one service for the whole session, and a voice for those who phone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Generator, Iterator

import pytest

from bot.demo.watch import CallWatch
from speech.rhvoice import RhvoiceSynthesizer
from telephony.asterisk.sandbox import SandboxConfig, find_root, start_on_free_address
from tests.integration.service.service_house import ServiceHouse, run

LOG_TAIL = 6000
"""Characters of each log that a failing test shows."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what the service and Asterisk said: elsewhere their folder is gone by then."""
    report = yield
    house = getattr(item, "funcargs", {}).get("house_with_sandbox")
    if report.failed and isinstance(house, ServiceHouse):
        for log in (house.log, house.folder / "sandbox" / "log" / "full"):
            if log.is_file():
                report.sections.append((f"end of {log.name}", log.read_text(errors="replace")[-LOG_TAIL:]))
    return report


@pytest.fixture(scope="session")
def house_with_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceHouse]:
    folder = tmp_path_factory.mktemp("svc")

    async def begin() -> None:
        # from an address of our own on: the command begins where other people's sandboxes begin
        root = await find_root()
        await start_on_free_address(SandboxConfig(directory=folder / "sandbox", root=root, index=60))

    asyncio.run(begin())
    status = run(folder, "sandbox", "status", "--json")
    assert status.code == 0, status.err
    house = ServiceHouse(folder=folder, sandbox=json.loads(status.out))
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop()
    assert run(folder, "sandbox", "stop").code == 0


@pytest.fixture
async def house(house_with_sandbox: ServiceHouse) -> ServiceHouse:
    """The house with its service up; a test that killed it leaves the next one to start it anew."""
    process = house_with_sandbox.process
    if process is None or process.poll() is not None:
        await house_with_sandbox.start()
    return house_with_sandbox


@pytest.fixture
async def watch(house: ServiceHouse) -> AsyncIterator[CallWatch]:
    async with house.watching() as watch:
        yield watch


@pytest.fixture
async def voice() -> AsyncIterator[RhvoiceSynthesizer]:
    synthesizer = RhvoiceSynthesizer()
    await synthesizer.start()
    yield synthesizer
    await synthesizer.close()
