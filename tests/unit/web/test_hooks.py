"""Webhooks of other systems at our address: who is believed, what is worked in once, what each is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from bot.domain.clock import ManualClock
from bot.web import sample
from bot.web.api.app import empty_api
from bot.web.hooks import Hook, add_hooks
from crm_bridge.foreign import CrmEvent, RawWebhook
from crm_bridge.foreign_inbox import ForeignInbox, MemorySeenKeys
from crm_bridge.generic_http import SignedWebhooks
from crm_bridge.port import CrmUnavailable
from tests.fakes.generic_http import SECRET, FakeGenericHttp

Client = TestClient[Any, Any]
LARGEST = 2000


@dataclass
class Office:
    """Where the events are worked in; `fault` is what the next one meets."""

    taken: list[CrmEvent] = field(default_factory=list)
    fault: Exception | None = None

    async def take(self, event: CrmEvent, *, system: str) -> bool:
        if self.fault is not None:
            fault, self.fault = self.fault, None
            await asyncio.sleep(0)  # time for another message to come
            raise fault
        self.taken.append(event)
        return True


@dataclass
class Service:
    """Our address as long as one process lives; `seen` outlives it."""

    client: Client
    office: Office
    seen: MemorySeenKeys

    async def send(self, webhook: RawWebhook) -> tuple[int, dict[str, Any], str]:
        answer = await self.client.post("/hooks/generic", data=webhook.body, headers=dict(webhook.headers))
        return answer.status, await answer.json(content_type=None), answer.content_type


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(sample.NOW)


@pytest.fixture
def there(clock: ManualClock) -> FakeGenericHttp:
    return FakeGenericHttp(clock)


@pytest.fixture
def start(aiohttp_client: Callable[..., Awaitable[Client]], clock: ManualClock) -> Callable[..., Awaitable[Service]]:
    async def begin(seen: MemorySeenKeys | None = None) -> Service:
        office, known = Office(), seen or MemorySeenKeys()
        inbox = ForeignInbox("generic_http", SignedWebhooks((SECRET,), clock), office, known)
        app = empty_api()
        add_hooks(app, [Hook(path="generic", inbox=inbox, largest=LARGEST, untrusted=401)])
        return Service(await aiohttp_client(app), office, known)

    return begin


@pytest.fixture
async def service(start: Callable[..., Awaitable[Service]]) -> Service:
    return await start()


async def test_a_signed_message_is_worked_in(service: Service, there: FakeGenericHttp) -> None:
    status, told, _ = await service.send(there.webhook("appointment.created", data={"request_id": "visit:7"}))
    assert (status, told) == (200, {})
    [event] = service.office.taken
    assert (event.topic, event.payload["request_id"]) == ("appointment.created", "visit:7")


async def test_a_forged_one_is_401(service: Service, there: FakeGenericHttp) -> None:
    status, told, kind = await service.send(there.webhook("appointment.created", secret="чужой"))
    assert (status, told["detail"], kind) == (401, "Подпись неверна", "application/problem+json")
    assert service.office.taken == []


async def test_a_repeated_one_is_409(service: Service, there: FakeGenericHttp) -> None:
    webhook = there.webhook("appointment.cancelled")
    assert [(await service.send(webhook))[0] for _ in range(2)] == [200, 409]
    assert len(service.office.taken) == 1


async def test_a_repeated_one_is_409_after_a_restart(
    service: Service, start: Callable[..., Awaitable[Service]], there: FakeGenericHttp
) -> None:
    webhook = there.webhook("appointment.cancelled")
    await service.send(webhook)
    after = await start(service.seen)
    assert (await after.send(webhook))[0] == 409
    assert after.office.taken == []


async def test_a_signed_one_that_makes_no_sense_is_400(service: Service, there: FakeGenericHttp) -> None:
    status, told, _ = await service.send(there.webhook("appointment.exploded"))
    assert (status, told["detail"]) == (400, "Неизвестное событие «appointment.exploded»")


async def test_without_our_database_it_is_503_and_may_come_again(service: Service, there: FakeGenericHttp) -> None:
    service.office.fault = CrmUnavailable("База клиники не отвечает")
    webhook = there.webhook("appointment.created")
    answer = await service.client.post("/hooks/generic", data=webhook.body, headers=dict(webhook.headers))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert (await service.send(webhook))[0] == 200
    assert len(service.office.taken) == 1


async def test_a_repeated_one_that_comes_while_the_first_fails_is_worked_in(
    service: Service, there: FakeGenericHttp
) -> None:
    service.office.fault = CrmUnavailable("База клиники не отвечает")
    webhook = there.webhook("appointment.cancelled")
    answers = await asyncio.gather(service.send(webhook), service.send(webhook))
    assert sorted(status for status, _, _ in answers) == [200, 503]
    assert len(service.office.taken) == 1


async def test_a_fault_of_ours_is_500_and_not_shown(service: Service, there: FakeGenericHttp) -> None:
    service.office.fault = RuntimeError("Петрова Анна")
    webhook = there.webhook("appointment.created")
    status, told, _ = await service.send(webhook)
    assert status == 500
    assert "Петрова" not in str(told)
    assert (await service.send(webhook))[0] == 200


async def test_a_body_beyond_its_limit_is_413(service: Service, there: FakeGenericHttp) -> None:
    webhook = there.webhook("prescription.created", data={"title": "я" * LARGEST})
    assert (await service.send(webhook))[0] == 413
    assert service.office.taken == []


async def test_other_addresses_and_methods_are_problems(service: Service) -> None:
    for method, path, status in (("GET", "/hooks/generic", 405), ("POST", "/hooks/medesk", 404)):
        answer = await service.client.request(method, path)
        assert (answer.status, answer.content_type) == (status, "application/problem+json")
