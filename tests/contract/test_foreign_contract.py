"""The contract of foreign connectors: one class a port, for every connector that declares it.

Another connector is one more name in MAKERS.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import (
    BookingWish,
    CallFinished,
    CallStarted,
    ForeignCapabilities,
    LeadDraft,
    UntrustedWebhook,
    WriteUnknown,
)
from crm_bridge.port import CrmError, CrmUnavailable
from tests.contract.foreign_subject import ForeignSubject, Maker
from tests.contract.generic_http_subject import GENERIC_HTTP, GENERIC_LEADS_ONLY
from tests.contract.memory_foreign_subject import MEMORY
from tests.contract.pyrus_subject import NOW, PYRUS, PYRUS_BOOKING_ONLY, PYRUS_LEADS_ONLY

MAKERS: tuple[Maker, ...] = (
    *(MEMORY, PYRUS, PYRUS_BOOKING_ONLY, PYRUS_LEADS_ONLY),
    *(GENERIC_HTTP, GENERIC_LEADS_ONLY),
)

HOUR = timedelta(hours=1)
PHONE = "+79161112233"
WISH = BookingWish(
    request_id="call-7:booking",
    full_name="Орлова Мария Петровна",
    phone=PHONE,
    wished_at=NOW + timedelta(days=1),
    service="Приём терапевта",
    doctor="Серова Анна Игоревна",
    comment="болит спина",
)
LEAD = LeadDraft(request_id="call-7:lead", full_name="Орлова Мария", phone=PHONE, title="Контроль через месяц")
CALL = CallStarted(
    call_id="1763880000.17", direction="inbound", number_from=PHONE, number_to="+74951112233", started_at=NOW
)
END = CallFinished(call_id=CALL.call_id, ended_at=NOW + timedelta(minutes=3), duration_s=180, outcome="записана")


def declaring(offered: Callable[[ForeignCapabilities], bool]) -> pytest.MarkDecorator:
    """The connectors that declare it."""
    return pytest.mark.parametrize(
        "maker", [pytest.param(maker, id=maker.name) for maker in MAKERS if offered(maker.declared)]
    )


@pytest.fixture
async def subject(maker: Maker, tmp_path: Path) -> AsyncIterator[ForeignSubject]:
    async with maker.open(tmp_path) as made:
        yield made


@declaring(lambda able: True)
class TestConnector:
    async def test_it_says_what_it_can_do(self, subject: ForeignSubject, maker: Maker) -> None:
        assert subject.connector.capabilities == maker.declared

    async def test_what_it_does_not_declare_it_does_not_do(
        self, subject: ForeignSubject, maker: Maker, tmp_path: Path
    ) -> None:
        able, there = maker.declared, subject.connector
        move = {"comment": "", "reason": None}
        ports = {
            "request_booking": (able.booking == "request", (WISH,), {}),
            "due_call_tasks": (able.call_tasks, (NOW,), {}),
            "complete_task": (able.call_tasks, ("1", "x", "y"), {}),
            "open_lead": (able.leads, (LEAD,), {}),
            "move_lead": (able.leads, ("1", LeadStage.WON), move),
            "call_started": (able.call_journal, (CALL,), {}),
            "call_finished": (able.call_journal, ("1", END), {}),
            "attach_recording": (able.recordings, ("1", tmp_path / "call.wav"), {}),
        }
        for name, (declared, arguments, more) in ports.items():
            assert declared <= hasattr(there, name), name
            if not declared and hasattr(there, name):
                with pytest.raises(CrmError) as refusal:
                    await getattr(there, name)(*arguments, **more)
                assert not refusal.value.retryable

    async def test_it_closes_twice(self, subject: ForeignSubject) -> None:
        await subject.connector.close()
        await subject.connector.close()


@declaring(lambda able: able.booking == "request")
class TestBookingRequests:
    async def test_the_same_request_twice_is_one(self, subject: ForeignSubject) -> None:
        first = await subject.connector.request_booking(WISH)
        assert await subject.connector.request_booking(WISH) == first
        assert subject.bookings() == 1

    async def test_the_same_request_at_once_is_one(self, subject: ForeignSubject) -> None:
        made = await asyncio.gather(*(subject.connector.request_booking(WISH) for _ in range(5)))
        assert (len(set(made)), subject.bookings()) == (1, 1)

    async def test_different_requests_of_one_person_are_two(self, subject: ForeignSubject) -> None:
        first = await subject.connector.request_booking(WISH)
        other = await subject.connector.request_booking(replace(WISH, request_id="call-7:booking-2"))
        assert (first != other, subject.bookings()) == (True, 2)

    async def test_a_wish_needs_nothing_but_a_name_and_a_phone(self, subject: ForeignSubject) -> None:
        bare = BookingWish(request_id="call-8", full_name="Орлова Мария", phone=PHONE, wished_at=None)
        assert await subject.connector.find_request("call-8") is None
        made = await subject.connector.request_booking(bare)
        assert await subject.connector.find_request("call-8") == made

    async def test_a_request_is_not_mistaken_for_one_that_begins_alike(self, subject: ForeignSubject) -> None:
        await subject.connector.request_booking(replace(WISH, request_id="call-71"))
        assert await subject.connector.find_request("call-7") is None

    async def test_a_lost_answer_is_found_and_not_written_twice(self, subject: ForeignSubject) -> None:
        subject.lose_next_answer()
        with pytest.raises(WriteUnknown):
            await subject.connector.request_booking(WISH)
        found = await subject.connector.find_request(WISH.request_id)
        assert found is not None
        assert await subject.connector.request_booking(WISH) == found
        assert subject.bookings() == 1

    async def test_a_system_that_is_down_has_written_nothing(self, subject: ForeignSubject) -> None:
        await subject.go_down()
        with pytest.raises(CrmUnavailable):
            await subject.connector.request_booking(WISH)
        assert subject.bookings() == 0


@declaring(lambda able: able.call_tasks)
class TestForeignTasks:
    def put(self, subject: ForeignSubject, hours: int) -> str:
        return subject.put_call_task(
            phone=PHONE, full_name="Орлова Мария", due_at=NOW + hours * HOUR, comment="напомнить об анализах"
        )

    async def test_due_tasks_come_soonest_first_and_with_all_that_is_known(self, subject: ForeignSubject) -> None:
        late, early = self.put(subject, 2), self.put(subject, -3)
        self.put(subject, 3)
        tasks = await subject.connector.due_call_tasks(NOW + 2 * HOUR)
        assert [task.id for task in tasks] == [early, late]
        first = tasks[0]
        assert (first.phone, first.full_name, first.due_at) == (PHONE, "Орлова Мария", NOW - 3 * HOUR)
        assert first.comment == "напомнить об анализах"

    async def test_a_finished_task_is_not_due_and_finishing_twice_is_once(self, subject: ForeignSubject) -> None:
        task = self.put(subject, -1)
        for _ in range(2):
            await subject.connector.complete_task(task, "дозвонились", "придёт в среду")
        assert await subject.connector.due_call_tasks(NOW) == []
        assert list(subject.outcomes_of(task)) == ["дозвонились"]

    async def test_a_lost_answer_is_not_written_twice(self, subject: ForeignSubject) -> None:
        task = self.put(subject, -1)
        subject.lose_next_answer()
        with pytest.raises(WriteUnknown):
            await subject.connector.complete_task(task, "дозвонились", "")
        await subject.connector.complete_task(task, "дозвонились", "")
        assert list(subject.outcomes_of(task)) == ["дозвонились"]


@declaring(lambda able: able.leads)
class TestForeignLeads:
    async def test_a_lead_is_opened_once(self, subject: ForeignSubject) -> None:
        lead = await subject.connector.open_lead(LEAD)
        assert await subject.connector.open_lead(LEAD) == lead
        assert (subject.leads(), subject.stage_of(lead)) == (1, LeadStage.NEW)

    async def test_a_lost_answer_is_not_written_twice(self, subject: ForeignSubject) -> None:
        subject.lose_next_answer()
        with pytest.raises(WriteUnknown):
            await subject.connector.open_lead(LEAD)
        await subject.connector.open_lead(LEAD)
        assert subject.leads() == 1

    @pytest.mark.parametrize("stage", [stage for stage in LeadStage if stage is not LeadStage.NEW])
    async def test_every_stage_is_written_once(self, subject: ForeignSubject, stage: LeadStage) -> None:
        lead = await subject.connector.open_lead(LEAD)
        reason = "дорого" if stage is LeadStage.LOST else None
        for _ in range(2):
            await subject.connector.move_lead(lead, stage, comment="решено по телефону", reason=reason)
        assert (subject.stage_of(lead), subject.moves_of(lead)) == (stage, 1)

    async def test_a_lost_move_is_not_written_twice(self, subject: ForeignSubject) -> None:
        lead = await subject.connector.open_lead(LEAD)
        subject.lose_next_answer()
        with pytest.raises(WriteUnknown):
            await subject.connector.move_lead(lead, LeadStage.BOOKED, comment="", reason=None)
        await subject.connector.move_lead(lead, LeadStage.BOOKED, comment="", reason=None)
        assert (subject.stage_of(lead), subject.moves_of(lead)) == (LeadStage.BOOKED, 1)


@declaring(lambda able: able.call_journal)
class TestForeignCallJournal:
    async def test_a_call_is_one_even_after_a_lost_answer(self, subject: ForeignSubject) -> None:
        subject.lose_next_answer()
        with pytest.raises(WriteUnknown):
            await subject.connector.call_started(CALL)
        reference = await subject.connector.call_started(CALL)
        assert await subject.connector.call_started(CALL) == reference
        assert subject.calls() == 1

    async def test_a_withheld_number_is_a_call_too(self, subject: ForeignSubject) -> None:
        assert await subject.connector.call_started(replace(CALL, number_from=""))

    async def test_the_end_is_written_once(self, subject: ForeignSubject) -> None:
        reference = await subject.connector.call_started(CALL)
        subject.lose_next_answer()
        with pytest.raises(WriteUnknown):
            await subject.connector.call_finished(reference, END)
        await subject.connector.call_finished(reference, END)
        (ending,) = subject.endings_of(reference)
        assert "записана" in ending


@declaring(lambda able: able.recordings)
class TestRecordings:
    async def test_a_recording_is_attached_once(self, subject: ForeignSubject, tmp_path: Path) -> None:
        recording = tmp_path / f"{CALL.call_id}.wav"
        recording.write_bytes(b"RIFF" + bytes(4000))
        reference = await subject.connector.call_started(CALL)
        subject.lose_next_answer()
        with pytest.raises(WriteUnknown):
            await subject.connector.attach_recording(reference, recording)
        await subject.connector.attach_recording(reference, recording)
        assert list(subject.recordings_of(reference)) == [recording.name]


@declaring(lambda able: able.webhooks)
class TestWebhookReceiver:
    async def test_a_change_has_a_key_of_its_own(self, subject: ForeignSubject) -> None:
        (one,), (other,) = (subject.connector.parse(webhook) for webhook in subject.webhooks())
        assert one.key != other.key
        assert one.object_id == other.object_id

    async def test_a_repeated_delivery_is_refused_or_has_the_same_key(self, subject: ForeignSubject) -> None:
        webhook, _ = subject.webhooks()
        (one,) = subject.connector.parse(webhook)
        try:
            (again,) = subject.connector.parse(webhook)
        except UntrustedWebhook:
            return
        assert again.key == one.key

    async def test_without_its_headers_it_is_not_believed(self, subject: ForeignSubject) -> None:
        webhook, _ = subject.webhooks()
        with pytest.raises(UntrustedWebhook):
            subject.connector.parse(replace(webhook, headers={}))


@declaring(lambda able: able.signed_webhooks)
class TestSignedWebhooks:
    async def test_a_changed_body_is_not_believed(self, subject: ForeignSubject) -> None:
        webhook, _ = subject.webhooks()
        with pytest.raises(UntrustedWebhook):
            subject.connector.parse(replace(webhook, body=webhook.body + b" "))
