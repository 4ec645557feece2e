"""Asterisk on loopback: several side by side, found again, restarted, with a clinic's configuration."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from telephony.asterisk.configuration import Registrar, Trunk
from telephony.asterisk.sandbox import (
    Sandbox,
    SandboxConfig,
    SandboxError,
    SandboxState,
    find_root,
    start_on_free_address,
)
from telephony.port import HungUp
from tests.integration.telephony.line_house import (
    BOT_HZ,
    AsteriskHouse,
    bot_tone,
    connected,
    connection,
    eventually,
    has_tone,
)

pytestmark = pytest.mark.asterisk


def read_log(state: SandboxState) -> list[str]:
    return Path(state.log).read_text(encoding="utf-8").splitlines()


class TestSandboxes:
    async def test_two_side_by_side_do_not_meet(self, asterisk_house: AsteriskHouse, tmp_path: Path) -> None:
        config = SandboxConfig(directory=tmp_path, root=await find_root(), index=20, apps=("bot", "bot-2"))
        other = await start_on_free_address(config)
        try:
            state = other.state()
            assert state is not None
            assert state.address != asterisk_house.state.address
            second = AsteriskHouse(state)
            await second.line.start()
            _, call = await connected(asterisk_house)
            leg, call2 = await connected(second)
            leg.media.send(bot_tone())
            await eventually(lambda: has_tone(call2.heard(), BOT_HZ))
            assert not has_tone(call.heard(), BOT_HZ)
            assert (await second.line.health()).name != (await asterisk_house.line.health()).name
            await asyncio.gather(call.hangup(), call2.hangup())
            await second.close()
        finally:
            await other.stop()
        assert other.state() is None

    async def test_two_that_start_at_once_get_an_address_each(self, tmp_path: Path) -> None:
        root = await find_root()
        wanted = [SandboxConfig(directory=tmp_path / name, root=root, index=40) for name in "ab"]
        started = await asyncio.gather(*map(start_on_free_address, wanted))
        assert len({one.config.address for one in started}) == 2
        assert all([await one.stop() for one in started])

    async def test_absent_worker_is_passed_over(self, asterisk_house: AsteriskHouse, tmp_path: Path) -> None:
        """Two workers take turns; one is away, so every call goes to the other."""
        config = SandboxConfig(directory=tmp_path, root=await find_root(), index=20, apps=("bot-away", "bot"))
        other = await start_on_free_address(config)
        try:
            state = other.state()
            assert state is not None
            house = AsteriskHouse(state)
            await house.line.start()
            for number in ("79160000011", "79160000012", "79160000013"):
                leg, call = await connected(house, number)
                assert leg.caller == number
                await call.hangup()
            await house.close()
        finally:
            await other.stop()

    async def test_line_survives_a_restart_of_asterisk(self, tmp_path: Path) -> None:
        sandbox = await start_on_free_address(SandboxConfig(directory=tmp_path, root=await find_root(), index=20))
        state = sandbox.state()
        assert state is not None
        house = AsteriskHouse(state)
        try:
            await house.line.start()
            leg, call = await connected(house)
            await sandbox.stop()
            await eventually(lambda: not connection(house).is_set())
            await sandbox.start()
            async with asyncio.timeout(10):
                events = [event async for event in leg.events()]
                await connection(house).wait()
            assert isinstance(events[-1], HungUp)
            call.vanish()
            _, second = await connected(house, "79160000009")
            await second.hangup()
            await house.close()
        finally:
            await sandbox.stop()

    async def test_is_found_again_and_stopped_by_another_process(self, tmp_path: Path) -> None:
        config = SandboxConfig(directory=tmp_path, root=await find_root(), index=20)
        assert Sandbox(config).state() is None
        started = (await start_on_free_address(config)).state()
        try:
            assert started is not None
            assert started.version.startswith("Asterisk 22")
            assert started.sip_address == f"sip:registry@{started.address}:5060"
            assert started.registrars["reg-101"].startswith("sip:101@")
            assert Sandbox(config).state() == started
            assert await Sandbox(config).start() == started
        finally:
            assert await Sandbox(config).stop()
        assert not await Sandbox(config).stop()
        assert not started.alive

    async def test_configuration_of_production_is_accepted(self, tmp_path: Path) -> None:
        sandbox = Sandbox(SandboxConfig(directory=tmp_path, root=await find_root(), index=200))
        clinic = replace(
            sandbox.configuration(),
            trunk=Trunk(host="127.0.0.99", username="78123334455", password="t", number="78123334455"),
            registrars=[
                Registrar(extension="101", name="Анна", password="r"),
                Registrar(extension="102", password="q"),
            ],
            apps=("bot-1", "bot-2"),
            external_address="203.0.113.7",
            local_networks=("127.0.0.0/8",),
        )
        started = await sandbox.start(clinic)
        try:
            assert "trunk/sip:127.0.0.99:5060" in await sandbox.console("pjsip show registrations")
            endpoints = await sandbox.console("pjsip show endpoints")
            assert "InAuth:  reg-101/reg-101" in endpoints
            assert "anonymous" not in endpoints
            assert not [line for line in read_log(started) if " ERROR[" in line or " WARNING[" in line]
        finally:
            await sandbox.stop()

    async def test_without_a_root_it_says_what_to_run(self, tmp_path: Path) -> None:
        with pytest.raises(SandboxError, match=r"build_asterisk\.sh"):
            await Sandbox(SandboxConfig(directory=tmp_path, root=tmp_path, index=20)).start()
