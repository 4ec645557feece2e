"""Pyrus over its fake: signing in, limits, lost answers, what is written into which field."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import CallFinished, WriteUnknown
from crm_bridge.port import CrmUnavailable, NotFound, Refused
from tests.contract.pyrus_subject import BOOKINGS, CALL_TASKS, CALLS, LEADS, PyrusSubject, mapping_of, pyrus
from tests.contract.test_foreign_contract import CALL, LEAD, NOW, PHONE, WISH
from tests.fakes.pyrus import API, WRITE, Fault


@pytest.fixture
async def there() -> AsyncIterator[PyrusSubject]:
    async with pyrus(mapping_of()) as subject:
        yield subject


@pytest.fixture
async def hasty() -> AsyncIterator[PyrusSubject]:
    """Waits a second and a half for an answer."""
    async with pyrus(mapping_of(), timeout_s=1.5) as subject:
        yield subject


class TestSigningIn:
    async def test_the_address_of_the_answer_is_used_from_then_on(self, there: PyrusSubject) -> None:
        await there.connector.request_booking(WISH)
        paths = [request.path for request in there.fake.journal]
        assert paths[0] == "/api/v4/auth"
        assert all(path.startswith(API) for path in paths[1:])

    async def test_one_sign_in_serves_all_who_come_at_once(self, there: PyrusSubject) -> None:
        await asyncio.gather(*(there.connector.find_request(f"r{number}") for number in range(8)))
        assert len(there.fake.sent("/auth")) == 1

    @pytest.mark.parametrize("on", ["register", WRITE])
    async def test_an_expired_token_is_renewed_once_and_the_request_repeated(
        self, there: PyrusSubject, on: str
    ) -> None:
        await there.connector.find_request("nobody")
        there.fake.faults.append(Fault("expired_token", on=on))
        await there.connector.request_booking(WISH)
        assert (len(there.fake.sent("/auth")), there.bookings()) == (2, 1)

    async def test_a_second_refusal_in_a_row_is_final(self, there: PyrusSubject) -> None:
        there.fake.faults.extend([Fault("expired_token", on="register")] * 2)
        with pytest.raises(Refused, match="expired_token"):
            await there.connector.find_request("nobody")
        assert len(there.fake.sent("/auth")) == 2

    async def test_a_wrong_key_is_told_in_russian_and_not_shown(self) -> None:
        async with pyrus(mapping_of(), security_key="wrong-key") as there:
            with pytest.raises(Refused, match="ключ безопасности") as refusal:
                await there.connector.find_request("nobody")
            assert "wrong-key" not in str(refusal.value)

    async def test_a_sign_in_that_comes_too_often_waits_as_long_as_it_is_told(self, there: PyrusSubject) -> None:
        there.fake.faults.append(Fault("too_many", on="/auth", retry_after=60))
        for _ in range(2):
            with pytest.raises(CrmUnavailable):
                await there.connector.open_lead(LEAD)
        assert len(there.fake.sent("/auth")) == 1
        there.clock.advance(timedelta(minutes=1))
        await there.connector.open_lead(LEAD)

    async def test_a_sign_in_that_fails_is_an_outage_and_nothing_is_written(self, there: PyrusSubject) -> None:
        there.fake.faults.append(Fault("error", on="/auth"))
        with pytest.raises(CrmUnavailable):
            await there.connector.open_lead(LEAD)
        assert there.leads() == 0


class TestLimits:
    async def test_429_is_waited_out_as_long_as_it_says_and_repeated(self, there: PyrusSubject) -> None:
        there.fake.faults.append(Fault("too_many", on=WRITE, retry_after=4))
        await there.connector.request_booking(WISH)
        refused, repeated = there.fake.sent("/v4/tasks")
        assert repeated.at - refused.at == timedelta(seconds=4)
        assert there.bookings() == 1

    async def test_a_long_pause_is_not_waited_for_and_nobody_else_sends_within_it(self, there: PyrusSubject) -> None:
        there.fake.faults.append(Fault("too_many", on=WRITE, retry_after=90))
        with pytest.raises(CrmUnavailable):
            await there.connector.request_booking(WISH)
        sent = len(there.fake.journal)
        with pytest.raises(CrmUnavailable):
            await there.connector.find_request("nobody")
        assert (len(there.fake.journal), there.bookings()) == (sent, 0)
        there.clock.advance(timedelta(seconds=90))
        await there.connector.request_booking(WISH)

    async def test_without_retry_after_the_reset_of_the_window_counts(self, there: PyrusSubject) -> None:
        there.fake.faults.append(Fault("too_many", on="register", retry_after=None))
        with pytest.raises(CrmUnavailable):
            await there.connector.find_request("nobody")
        there.clock.advance(timedelta(seconds=590))
        with pytest.raises(CrmUnavailable):
            await there.connector.find_request("nobody")
        there.clock.advance(timedelta(seconds=10))
        assert await there.connector.find_request("nobody") is None

    async def test_the_window_of_our_own_is_never_overrun(self) -> None:
        async with pyrus(mapping_of("bookings"), limit=20) as there:
            for number in range(19):
                await there.connector.find_request(f"r{number}")
            with pytest.raises(CrmUnavailable):
                await there.connector.find_request("one-too-many")
            assert len(there.fake.journal) == 20
            there.clock.advance(timedelta(minutes=10))
            assert await there.connector.find_request("later") is None


class TestLostAnswers:
    @pytest.mark.parametrize("fault", ["dropped_after_commit", "error_after_commit", "nonsense", "error", "dropped"])
    async def test_a_write_that_may_have_happened_is_unknown_and_is_sent_once(
        self, there: PyrusSubject, fault: str
    ) -> None:
        there.fake.faults.append(Fault(fault, on=WRITE))
        with pytest.raises(WriteUnknown):
            await there.connector.request_booking(WISH)
        assert len(there.fake.sent("/v4/tasks")) == 1
        await there.connector.request_booking(WISH)
        assert there.bookings() == 1

    async def test_what_a_proxy_forbids_was_not_written_and_is_not_repeated(self, there: PyrusSubject) -> None:
        there.fake.faults.append(Fault("forbidden", on=WRITE))
        with pytest.raises(Refused, match="403"):
            await there.connector.request_booking(WISH)
        assert (len(there.fake.sent("/v4/tasks")), there.bookings()) == (1, 0)

    async def test_a_lost_lead_is_found_by_its_id_too(self, there: PyrusSubject) -> None:
        there.fake.faults.append(Fault("dropped_after_commit", on=WRITE))
        with pytest.raises(WriteUnknown):
            await there.connector.open_lead(LEAD)
        assert await there.connector.find_request(LEAD.request_id) == str(there.fake.store.of_form(LEADS)[0]["id"])

    async def test_an_answer_that_never_comes_is_unknown(self, hasty: PyrusSubject) -> None:
        hasty.fake.faults.append(Fault("timeout", on=WRITE))
        with pytest.raises(WriteUnknown):
            await hasty.connector.open_lead(LEAD)
        assert len(hasty.fake.sent("/v4/tasks")) == 1

    async def test_a_slow_answer_is_an_answer(self, hasty: PyrusSubject) -> None:
        hasty.fake.faults.append(Fault("slow", on=WRITE))
        assert await hasty.connector.open_lead(LEAD)

    @pytest.mark.parametrize("fault", ["dropped", "error", "timeout", "nonsense"])
    async def test_a_read_is_repeated_once_and_then_is_an_outage(self, hasty: PyrusSubject, fault: str) -> None:
        hasty.fake.faults.append(Fault(fault, on="register"))
        assert await hasty.connector.find_request("nobody") is None
        hasty.fake.faults.extend([Fault(fault, on="register")] * 2)
        with pytest.raises(CrmUnavailable):
            await hasty.connector.find_request("nobody")

    async def test_a_lost_upload_is_an_outage_and_may_be_sent_again(self, there: PyrusSubject, tmp_path: Path) -> None:
        recording = tmp_path / "1763880000.17.ogg"
        recording.write_bytes(bytes(3 * 1024 * 1024))
        call = await there.connector.call_started(CALL)
        there.fake.faults.append(Fault("dropped_after_commit", on="upload"))
        with pytest.raises(CrmUnavailable):
            await there.connector.attach_recording(call, recording)
        await there.connector.attach_recording(call, recording)
        assert there.recordings_of(call) == [recording.name]
        assert {len(content) for _, content in there.fake.files.values()} == {3 * 1024 * 1024}


class TestBookings:
    async def test_every_field_holds_what_the_form_wants(self, there: PyrusSubject) -> None:
        task = await there.connector.request_booking(WISH)
        assert there.fake.store.values(task) == {
            1: "call-7:booking",
            2: "Орлова Мария Петровна",
            3: PHONE,
            4: {"choice_ids": [1]},
            5: "Приём терапевта",
            6: {"item_id": 31},
            7: "2026-11-24T07:00:00Z",
            8: "болит спина",
            9: {"choice_ids": [1]},
        }
        (made,) = there.fake.sent("/v4/tasks")
        assert (made.body["form_id"], made.body["fill_defaults"]) == (BOOKINGS, True)

    async def test_a_request_that_people_have_closed_meanwhile_is_not_made_again(self, there: PyrusSubject) -> None:
        task = await there.connector.request_booking(WISH)
        there.fake.store.comment(there.fake.store.tasks[int(task)], {"action": "finished"})
        assert await there.connector.request_booking(WISH) == task

    async def test_a_doctor_whom_the_catalogue_does_not_know_is_told_in_the_comment(self, there: PyrusSubject) -> None:
        task = await there.connector.request_booking(replace(WISH, doctor="Новый Пётр"))
        values = there.fake.store.values(task)
        assert values[8] == "болит спина\nВрач: Новый Пётр"
        assert 6 not in values

    async def test_the_catalogue_is_read_once_an_hour(self, there: PyrusSubject) -> None:
        for number, minutes in enumerate((0, 59, 1)):
            there.clock.advance(timedelta(minutes=minutes))
            await there.connector.request_booking(replace(WISH, request_id=f"r{number}"))
        assert len(there.fake.sent("/catalogs/277")) == 2

    async def test_a_form_that_does_not_fit_the_mapping_is_refused_and_not_retried(self) -> None:
        broken = mapping_of("bookings").model_dump()
        broken["bookings"]["fields"]["full_name"] = 99
        async with pyrus(type(mapping_of()).model_validate(broken)) as there:
            with pytest.raises(Refused, match=r"field_not_found.*файл соответствия"):
                await there.connector.request_booking(WISH)

    @pytest.mark.parametrize("request_id", ["", "a,b", "gt5", "empty", "*", "два слова"])
    async def test_an_id_that_the_search_would_misread_is_never_sent(
        self, there: PyrusSubject, request_id: str
    ) -> None:
        with pytest.raises(ValueError):
            await there.connector.request_booking(replace(WISH, request_id=request_id))
        assert there.fake.journal == []


class TestLeadsAndTasks:
    async def test_a_lost_lead_says_why_and_is_finished(self, there: PyrusSubject) -> None:
        lead = await there.connector.open_lead(LEAD)
        await there.connector.move_lead(lead, LeadStage.LOST, comment="перезвонили", reason="дорого")
        task = there.fake.store.tasks[int(lead)]
        assert (task["form_id"], there.fake.store.values(lead)[7], "close_date" in task) == (LEADS, "дорого", True)
        assert task["comments"][-1]["text"] == "перезвонили"

    async def test_another_reason_for_the_same_stage_is_not_swallowed(self, there: PyrusSubject) -> None:
        lead = await there.connector.open_lead(LEAD)
        for said in ("первый звонок", "второй звонок", "второй звонок"):
            await there.connector.move_lead(lead, LeadStage.LOST, comment=said, reason="дорого")
        assert there.endings_of(lead) == ["первый звонок", "второй звонок"]

    async def test_a_finished_lead_is_reopened_by_an_earlier_stage(self, there: PyrusSubject) -> None:
        lead = await there.connector.open_lead(LEAD)
        await there.connector.move_lead(lead, LeadStage.LOST, comment="", reason=None)
        await there.connector.move_lead(lead, LeadStage.ASSIGNED, comment="позвонил сам", reason=None)
        assert "close_date" not in there.fake.store.tasks[int(lead)]
        assert there.stage_of(lead) is LeadStage.ASSIGNED

    @pytest.mark.parametrize("lead", ["999999", "не число"])
    async def test_a_lead_that_is_not_there_is_not_found(self, there: PyrusSubject, lead: str) -> None:
        with pytest.raises(NotFound):
            await there.connector.move_lead(lead, LeadStage.WON, comment="", reason=None)

    async def test_a_task_without_a_phone_is_left_to_people(self, there: PyrusSubject) -> None:
        there.put_call_task(phone="не указан", full_name="Орлова", due_at=NOW, comment="")
        task = there.put_call_task(phone="8 (916) 111-22-33", full_name="Орлова", due_at=NOW, comment="")
        (due,) = await there.connector.due_call_tasks(NOW)
        assert (due.id, due.phone) == (task, PHONE)

    async def test_a_task_without_a_date_field_is_due_by_its_own_date(self, there: PyrusSubject) -> None:
        there.fake.store.create(CALL_TASKS, [{"id": 2, "value": PHONE}], due_date="2026-11-24")
        assert await there.connector.due_call_tasks(NOW + timedelta(hours=13)) == []
        (due,) = await there.connector.due_call_tasks(NOW + timedelta(hours=14))
        assert due.due_at.isoformat() == "2026-11-24T00:00:00+03:00"


class TestCalls:
    async def test_a_call_is_registered_with_the_vendors_names(self, there: PyrusSubject) -> None:
        call = await there.connector.call_started(CALL)
        (made,) = there.fake.sent("/integrations/call")
        assert (made.body["from_number"], made.body["external_id"]) == (PHONE, CALL.call_id)
        assert {"code": "CallStartTime", "value": "2026-11-23T07:00:00Z"} in made.body["mappings"]
        assert there.fake.store.values(call)[1] == CALL.call_id

    async def test_the_end_is_told_in_russian_by_the_clinics_clock(self, there: PyrusSubject) -> None:
        call = await there.connector.call_started(CALL)
        end = CallFinished(call_id=CALL.call_id, ended_at=NOW, duration_s=192, outcome="записана к терапевту")
        await there.connector.call_finished(call, end)
        assert there.endings_of(call) == [
            "Звонок 1763880000.17 окончен 23.11.2026 10:00, 3 мин 12 с. Итог: записана к терапевту"
        ]

    async def test_a_sound_that_pyrus_does_not_take_is_refused_before_it_is_sent(
        self, there: PyrusSubject, tmp_path: Path
    ) -> None:
        call = await there.connector.call_started(CALL)
        with pytest.raises(Refused, match="flac"):
            await there.connector.attach_recording(call, tmp_path / "call.flac")
        assert (there.fake.sent("/files/upload"), there.calls()) == ([], 1)
        assert there.fake.store.tasks[int(call)]["form_id"] == CALLS
