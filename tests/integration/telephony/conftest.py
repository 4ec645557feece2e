"""One Asterisk for the whole test session, and houses on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from telephony.asterisk.sandbox import Sandbox, SandboxConfig, find_root, start_on_free_address
from tests.integration.telephony.line_house import AsteriskHouse, Cable, House, SimulatedHouse


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    async def begin() -> Sandbox:
        folder = tmp_path_factory.mktemp("ast")
        config = SandboxConfig(directory=folder, root=await find_root(), index=20, checks=True)
        return await start_on_free_address(config)

    running = asyncio.run(begin())
    yield running
    asyncio.run(running.stop())


@pytest.fixture
async def asterisk_house(sandbox: Sandbox) -> AsyncIterator[AsteriskHouse]:
    state = sandbox.state()
    assert state is not None
    house = AsteriskHouse(state)
    await house.line.start()
    yield house
    await house.close()


@pytest.fixture
async def simulated_house(tmp_path: Path) -> AsyncIterator[SimulatedHouse]:
    house = SimulatedHouse(tmp_path)
    await house.line.start()
    yield house
    await house.close()


@pytest.fixture(params=["simulated", pytest.param("asterisk", marks=pytest.mark.asterisk)])
def house(request: pytest.FixtureRequest) -> House:
    """Every behaviour of the port, on every line."""
    found: House = request.getfixturevalue(f"{request.param}_house")
    return found


@pytest.fixture
async def cable(asterisk_house: AsteriskHouse) -> AsyncIterator[Cable]:
    """The house's line, connected through a cable that a test may cut."""
    laid = Cable(asterisk_house.state)
    await laid.lay()
    await asterisk_house.line.close()
    asterisk_house.line = asterisk_house.new_line(laid.url)
    await asterisk_house.line.start()
    yield laid
    laid.mend()
    await asterisk_house.line.close()
    await asterisk_house.restart()
    await laid.remove()
