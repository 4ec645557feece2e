"""Calls that another system wants to be made, on the bundled system's own tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.composition.foreign_news import OUTCOME_WORDS
from bot.domain.follow_up import BOT_OWNER, Need
from bot.storage.outbox import Outbox, OutboxEvent
from crm_bridge.bridge import Bridge
from crm_bridge.foreign import ForeignTask
from crm_bridge.foreign_calls import ForeignCalls
from crm_bridge.foreign_memory import MemoryForeign
from crm_bridge.foreign_relay import ForeignRelay
from crm_bridge.foreign_system import ForeignSystem
from crm_bridge.local.foreign_outbox import SqlForeignOutbox
from crm_bridge.local.seen_keys import SqlSeenKeys
from crm_bridge.local.tables import ProfileRow
from crm_bridge.port import CrmUnavailable
from dialogs.outcomes import OUTCOMES
from tests.rules.conftest import house
from tests.rules.house import NOW, REGISTRAR, House

__all__ = ["house"]

TASK = ForeignTask(
    id="41",
    phone="+79161110001",
    full_name="Сидорова Мария",
    due_at=NOW - timedelta(hours=1),
    comment="Контроль после лечения",
    fields={"doctor": "Иванов"},
)


class There:
    """The other system, the bundled one, and what carries between them; made anew, it is the service after a crash."""

    def __init__(self, house: House, foreign: MemoryForeign) -> None:
        self.house, self.foreign = house, foreign
        system = ForeignSystem(connector=foreign, booking=foreign, tasks=foreign, leads=foreign, calls=foreign)
        outbox = SqlForeignOutbox(house.clinic.ground)
        bridge = Bridge(house.clinic, [system], outbox, house.clock)
        self.relay = ForeignRelay(outbox, [system], house.clock, given_up=bridge.left_to_people)
        seen = SqlSeenKeys(house.clinic.ground)
        self.calls = ForeignCalls("memory", bridge, house.clinic, house.desk.tasks, seen, house.clock)

    async def tell_back(self) -> None:
        async def listen(event: OutboxEvent) -> None:
            if event.topic == "task.closed":
                await self.calls.closed(str(event.payload["task_id"]), str(event.payload["result"]))

        await Outbox(self.house.database, self.house.clock).relay(listen)
        await self.relay.round()


@pytest.fixture
async def there(house: House) -> There:
    nothing: dict[str, dict[str, str]] = {"prices": {}, "prep": {}, "documents": {}}
    async with house.database.write() as session:
        session.add(ProfileRow(id=1, name="Клиника", streets=[], loaded_at=NOW, **nothing))
    return There(house, MemoryForeign())


async def test_a_clear_one_is_the_bots_once_and_its_end_is_told(there: There) -> None:
    patient = await there.house.patient()
    there.foreign.tasks["41"] = TASK
    assert await there.calls.round() == 1
    there.house.clock.advance(timedelta(minutes=2))
    assert await There(there.house, there.foreign).calls.round() == 0, "known after a restart too"
    [task] = await there.house.desk.tasks.tasks_of(patient.id)
    assert (task.owner, task.need.doctor_id, task.comment) == (BOT_OWNER, "d1", "Контроль после лечения [memory 41]")
    assert [one.task.id for one in await there.house.clinic.due_errands()] == [task.id]

    await there.house.desk.tasks.complete(task.id, "booked", by=REGISTRAR)
    await there.tell_back()
    assert there.foreign.outcomes == {"41": ("Записан", "")}


@pytest.mark.parametrize("unclear", [{"fields": {}}, {"full_name": "Ким Виктор"}, {"phone": "+79169999999"}])
async def test_an_unclear_one_is_a_request_to_people(there: There, unclear: dict[str, Any]) -> None:
    patient = await there.house.patient()
    there.foreign.tasks["41"] = replace(TASK, **unclear)
    await there.calls.round()
    assert await there.house.desk.tasks.tasks_of(patient.id) == []
    [request] = await there.house.clinic.open_requests()
    assert request.fields["reason"] == "foreign_task"
    assert request.fields["note"] == "Контроль после лечения [memory 41]"


async def test_a_task_of_our_own_tells_nobody(there: There) -> None:
    patient = await there.house.patient()
    there.foreign.tasks["41"] = TASK
    task = await there.house.desk.tasks.create_task(
        patient_id=patient.id, need=Need(doctor_id="d1"), comment="Перезвонить [41]", by=REGISTRAR
    )
    await there.house.desk.tasks.complete(task.id, "done", by=REGISTRAR)
    await there.tell_back()
    assert there.foreign.outcomes == {}


async def test_an_outage_there_is_no_answer_and_asked_again_a_minute_later(there: There) -> None:
    await there.house.patient()
    there.foreign.tasks["41"] = TASK
    there.foreign.faults.append("down")
    with pytest.raises(CrmUnavailable):
        await there.calls.round()
    assert await there.calls.round() == 0
    there.house.clock.advance(timedelta(minutes=1))
    assert await there.calls.round() == 1


async def test_those_that_are_open_for_long_hold_no_new_one_up(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_bridge.foreign_calls.MOST", 2)
    for number in range(5):
        there.foreign.tasks[str(number)] = replace(TASK, id=str(number), phone=f"+7916999000{number}")
    taken = []
    for _ in range(4):
        taken.append(await there.calls.round())
        there.house.clock.advance(timedelta(minutes=1))
    assert taken == [2, 2, 1, 0]


async def test_the_end_of_a_call_of_the_bots_own_is_no_task_of_the_clinics(there: There) -> None:
    await there.calls.closed("a call of the bot", "booked")
    assert there.foreign.outcomes == {}


def test_each_outcome_of_a_call_has_words_for_people_there() -> None:
    assert set(OUTCOMES) <= set(OUTCOME_WORDS)
