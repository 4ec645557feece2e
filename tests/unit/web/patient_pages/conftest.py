"""A phone in a patient's hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.web.patient_pages.app import add_patient_pages
from tests.unit.web.patient_pages.patients_desk import PatientsDesk

Browse = Callable[..., Awaitable[TestClient[Any, Any]]]


@pytest.fixture
def desk() -> PatientsDesk:
    return PatientsDesk()


@pytest.fixture
def browse(aiohttp_client: Any, desk: PatientsDesk) -> Browse:
    """A client of the pages; keywords change what they stand on."""

    async def open_it(**how: Any) -> TestClient[Any, Any]:
        app = web.Application(client_max_size=16 * 1024)
        add_patient_pages(app, desk.pages(**how))
        made: TestClient[Any, Any] = await aiohttp_client(app)
        return made

    return open_it
