"""The conversation as the call session uses it: transfers, outages, resuming, hanging up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.calls.conversation import Conversation, Reply
from bot.domain.clinic import UNNAMED, Opening, OpeningQuery, RequestKind
from bot.domain.clock import ManualClock
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory import MemoryClinic
from crm_bridge.port import CrmUnavailable, OpeningTaken
from tests.fixtures.talk import NOW, Talk

BOOKING = ("запишите к терапевту на завтра на десять", "да", "Петрова Анна Ивановна", "05.03.1962")


class BrokenClinic(MemoryClinic):
    """The clinic's system after it went down: every question fails."""

    def __getattribute__(self, name: str) -> Any:
        if name in {"directory", "patients_by_phone", "openings", "create_request", "find_patient", "do_not_call"}:
            raise_down = super().__getattribute__("raise_down")
            return raise_down
        return super().__getattribute__(name)

    async def raise_down(self, *_: Any, **__: Any) -> None:
        raise CrmUnavailable("down")


async def said(conversation: Conversation, *turns: str) -> Reply:
    """Say these one after another and return the last reply."""
    reply = await conversation.start()
    for turn in turns:
        reply = await conversation.heard(turn, 0.9)
    return reply


def words(reply: Reply) -> str:
    return " ".join(say.text for say in reply.say)


async def test_first_words_disclose_robot_and_recording_and_cannot_be_interrupted(talk: Talk) -> None:
    reply = await talk().start()
    disclosure = [say.text for say in reply.say if say.must_hear]
    assert "робот" in " ".join(disclosure)
    assert "записывается" in " ".join(disclosure)
    assert not reply.say[-1].must_hear
    assert reply.listen is not None
    assert reply.listen.state == reply.state == "open"


async def test_reply_tells_what_was_understood(talk: Talk) -> None:
    reply = await said(talk(), "запишите меня к терапевту на завтра")
    assert reply.intent == "book_appointment"
    assert reply.slots["specialty"] == "терапевт"
    assert reply.state == "ask_slot_ok"
    assert reply.nlu_ms > 0
    assert reply.listen is not None
    assert reply.listen.expected == "yes_no"


