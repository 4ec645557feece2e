"""Events sent out: subscribed, signed, tried again later, given up, replayed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.composition.api import webhook_news
from bot.domain.webhook import wants
from bot.storage.outbox import Outbox, OutboxEvent, each_of
from bot.webhooks.sender import BACK_OFF, WebhookSender
from bot.webhooks.signature import HEADER, sign, verify
from crm_bridge.local.webhooks import LEASE, LocalWebhooks
from crm_bridge.rules.rights import Role
from tests.rules.house import at
from tests.unit.web.api.office import ApiHouse, Person


@dataclass
class Receiver:
    """A subscriber's server; `answers` are its next statuses, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.taken.append((dict(request.headers), await request.read()))
        status = self.answers.pop(0) if self.answers else 204
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else {})


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made, app = Receiver(), web.Application()
    app.router.add_post("/hook", made.take)
    app.router.add_route("*", "/elsewhere", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/hook"))
        yield made


@pytest_asyncio.fixture
async def sender(house: ApiHouse) -> AsyncIterator[WebhookSender]:
    made = WebhookSender(LocalWebhooks(house.clinic.ground), house.clock, timeout_s=5)
    yield made
    await made.close()


async def _subscribe(director: Person, url: str, *topics: str) -> Any:
    made = await director.post("/webhooks", {"url": url, "topics": list(topics)})
    assert made.status == 201
    return made.body


async def _relay(house: ApiHouse) -> None:
    await Outbox(house.database, house.clock).relay(webhook_news(house.desk))


async def test_a_booking_reaches_its_subscriber_signed(
    house: ApiHouse, hire: Any, receiver: Receiver, sender: WebhookSender
) -> None:
    director = await hire(Role.DIRECTOR)
    made = await _subscribe(director, receiver.url, "visit.booked")
    visit = await house.book(at(30, "09:00"))
    await _relay(house)
    await _relay(house)
    assert await sender.round() == 1
    [(headers, body)] = receiver.taken
    now = int(house.clock.now().timestamp())
    assert verify(made["secret"], body, headers[HEADER], now=now)
    assert not verify(made["secret"], body + b" ", headers[HEADER], now=now)
    assert not verify("another", body, headers[HEADER], now=now)
    assert not verify(made["secret"], body, headers[HEADER], now=now + 301)
    assert headers["X-Registratura-Event"] == "visit.booked"
    told = json.loads(body)
    assert (told["topic"], told["data"]["visit_id"]) == ("visit.booked", visit.id)
    assert visit.patient.full_name not in body.decode()
    [sent] = (await director.get("/webhook-deliveries", status="delivered")).body["items"]
    assert (sent["attempts"], sent["answer"], sent["error"]) == (1, 204, None)
    assert await sender.round() == 0


async def test_the_same_event_twice_is_one_delivery(house: ApiHouse, hire: Any, receiver: Receiver) -> None:
    director = await hire(Role.DIRECTOR)
    await _subscribe(director, receiver.url, "*")
    event = OutboxEvent(id=900, topic="visit.booked", payload={}, created_at=house.clock.now(), attempts=0)
    listener = each_of(webhook_news(house.desk), webhook_news(house.desk))
    await listener(event)
    assert len((await director.get("/webhook-deliveries")).body["items"]) == 1


async def test_what_is_not_taken_is_tried_later_each_time_given_up_and_replayed(
    house: ApiHouse, hire: Any, programme: Any, receiver: Receiver, sender: WebhookSender
) -> None:
    await _subscribe(await hire(Role.DIRECTOR), receiver.url, "visit.*")
    admin = await programme("webhooks.write")
    await house.book(at(30, "09:00"))
    await _relay(house)
    count = len((await admin.get("/webhook-deliveries")).body["items"])
    receiver.answers = [500, 302, *([503] * 100)]
    for wait in BACK_OFF:
        assert await sender.round() == count
        house.clock.advance(wait - timedelta(seconds=1))
        assert await sender.round() == 0
        house.clock.advance(timedelta(seconds=1))
    assert await sender.round() == count
    house.clock.advance(timedelta(days=30))
    assert await sender.round() == 0
    failed = (await admin.get("/webhook-deliveries", status="failed")).body["items"]
    assert [(one["attempts"], one["error"]) for one in failed] == [(len(BACK_OFF) + 1, "ответ 503")] * count
    receiver.answers = []
    again = await admin.post(f"/webhook-deliveries/{failed[0]['id']}/replay")
    assert (again.body["status"], again.body["attempts"]) == ("pending", 0)
    assert await sender.round() == 1
    assert len(receiver.taken) == count * (len(BACK_OFF) + 1) + 1, "a redirect is not followed"
    messages = {json.loads(body)["id"] for _, body in receiver.taken}
    assert len(messages) == count
    for unknown in ("999", "x", "9" * 30):
        assert (await admin.post(f"/webhook-deliveries/{unknown}/replay")).status == 404


async def test_a_receiver_that_is_not_there_harms_nobody(
    house: ApiHouse, hire: Any, receiver: Receiver, sender: WebhookSender
) -> None:
    director = await hire(Role.DIRECTOR)
    dead = await _subscribe(director, "http://127.0.0.1:9/hook", "visit.booked")
    await _subscribe(director, receiver.url, "visit.booked")
    await house.book(at(30, "09:00"))
    await _relay(house)
    assert await sender.round() == 2
    assert len(receiver.taken) == 1
    query = {"subscription_id": dead["subscription"]["id"]}
    [waiting] = (await director.get("/webhook-deliveries", **query)).body["items"]
    assert (waiting["status"], waiting["error"].startswith("не отправлено")) == ("pending", True)


async def test_a_sender_that_died_leaves_its_work_to_another(house: ApiHouse, hire: Any, receiver: Receiver) -> None:
    await _subscribe(await hire(Role.DIRECTOR), receiver.url, "visit.booked")
    await house.book(at(30, "09:00"))
    await _relay(house)
    store = LocalWebhooks(house.clinic.ground)
    assert len(await store.claim()) == 1
    assert await store.claim() == []
    house.clock.advance(LEASE)
    assert len(await store.claim()) == 1


async def test_a_subscription_is_paused_and_ended(house: ApiHouse, hire: Any, receiver: Receiver) -> None:
    director = await hire(Role.DIRECTOR)
    made = await _subscribe(director, receiver.url, "visit.booked")
    path = f"/webhooks/{made['subscription']['id']}"
    assert (await director.send("PATCH", path, {"active": False})).body["active"] is False
    await house.book(at(30, "09:00"))
    await _relay(house)
    assert (await director.get("/webhook-deliveries")).body["items"] == []
    listed = await director.get("/webhooks")
    assert made["secret"] not in str(listed.body)
    assert (await director.send("DELETE", path)).status == 204
    assert (await director.get("/webhooks")).body["items"] == []
    assert (await director.send("DELETE", path)).status == 404


async def test_only_addresses_and_topics_are_taken(hire: Any) -> None:
    director = await hire(Role.DIRECTOR)
    for body in (
        {"url": "ftp://example.org/", "topics": ["*"]},
        {"url": "https://user:pass@example.org/", "topics": ["*"]},
        {"url": "https://example.org/", "topics": []},
        {"url": "https://example.org/", "topics": ["Всё"]},
    ):
        assert (await director.post("/webhooks", body)).status == 422


@pytest.mark.parametrize(
    ("topics", "topic", "wanted"),
    [(["*"], "a.b", True), (["a.*"], "a.b", True), (["a.b"], "a.b", True), (["a.*", "b.c"], "b.d", False)],
)
def test_topics(topics: list[str], topic: str, wanted: bool) -> None:
    assert wants(topics, topic) is wanted


def test_the_signature_is_the_documented_one() -> None:
    assert sign("secret", b'{"id":1}', 1_700_000_000) == (
        "t=1700000000,v1=3dd1b9aef568d75f6790a84bd2e5dfa1f44409eef3cbdbd3f10b837376100c11"
    )
