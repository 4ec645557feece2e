"""generic_http against a server of its documented contract: what is told, what is believed, and every fault."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import (
    BookingWish,
    CallFinished,
    CallStarted,
    LeadDraft,
    WriteUnknown,
)
from crm_bridge.foreign_outbox import ForeignWrite, MemoryForeignOutbox, WriteKind
from crm_bridge.foreign_relay import ForeignRelay
from crm_bridge.foreign_system import ForeignSystem
from crm_bridge.generic_http import GenericHttp, GenericOptions
from crm_bridge.generic_http.client import SecretRefused
from crm_bridge.port import CrmUnavailable, NotFound, Refused
from tests.fakes.generic_http import SECRET, FakeGenericHttp

Serve = Callable[[web.Application], Awaitable[TestServer]]
NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
WISH = BookingWish(
    request_id="visit:7/а",
    full_name="Сидорова Мария Петровна",
    phone="+79161110001",
    wished_at=NOW + timedelta(days=2),
    service="ЭКГ",
    doctor="Иванов Иван Иванович",
)
CALL = CallStarted(call_id="c1", direction="inbound", number_from="+79161110001", number_to="", started_at=NOW)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest_asyncio.fixture
async def fake(clock: ManualClock) -> AsyncIterator[FakeGenericHttp]:
    system = FakeGenericHttp(clock)
    yield system
    system.patience.set()


@pytest_asyncio.fixture
async def connector(
    request: pytest.FixtureRequest, aiohttp_server: Serve, fake: FakeGenericHttp, clock: ManualClock
) -> AsyncIterator[GenericHttp]:
    """In a hurry only where the answer never comes: elsewhere a slow machine must not look like an outage."""
    case = getattr(request.node, "callspec", None)
    timeout_s = 1.0 if case is not None and case.params.get("fault") == "timeout" else 10.0
    server = await aiohttp_server(fake.app())
    options = GenericOptions(base_url=str(server.make_url("/v1/")), secrets=(SECRET,), timeout_s=timeout_s)
    made = GenericHttp(options, clock)
    yield made
    fake.patience.set()
    await made.close()


class TestWrites:
    async def test_a_booking_wish_is_told_whole(self, connector: GenericHttp, fake: FakeGenericHttp) -> None:
        assert await connector.request_booking(WISH) == "Z-1"
        [told] = fake.written("requests")
        assert told["full_name"] == WISH.full_name
        assert told["wished_at"] == "2026-11-25T10:00:00+03:00"
        assert told["id"] == fake.journal[0].request_id == WISH.request_id

    async def test_the_same_wish_twice_is_one(self, connector: GenericHttp, fake: FakeGenericHttp) -> None:
        assert await connector.request_booking(WISH) == await connector.request_booking(WISH)
        assert len(fake.written("requests")) == 1

    async def test_a_wish_is_found_by_our_id(self, connector: GenericHttp) -> None:
        assert await connector.find_request(WISH.request_id) is None
        reference = await connector.request_booking(WISH)
        assert await connector.find_request(WISH.request_id) == reference

    async def test_a_lead_goes_its_way(self, connector: GenericHttp, fake: FakeGenericHttp) -> None:
        draft = LeadDraft(request_id="lead:1", full_name="Сидорова Мария", phone="+79161110001", title="ЭКГ")
        lead = await connector.open_lead(draft)
        for _ in range(2):
            await connector.move_lead(lead, LeadStage.LOST, comment="дорого", reason="Дорого")
        [step] = fake.written("stage")
        assert (step["ref"], step["stage"], step["reason"]) == (lead, "lost", "Дорого")

    async def test_a_call_with_its_recording(
        self, connector: GenericHttp, fake: FakeGenericHttp, tmp_path: Path
    ) -> None:
        recording = tmp_path / "c1.wav"
        recording.write_bytes(b"RIFF" + bytes(2 * 2**20))
        reference = await connector.call_started(CALL)
        assert await connector.call_started(CALL) == reference
        ended = CallFinished(call_id="c1", ended_at=NOW + timedelta(minutes=2), duration_s=120, outcome="Записан")
        await connector.call_finished(reference, ended)
        await connector.attach_recording(reference, recording)
        assert fake.recordings == {(reference, "c1.wav"): recording.read_bytes()}
        assert [call["outcome"] for call in fake.written("finish")] == ["Записан"]

    async def test_due_calls_soonest_first_and_the_broken_one_left_out(
        self, connector: GenericHttp, fake: FakeGenericHttp
    ) -> None:
        fake.tasks = [
            {
                "id": 2,
                "phone": "89161110002",
                "due_at": "2026-11-23T12:00:00+03:00",
                "comment": "осмотр",
                "city": "Тула",
            },
            {"id": 3, "phone": "89161110003", "due_at": "завтра"},
            {"id": 4, "phone": "89161110004", "due_at": "2026-11-23T12:00:00"},
            {"id": 1, "phone": "89161110001", "due_at": "2026-11-23T11:00:00+03:00"},
            {"id": 5, "phone": "89161110005", "due_at": "2026-11-24T11:00:00+03:00"},
        ]
        tasks = await connector.due_call_tasks(NOW + timedelta(hours=3))
        assert [(task.id, task.phone) for task in tasks] == [("1", "+79161110001"), ("2", "+79161110002")]
        assert tasks[1].fields == {"city": "Тула"}

    async def test_a_call_task_is_completed_once(self, connector: GenericHttp, fake: FakeGenericHttp) -> None:
        for _ in range(2):
            await connector.complete_task("т/7", "Записан", "на среду")
        [result] = fake.written("result")
        assert (result["ref"], result["outcome"]) == ("т/7", "Записан")


class TestFaults:
    @pytest.mark.parametrize("fault", ["429", "503"])
    async def test_not_taken_now(self, connector: GenericHttp, fake: FakeGenericHttp, fault: Any) -> None:
        fake.faults.append(fault)
        with pytest.raises(CrmUnavailable):
            await connector.request_booking(WISH)
        assert not fake.references

    @pytest.mark.parametrize("fault", ["500_after", "dropped", "nonsense"])
    async def test_a_lost_answer_is_unknown_and_then_found(
        self, connector: GenericHttp, fake: FakeGenericHttp, fault: Any
    ) -> None:
        fake.faults.append(fault)
        with pytest.raises(WriteUnknown):
            await connector.request_booking(WISH)
        assert await connector.find_request(WISH.request_id) == "Z-1"
        assert [taken.method for taken in fake.journal] == ["POST", "GET"], "a lost write was repeated blindly"

    @pytest.mark.parametrize("fault", ["500", "timeout"])
    async def test_an_error_before_writing_is_unknown_and_then_not_found(
        self, connector: GenericHttp, fake: FakeGenericHttp, fault: Any
    ) -> None:
        fake.faults.append(fault)
        with pytest.raises(WriteUnknown):
            await connector.request_booking(WISH)
        assert await connector.find_request(WISH.request_id) is None

    async def test_an_expired_secret_keeps_the_write_for_later(
        self, connector: GenericHttp, fake: FakeGenericHttp
    ) -> None:
        fake.faults.append("expired")
        with pytest.raises(SecretRefused) as caught:
            await connector.request_booking(WISH)
        assert caught.value.retryable

    async def test_another_secret_is_refused_by_the_server(self, connector: GenericHttp, fake: FakeGenericHttp) -> None:
        fake.secret = "новый"
        with pytest.raises(SecretRefused):
            await connector.find_request("x")

    async def test_a_refusal_says_why(self, connector: GenericHttp, fake: FakeGenericHttp) -> None:
        fake.faults.append("422")
        with pytest.raises(Refused, match="нет такого врача") as caught:
            await connector.request_booking(WISH)
        assert not caught.value.retryable

    @pytest.mark.parametrize("fault", ["429", "500", "timeout", "dropped", "nonsense"])
    async def test_a_read_that_fails_is_an_outage(
        self, connector: GenericHttp, fake: FakeGenericHttp, fault: Any
    ) -> None:
        # twice, for a read whose connection broke is asked once more
        fake.faults.extend([fault, fault])
        with pytest.raises(CrmUnavailable):
            await connector.due_call_tasks(NOW)

    async def test_nobody_listens(self, clock: ManualClock, unused_tcp_port_factory: Callable[[], int]) -> None:
        address = f"http://127.0.0.1:{unused_tcp_port_factory()}/v1"
        connector = GenericHttp(GenericOptions(base_url=address, secrets=(SECRET,)), clock)
        with pytest.raises(CrmUnavailable):
            await connector.request_booking(WISH)
        await connector.close()

    async def test_an_unknown_lead(self, aiohttp_server: Serve, clock: ManualClock) -> None:
        server = await aiohttp_server(web.Application())
        connector = GenericHttp(GenericOptions(base_url=str(server.make_url("/")), secrets=(SECRET,)), clock)
        with pytest.raises(NotFound):
            await connector.move_lead("нет", LeadStage.WON, comment="", reason=None)
        await connector.close()


class TestCapabilities:
    def test_only_what_the_other_side_offers(self, clock: ManualClock) -> None:
        options = GenericOptions(base_url="http://x", secrets=("s",), offers=frozenset({"leads", "recordings"}))
        can = GenericHttp(options, clock).capabilities
        assert can.leads
        assert (can.booking, can.call_journal, can.recordings, can.webhooks) == ("none", False, False, False)

    async def test_what_is_not_offered_is_refused_before_anything_is_sent(self, clock: ManualClock) -> None:
        connector = GenericHttp(GenericOptions(base_url="http://x", secrets=("s",), offers=frozenset()), clock)
        with pytest.raises(Refused, match="requests"):
            await connector.request_booking(WISH)

    @pytest.mark.parametrize("wrong", [{"secrets": ()}, {"secrets": ("",)}, {"offers": frozenset({"slots"})}])
    def test_wrong_options(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError):
            GenericOptions(**{"base_url": "http://x", "secrets": ("s",), **wrong})


@pytest.mark.parametrize("fault", ["dropped", "500_after", "500", "429", "timeout", "expired"])
async def test_through_the_relay_every_fault_ends_in_one_write(
    connector: GenericHttp, fake: FakeGenericHttp, clock: ManualClock, fault: Any
) -> None:
    async def nobody(write: ForeignWrite) -> None:
        raise AssertionError("nothing is to be given up here")

    system = ForeignSystem(connector=connector, booking=connector, leads=connector, tasks=connector, calls=connector)
    outbox = MemoryForeignOutbox()
    relay = ForeignRelay(outbox, [system], clock, given_up=nobody)
    person = {"full_name": "Ким", "phone": "+79161110001"}
    for number, (kind, content) in enumerate(
        [(WriteKind.BOOKING, person), (WriteKind.LEAD_OPENED, {**person, "title": "УЗИ"})]
    ):
        write = ForeignWrite(
            id=f"w:{number}", system=system.name, kind=kind, content=content, created_at=NOW, due_at=NOW
        )
        await outbox.add(write)
    fake.faults.extend([fault, fault])
    assert await relay.round() == 0
    fake.patience.set()
    clock.advance(timedelta(minutes=1))
    assert await relay.round() == 2
    posts = [taken.request_id for taken in fake.journal if taken.method == "POST"]
    written_at_once = fault in ("dropped", "500_after")
    assert len(posts) == (2 if written_at_once else 4)
    assert sorted(fake.references) == ["w:0", "w:1"]
