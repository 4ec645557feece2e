"""The service with Pyrus beside it: what is said, what reaches the form, what comes back, what an outage does."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

import pytest

from bot.composition.page import what_waits
from bot.domain.call import CallRecord
from bot.domain.clinic import VisitStatus
from bot.domain.clock import ManualClock
from crm_bridge.port import CrmUnavailable
from tests.fakes.pyrus import Fault
from tests.integration.crm.conftest import MONDAY, PyrusClinic, until

BOOK = {
    "turns": ["здравствуйте запишите меня к терапевту на завтра на десять утра"],
    "answers": {
        "ask_slot_ok": "да",
        "ask_name": "Петрова Анна Ивановна",
        "ask_birth": "пятое марта шестьдесят второго года",
        "confirm": "да",
        "ask_more": "нет спасибо",
    },
    "expected": {"outcome": "booked", "at": "2026-11-24T10:00", "status": "requested"},
    "says": ["Администратор её подтвердит"],
    "never_says": ["вы записаны", "записала вас"],
}
MOVE = {
    "turns": ["перенесите мою запись на среду на утро"],
    "answers": {
        "ask_name": "Петрова Анна Ивановна",
        "ask_birth": "пятое марта шестьдесят второго года",
        "ask_slot_ok": "да",
        "confirm": "да",
        "ask_more": "нет спасибо",
    },
    "expected": {"outcome": "transferred", "reason": "reschedule", "status": "callback"},
    "must_not": ["rescheduled"],
    "says": ["Перенос подтверждает администратор"],
    "never_says": ["вы записаны", "перенесла"],
}
CONFIRMED = 3


async def test_a_request_is_sent_confirmed_there_and_then_moved_only_by_people(pyrus_clinic: PyrusClinic) -> None:
    played = await pyrus_clinic.talk("c1", BOOK)
    assert not played.failures, f"{played.failures}\n{played.transcript}"
    visit = await pyrus_clinic.only_visit()
    assert visit.status is VisitStatus.REQUESTED
    await until(lambda: len(pyrus_clinic.asked()) == 1)
    [asked] = pyrus_clinic.asked()
    assert (asked[1], asked[2]) == (f"visit:{visit.id}", "Петрова Анна Ивановна")
    assert (asked[6], asked[7]) == ({"item_id": 31}, "2026-11-24T07:00:00Z")

    assert await pyrus_clinic.decide(CONFIRMED) == [200]
    assert (await pyrus_clinic.only_visit()).status is VisitStatus.BOOKED

    moved = await pyrus_clinic.talk("c2", MOVE)
    assert not moved.failures, f"{moved.failures}\n{moved.transcript}"
    kept = await pyrus_clinic.only_visit()
    assert (kept.status, kept.starts_at) == (VisitStatus.BOOKED, visit.starts_at)
    [wish] = await pyrus_clinic.core.clinic.open_requests()
    assert wish.fields["reason"] == "reschedule"
    assert "двадцать пятого ноября" in wish.fields["note"]
    assert len(pyrus_clinic.asked()) == 1


async def test_an_outage_leaves_the_booking_to_be_sent_later_once_also_through_a_restart(
    pyrus_clinic: PyrusClinic,
) -> None:
    faults = pyrus_clinic.fake.faults
    faults += [
        Fault("error", on="/tasks$"),
        Fault("timeout", on="/tasks$"),
        Fault("dropped_after_commit", on="/tasks$"),
    ]
    played = await pyrus_clinic.talk("c1", BOOK)
    assert not played.failures, "the caller hears nothing of it"
    await until(lambda: len(faults) == 2)
    assert pyrus_clinic.asked() == []
    assert pyrus_clinic.core.foreign is not None
    assert await what_waits(pyrus_clinic.core.foreign.outbox, pyrus_clinic.clock) == "ждут отправки: 1"
    with pytest.raises(CrmUnavailable):
        await what_waits(pyrus_clinic.core.foreign.outbox, ManualClock(MONDAY + timedelta(minutes=11)))
    await pyrus_clinic.stop()
    await pyrus_clinic.start()
    foreign = pyrus_clinic.core.foreign
    assert foreign is not None

    async def sent() -> bool:
        pyrus_clinic.clock.advance(timedelta(seconds=20))
        return await foreign.outbox.backlog() == 0

    await until(sent)
    assert faults == deque()
    assert len(pyrus_clinic.asked()) == 1, "the lost answer was looked for, not written again"


async def test_who_may_tell_and_how_often(pyrus_clinic: PyrusClinic) -> None:
    await pyrus_clinic.talk("c1", BOOK)
    await until(lambda: len(pyrus_clinic.asked()) == 1)
    [task] = pyrus_clinic.fake.store.tasks
    body, headers = pyrus_clinic.fake.webhook(task)
    status, told = await pyrus_clinic.send(body, {**headers, "X-Pyrus-Sig": "0" * 40})
    assert (status, told["title"]) == (403, "Сообщению нельзя верить")
    assert await pyrus_clinic.decide(CONFIRMED) == [200]
    confirmed = pyrus_clinic.fake.webhook(task)
    await pyrus_clinic.core.clinic.cancel((await pyrus_clinic.only_visit()).id, reason="", call_id=None)
    await pyrus_clinic.stop()
    await pyrus_clinic.start()
    assert (await pyrus_clinic.send(*confirmed))[0] == 200, "Pyrus itself repeats what it believes to be lost"
    assert await pyrus_clinic.core.clinic.open_requests() == [], "nothing was worked in again"


async def test_a_call_is_told_with_its_end(pyrus_clinic: PyrusClinic) -> None:
    journal = pyrus_clinic.state.journal
    record = CallRecord(
        id="c7",
        direction="inbound",
        caller="89165550101",
        called="registry",
        started_at=MONDAY,
        script="inbound",
        line="test",
    )
    await journal.start_call(record)
    await until(lambda: len(pyrus_clinic.calls()) == 1)
    outcome = {"outcome": "booked", "status": "requested"}
    await journal.end_call("c7", at=MONDAY + timedelta(minutes=2), outcome=outcome, recording=None)

    def ended() -> bool:
        [call] = pyrus_clinic.calls()
        return any("Принята заявка на приём" in one.get("text", "") for one in call["comments"])

    await until(ended)
    [call] = pyrus_clinic.calls()
    assert pyrus_clinic.fake.store.values(call["id"]) == {1: "c7", 2: "+79165550101"}
