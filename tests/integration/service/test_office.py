"""Whoever hears the clinic's news, over the real parts: robots, messages and the API of one service."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest

from bot.composition.core import DEMO_CLINIC, open_core, open_state
from bot.composition.office import open_office
from bot.domain.clinic import OpeningQuery
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import SYSTEM
from bot.settings import ApiSettings, ClinicSettings, NotifySettings, SmsSettings, load_settings
from crm_bridge.rules.robots import Robot

MONDAY = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
ROBOT = Robot(id="r1", name="Спросить", trigger="visit.booked", action={"create_task": {"comment": "спросить"}})


async def test_a_booking_reaches_robots_and_messages_and_the_api_asks_who_is_there(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path, api=ApiSettings(enabled=True, port=free_port()))
    async with (
        open_core(settings, ManualClock(MONDAY), clinic=DEMO_CLINIC) as core,
        open_state(core) as state,
        open_office(core, state),
    ):
        await core.desk.robots.save(ROBOT, by=SYSTEM)
        patient = (await core.clinic.patients_by_phone("+79031112233")) or [
            await core.clinic.register_patient(
                full_name="Соколова Нина Петровна", birth_date=MONDAY.date().replace(year=1961), phone="+79031112233"
            )
        ]
        opening = (await core.clinic.openings(OpeningQuery(specialty="терапевт", limit=1)))[0]
        hold = await core.clinic.hold(opening.id, owner="c1")
        await core.clinic.book(hold.id, patient_id=patient[0].id, call_id=None)
        async with asyncio.timeout(90):
            while not await core.desk.tasks.tasks_of(patient[0].id) or not written(tmp_path):
                await asyncio.sleep(0.05)
        assert "+79031112233" in {line["recipient"] for line in written(tmp_path)}
        url = f"http://127.0.0.1:{settings.api.port}/api/v1"
        async with aiohttp.ClientSession() as client:
            async with client.get(f"{url}/openapi.json") as answer:
                assert (await answer.json())["openapi"].startswith("3.1")
            async with client.get(f"{url}/tasks") as answer:
                assert answer.status == 401


async def test_links_and_reports_are_answered_without_the_api(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    secret = "a-secret-of-16-signs"
    settings = load_settings(
        data=tmp_path,
        clinic=ClinicSettings(phone="+7 495 1234567"),
        api=ApiSettings(port=free_port()),
        notify=NotifySettings(
            public_url="http://127.0.0.1", sms=SmsSettings(url="http://127.0.0.1:9/send", report_secret=secret)
        ),
    )
    async with (
        open_core(settings, ManualClock(MONDAY), clinic=DEMO_CLINIC) as core,
        open_state(core) as state,
        open_office(core, state),
        aiohttp.ClientSession(f"http://127.0.0.1:{settings.api.port}") as client,
    ):
        for path in ("/pay/none", "/rate/none"):
            async with client.get(path) as answer:
                assert (answer.status, answer.content_type) == (404, "text/html")
                assert "+7 495 1234567" in await answer.text()
        async with client.post(f"/sms/reports/{secret}", data={"id": "none", "status": "failed"}) as answer:
            assert (answer.status, (await answer.json(content_type=None))["title"]) == (404, "Сообщение не найдено")
        async with client.get("/api/v1/openapi.json") as answer:
            assert (answer.status, answer.content_type) == (404, "application/problem+json")
    assert secret not in caplog.text, "an address with a secret, a name or a phone in it is not logged"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def written(folder: Path) -> list[dict[str, str]]:
    """The messages that the twin of the gateways has written."""
    file = folder / "messages.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