async def test_booking_is_written_with_the_caller_and_the_call(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk()
    reply = await said(conversation, *BOOKING, "да")
    assert reply.desk_changed
    (patient,) = await clinic.patients_by_phone("+79165550000")
    (visit,) = await clinic.visits_of([patient.id])
    assert visit.starts_at.isoformat()[:16] == "2026-11-24T10:00"
    assert conversation.outcome()["appointment"] == visit.id


async def test_hanging_up_gives_the_hold_back(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk()
    await said(conversation, *BOOKING[:2])
    ten = OpeningQuery(doctor="Смирнова Ольга Викторовна", limit=3)
    assert "10:00" not in [opening.starts_at.strftime("%H:%M") for opening in await clinic.openings(ten)]
    assert (await conversation.hungup())["outcome"] == "ended_by_caller"
    assert "10:00" in [opening.starts_at.strftime("%H:%M") for opening in await clinic.openings(ten)]


async def test_transfer_carries_a_summary_for_the_registrar(talk: Talk) -> None:
    conversation = talk()
    reply = await said(conversation, *BOOKING[:3], "соедините с регистратором")
    assert reply.action == "transfer"
    assert reply.transfer is not None
    assert reply.transfer.reason == "caller_request"
    assert "Петрова Анна Ивановна" in reply.transfer.summary_text
    assert reply.transfer.fields["specialty"] == "терапевт"
    assert "в десять часов" in reply.transfer.summary_text
    joined = await conversation.transfer_result("joined")
    assert joined.action == "hangup"
    assert conversation.outcome()["outcome"] == "transferred"


async def test_nobody_answers_so_a_callback_is_left(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk()
    await said(conversation, "соедините с регистратором")
    back = await conversation.transfer_result("not_reached")
    assert back.action == "hangup"
    assert "перезвон" in words(back)
    (request,) = await clinic.open_requests()
    assert request.kind is RequestKind.CALLBACK
    assert request.phone == "+79165550000"
    assert conversation.outcome()["status"] == "callback"


async def test_caller_gone_during_transfer(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk()
    await said(conversation, "соедините с регистратором")
    assert (await conversation.transfer_result("caller_gone")).action == "hangup"
    assert conversation.outcome()["outcome"] == "transferred"


async def test_clinic_down_from_the_start_goes_to_a_person_then_says_sorry(talk: Talk, clinic_data: Any) -> None:
    conversation = talk(crm=BrokenClinic(clinic_data, talk()._clock))
    reply = await conversation.start()
    assert reply.action == "transfer"
    assert "неполадка" in words(reply)
    assert "робот" in words(reply)
    last = await conversation.transfer_result("not_reached")
    assert last.action == "hangup"
    assert conversation.outcome()["reason"] == "technical"


async def test_clinic_goes_down_in_mid_call(talk: Talk, clinic: MemoryClinic, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = talk()
    await conversation.start()

    async def down(query: OpeningQuery) -> Sequence[Opening]:
        raise CrmUnavailable("down")

    monkeypatch.setattr(clinic, "openings", down)
    reply = await conversation.heard("запишите к терапевту на завтра")
    assert reply.action == "transfer"
    assert "неполадка" in words(reply)


async def test_opening_taken_meanwhile_another_is_offered(
    talk: Talk, clinic: MemoryClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = talk()
    await said(conversation, "запишите к терапевту на завтра на десять")
    taken = await clinic.openings(OpeningQuery(doctor="Смирнова Ольга Викторовна", limit=3))
    await clinic.hold(taken[1].id, owner="somebody-else")
    reply = await conversation.heard("да")
    assert reply.state == "ask_slot_ok"
    assert "заняли" in words(reply)
    assert "на это время" in words(reply).lower()


async def test_a_hold_that_ran_out_is_taken_again_at_the_commit(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk()
    await said(conversation, *BOOKING)
    clinic._clock.advance(timedelta(minutes=10))  # type: ignore[attr-defined]
    await conversation.heard("да")
    assert conversation.outcome()["outcome"] == "booked"


async def test_a_commit_that_is_refused_twice_books_nothing(
    talk: Talk, clinic: MemoryClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = talk()
    await said(conversation, *BOOKING)

    async def taken(*_: Any, **__: Any) -> Any:
        raise OpeningTaken("gone")

    monkeypatch.setattr(clinic, "book", taken)
    reply = await conversation.heard("да")
    assert "заняли" in words(reply)
    assert "booked" not in conversation.outcome()["happened"]


async def test_resume_says_the_last_turn_again_and_goes_on(talk: Talk) -> None:
    first = talk()
    asked = await said(first, *BOOKING[:2])
    snapshot = json.loads(json.dumps(first.snapshot(), ensure_ascii=False))
    second = talk()
    again = second.resume(snapshot)
    assert words(again) == words(asked)
    assert again.state == "ask_name"
    for turn in (*BOOKING[2:], "да"):
        await second.heard(turn)
    assert second.outcome()["outcome"] == "booked"


async def test_snapshot_is_small(talk: Talk) -> None:
    conversation = talk()
    reply = await conversation.start()
    largest = 0
    for turn in (*BOOKING, "да"):
        reply = await conversation.heard(turn)
        largest = max(largest, len(json.dumps(conversation.snapshot(), ensure_ascii=False).encode()))
    assert reply.state == "ask_more"
    assert largest <= 2400


async def test_silence_then_speech_counts_anew(talk: Talk) -> None:
    conversation = talk()
    await conversation.start()
    await conversation.silence()
    await conversation.silence()
    await conversation.heard("запишите к терапевту")
    reply = await conversation.silence()
    assert reply.action is None
    assert reply.state == "ask_date"


async def test_unclear_three_times_goes_to_a_person_and_keys_come_second(talk: Talk) -> None:
    conversation = talk()
    await said(conversation, "запишите к хирургу на среду", "да", "Громов Илья Петрович")
    first = await conversation.heard("э-э")
    second = await conversation.heard("ммм")
    assert "например" in words(first)
    assert "Наберите" in words(second)
    third = await conversation.heard("э-э")
    assert third.action == "transfer"
    assert third.transfer is not None
    assert third.transfer.reason == "not_understood"


async def test_too_late_for_a_home_visit_today(talk: Talk) -> None:
    conversation = talk(now=NOW.replace(hour=16))
    await said(
        conversation,
        "вызовите врача на дом",
        "температура и кашель",
        "нет",
        "улица Ленина дом 5",
        "Егорова Нина Павловна",
        "01.05.1949",
        "да",
    )
    assert conversation.outcome()["date"] == "2026-11-24"


async def test_several_patients_on_one_phone_are_asked_apart(talk: Talk, clinic: MemoryClinic) -> None:
    for name, born in (("Орлова Мария Ивановна", "1950-01-02"), ("Орлов Иван Петрович", "1948-03-04")):
        await clinic.register_patient(full_name=name, birth_date=NOW.fromisoformat(born).date(), phone="+79165550777")
    reply = await said(talk(caller="+79165550777"), "запишите к терапевту на завтра", "да")
    assert reply.state == "ask_who"
    assert "Орлов" not in words(reply)


async def test_outcome_is_never_empty(talk: Talk) -> None:
    conversation = talk()
    assert conversation.outcome()["outcome"] == "ended_by_caller"
    assert (await conversation.hungup())["outcome"] == "ended_by_caller"


async def test_where_there_are_several_branches_the_caller_chooses_and_hears_it_read_back(
    talk: Talk, clinic_data: ClinicData
) -> None:
    second = replace(clinic_data.directory.branches[0], id="b2", name="Второй корпус", address="проспект Мира 1")
    branches = (*clinic_data.directory.branches, second)
    openings = [
        replace(opening, branch_id="b2")
        if opening.doctor and opening.doctor.full_name.startswith("Иванова")
        else opening
        for opening in clinic_data.openings
    ]
    data = replace(clinic_data, directory=replace(clinic_data.directory, branches=branches), openings=openings)
    conversation = talk(crm=MemoryClinic(data, ManualClock(NOW)))
    asked = await said(conversation, "запишите к терапевту на завтра")
    assert asked.state == "ask_branch"
    assert "проспект Мира" in words(asked)
    offered = await conversation.heard("на проспекте мира")
    assert "Ивановой" in words(offered)
    assert "Второй корпус" in words(offered)
    for turn in ("да", "Петрова Анна Ивановна"):
        await conversation.heard(turn)
    assert "Второй корпус" in words(await conversation.heard("05.03.1962"))


async def test_a_clinic_is_greeted_by_its_name_and_one_without_a_name_as_a_clinic(
    talk: Talk, clinic_data: ClinicData
) -> None:
    async def greeting(name: str) -> str:
        named = replace(clinic_data, directory=replace(clinic_data.directory, name=name))
        return words(await talk(crm=MemoryClinic(named, ManualClock(NOW))).start())

    assert (await greeting("Клиника «Надежда»")).startswith(
        "Здравствуйте! Это Клиника «Надежда», голосовой помощник, робот. Разговор записывается."
    )
    assert (await greeting(UNNAMED)).startswith(
        "Здравствуйте! Это голосовой помощник клиники, робот. Разговор записывается."
    )
