"""A clinic whose bookings, leads and calls belong to Pyrus: the service's own parts, and the fake over real HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.calls.replay import Dialogue, Played, play
from bot.composition.core import Core, State, open_core, open_state
from bot.composition.office import open_office
from bot.domain.clinic import Visit
from bot.domain.clock import MOSCOW, ManualClock
from bot.foreign_settings import CrmSettings, PyrusSettings
from bot.settings import ApiSettings, ClinicSettings, NotifySettings, Settings, load_settings
from tests.contract.pyrus_subject import BOOKINGS, CALLS, DOCTORS, FORMS, SECTIONS
from tests.fakes.pyrus import LOGIN, SECURITY_KEY, FakePyrus
from tests.fakes.pyrus_forms import PyrusForms

CLINIC = Path(__file__).parents[2] / "dialogues" / "clinic.json"
MONDAY = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
PATIENCE_S = 60.0


@dataclass
class PyrusClinic:
    """The service without a line; `stop` and `start` are a restart on the same database."""

    settings: Settings
    clock: ManualClock
    fake: FakePyrus
    core: Core = field(init=False)
    state: State = field(init=False)
    _stack: AsyncExitStack = field(init=False)

    async def start(self) -> None:
        self._stack = AsyncExitStack()
        self.core = await self._stack.enter_async_context(open_core(self.settings, self.clock))
        self.state = await self._stack.enter_async_context(open_state(self.core))
        await self._stack.enter_async_context(open_office(self.core, self.state))

    async def stop(self) -> None:
        await self._stack.aclose()

    async def talk(self, call_id: str, dialogue: dict[str, Any]) -> Played:
        """Lead a talk by text, as a call and the page's chat do."""
        read = Dialogue.model_validate({"id": call_id, "caller_phone": "+79165550101", "expected": {}, **dialogue})
        return await play(read, self.core.conversation(call_id=call_id, caller=read.caller_phone))

    def asked(self) -> list[dict[int, Any]]:
        """The requests in the form, oldest first, by field number."""
        return [self.fake.store.values(task["id"]) for task in self.fake.store.of_form(BOOKINGS)]

    def calls(self) -> list[dict[str, Any]]:
        return self.fake.store.of_form(CALLS)

    async def only_visit(self) -> Visit:
        [visit] = [one for one in await self._visits() if one.id not in self._before]
        return visit

    async def remember_visits(self) -> None:
        """What is there already is not the talk's."""
        self._before = {one.id for one in await self._visits()}

    async def _visits(self) -> list[Visit]:
        return list(await self.core.clinic.visits_between(MONDAY, MONDAY + timedelta(days=30), closed=True))

    async def decide(self, choice: int) -> list[int]:
        """People set the state of the last request; Pyrus tells us. The statuses of our answers."""
        task = self.fake.store.of_form(BOOKINGS)[-1]
        self.fake.store.comment(task, {"field_updates": [{"id": 9, "value": {"choice_ids": [choice]}}]})
        return await self.fake.deliver(self.address, task["id"])

    async def send(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.address, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.api.port}/hooks/pyrus"


async def until(come_true: Callable[[], Awaitable[bool] | bool]) -> None:
    """Wait for it, on however slow a machine."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = come_true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.05)


@pytest.fixture
async def pyrus_clinic(tmp_path: Path) -> AsyncIterator[PyrusClinic]:
    clock = ManualClock(MONDAY)
    fake = FakePyrus(clock, PyrusForms(clock, FORMS, {DOCTORS: {31: "Смирнова Ольга Викторовна"}}), CALLS)
    server = TestServer(fake.application())
    await server.start_server()
    mapping = tmp_path / "pyrus.yml"
    mapping.write_text(json.dumps(SECTIONS), encoding="utf-8")
    api = str(server.make_url("/api/v4"))
    pyrus = PyrusSettings(
        login=LOGIN, security_key=SECURITY_KEY, mapping=mapping, auth_url=f"{api}/auth", api_url=api, timeout_s=3
    )
    settings = load_settings(
        data=tmp_path,
        crm=CrmSettings(pyrus=pyrus),
        clinic=ClinicSettings(file=CLINIC),
        api=ApiSettings(port=_free_port()),
        notify=NotifySettings(enabled=False),
    )
    clinic = PyrusClinic(settings, clock, fake)
    await clinic.start()
    await clinic.remember_visits()
    try:
        yield clinic
    finally:
        await clinic.stop()
        await server.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
