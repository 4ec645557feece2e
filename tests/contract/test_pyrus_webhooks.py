"""Webhooks of Pyrus: whom they are believed, what they say, how they are answered."""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pytest_aiohttp import AiohttpServer

from bot.web.hooks import Hook, add_hooks
from crm_bridge.foreign import CrmEvent, RawWebhook, UntrustedWebhook
from crm_bridge.foreign_inbox import ForeignInbox, MemorySeenKeys
from crm_bridge.pyrus import PyrusWebhooks
from crm_bridge.pyrus.webhooks import LARGEST_BODY
from tests.contract.pyrus_subject import PyrusSubject, mapping_of, pyrus
from tests.contract.test_foreign_contract import CALL, LEAD, WISH
from tests.fakes.pyrus import SECURITY_KEY

MIB = 1024 * 1024


@pytest.fixture
async def there() -> AsyncIterator[PyrusSubject]:
    async with pyrus(mapping_of()) as subject:
        yield subject


async def booking(there: PyrusSubject, state: int) -> str:
    """A booking request whose state people there have changed."""
    task = await there.connector.request_booking(WISH)
    change = {"field_updates": [{"id": 9, "value": {"choice_ids": [state]}}]}
    there.fake.store.comment(there.fake.store.tasks[int(task)], change)
    return task


class TestEvents:
    @pytest.mark.parametrize(
        ("choice", "topic", "state"),
        [
            (2, "appointment.awaiting_approval", "awaiting_approval"),
            (3, "appointment.confirmed", "confirmed"),
            (4, "appointment.moved", "rescheduled"),
            (6, "appointment.cancelled", "cancelled_by_patient"),
            (7, "appointment.cancelled", "cancelled_by_clinic"),
            (8, "appointment.no_show", "no_show"),
        ],
    )
    async def test_a_state_of_theirs_is_a_state_of_ours(
        self, there: PyrusSubject, choice: int, topic: str, state: str
    ) -> None:
        task = await booking(there, choice)
        (event,) = there.connector.parse(there.raw(*there.fake.webhook(task, attempt=2)))
        assert (event.topic, event.object_id) == (topic, task)
        told = {"event": "comment", "attempt": 2, "request_id": WISH.request_id, "state": state}
        by = {"by": "patient"} if state == "cancelled_by_patient" else {}
        assert WISH.wished_at is not None
        assert datetime.fromisoformat(event.payload["at"]) == WISH.wished_at
        assert {**event.payload} == {**told, **by, "at": event.payload["at"]}
        assert "token-of-the-bot" not in repr(event)

    async def test_a_lead_tells_its_stage_and_another_form_is_just_a_task(self, there: PyrusSubject) -> None:
        lead = await there.connector.open_lead(LEAD)
        call = await there.connector.call_started(CALL)
        events = [there.connector.parse(there.raw(*there.fake.webhook(task)))[0] for task in (lead, call)]
        assert [event.topic for event in events] == ["lead.new", "task.changed"]

    async def test_two_comments_within_a_second_are_two_events(self, there: PyrusSubject) -> None:
        task = await booking(there, 2)
        first = there.raw(*there.fake.webhook(task))
        there.fake.store.comment(there.fake.store.tasks[int(task)], {"text": "ещё"})
        second = there.raw(*there.fake.webhook(task))
        keys = {there.connector.parse(webhook)[0].key for webhook in (first, second)}
        assert len(keys) == 2

    async def test_a_repeated_attempt_is_the_same_event(self, there: PyrusSubject) -> None:
        task = await booking(there, 2)
        attempts = [there.raw(*there.fake.webhook(task, attempt=attempt)) for attempt in (1, 2, 3)]
        assert len({there.connector.parse(attempt)[0].key for attempt in attempts}) == 1


class TestTrust:
    def signed(self, body: bytes, key: str = SECURITY_KEY) -> RawWebhook:
        signature = hmac.new(key.encode(), body, hashlib.sha1).hexdigest()
        return RawWebhook(headers={"x-pyrus-sig": signature}, body=body)

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"task_id": 1, "event": "x", "task": [1]}'])
    async def test_what_is_signed_but_is_no_task_is_refused(self, body: bytes) -> None:
        with pytest.raises(UntrustedWebhook, match="не разобран"):
            PyrusWebhooks(SECURITY_KEY, mapping_of()).parse(self.signed(body))

    async def test_a_signature_with_another_key_or_not_of_ascii_is_refused(self) -> None:
        body = b'{"task_id": 1, "event": "x", "task": {}}'
        receiver = PyrusWebhooks(SECURITY_KEY, mapping_of())
        assert receiver.parse(self.signed(body))
        foreign = RawWebhook(headers={"x-pyrus-sig": "подпись"}, body=body)
        for webhook in (self.signed(body, "another key"), foreign):
            with pytest.raises(UntrustedWebhook, match="подпись"):
                receiver.parse(webhook)

    async def test_without_a_key_there_is_no_receiver(self) -> None:
        with pytest.raises(ValueError):
            PyrusWebhooks("", mapping_of())


@dataclass
class Taken:
    """Where the events go."""

    events: list[CrmEvent] = field(default_factory=list)

    async def take(self, event: CrmEvent, *, system: str) -> bool:
        self.events.append(event)
        return True


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
async def address(there: PyrusSubject, taken: Taken, aiohttp_server: AiohttpServer) -> str:
    app = web.Application()  # aiohttp's own limit of 1 MiB stands
    inbox = ForeignInbox("pyrus", there.connector, taken, MemorySeenKeys(), repeats_refused=False)
    add_hooks(app, [Hook(path="pyrus", inbox=inbox, largest=LARGEST_BODY)])
    server: TestServer = await aiohttp_server(app)
    return str(server.make_url("/hooks/pyrus"))


class TestReception:
    async def test_an_event_is_taken_once_and_nothing_is_commented(
        self, there: PyrusSubject, taken: Taken, address: str
    ) -> None:
        task = await booking(there, 3)
        body, headers = there.fake.webhook(task)
        assert await there.fake.deliver(address, task) == [200]
        assert there.endings_of(task) == []
        async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as replayed:
            assert (replayed.status, await replayed.json()) == (200, {})
        assert len(taken.events) == 1

    async def test_a_body_over_one_mebibyte_is_accepted(self, there: PyrusSubject, taken: Taken, address: str) -> None:
        task = await booking(there, 3)
        there.fake.store.comment(there.fake.store.tasks[int(task)], {"text": "я" * 2 * MIB})
        assert await there.fake.deliver(address, task) == [200]
        assert len(taken.events) == 1

    async def test_a_forged_one_is_refused_each_time_and_writes_nothing(
        self, there: PyrusSubject, taken: Taken, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task = await booking(there, 3)
        monkeypatch.setattr("tests.fakes.pyrus.SECURITY_KEY", "forged")
        assert await there.fake.deliver(address, task) == [403, 403, 403]
        assert (there.endings_of(task), taken.events) == ([], [])

    async def test_what_is_too_large_is_not_read_to_the_end(self, taken: Taken, address: str) -> None:
        body = io.BytesIO(bytes(LARGEST_BODY + 1))
        async with aiohttp.ClientSession() as session, session.post(address, data=body) as answer:
            assert (answer.status, taken.events) == (413, [])
