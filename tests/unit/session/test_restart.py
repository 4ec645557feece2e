"""The service stops while people are on the line, and comes back."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.calls.conversation import Conversation
from bot.calls.memory import MemoryJournal
from bot.calls.session import pack
from telephony.simulated import SimulatedExchange
from tests.fixtures.talk import Talk
from tests.unit.session.rig import Rig, eventually


def state_kept(exchange: SimulatedExchange) -> bool:
    return all(wire.state for wire in exchange.wires.values())


async def test_caller_who_stays_hears_where_they_were(talk: Talk, exchange: SimulatedExchange) -> None:
    journal = MemoryJournal()
    async with Rig(talk, exchange, journal=journal) as first:
        caller = await first.dial()
        await caller.press("1")
        await first.asked("ask_specialty")
        before = next(iter(exchange.wires.values())).state
        await eventually(lambda: next(iter(exchange.wires.values())).state not in (None, before), 5)
    assert not caller.over, "stopping leaves the caller on the line"
    async with Rig(talk, exchange, journal=journal) as second:
        assert second.service.ids, "taken up before new callers are"
        await second.asked("ask_specialty")
        assert second.bot_turns()[0].text.startswith("Извините, связь на секунду прервалась. Продолжим.")
        assert "К какому врачу" in second.bot_turns()[0].text
        await caller.press("3")
        await second.asked("ask_date")
        await caller.hangup()
        record = await second.record()
    numbers = [turn.number for turn in record.turns]
    assert len(numbers) == len(set(numbers)) > 4, "the record goes on where it stopped"


async def test_restart_in_the_talk_with_a_registrar(talk: Talk, exchange: SimulatedExchange) -> None:
    journal = MemoryJournal()
    async with Rig(talk, exchange, journal=journal) as first:
        caller = await first.dial()
        await caller.press("0")
        desk = await (await asyncio.wait_for(exchange.phone("reg-101").next_call(), 10)).answer()
        await first.accept(desk)
    assert not caller.over
    async with Rig(talk, exchange, journal=journal) as second:
        await desk.hangup()
        outcome = await second.outcome()
        assert outcome["outcome"] == "transferred"
        assert second.bot_turns() == [], "the bot does not speak into other people's talk"


async def test_state_that_cannot_be_read_begins_the_talk_anew(talk: Talk, exchange: SimulatedExchange) -> None:
    journal = MemoryJournal()
    async with Rig(talk, exchange, journal=journal) as first:
        caller = await first.dial()
        await first.asked("open")
        await eventually(lambda: state_kept(exchange))
    for wire in exchange.wires.values():
        wire.state = "not what we wrote"
    async with Rig(talk, exchange, journal=journal) as second:
        await second.asked("open")
        assert "Чем могу помочь" in second.said()
        await caller.press("1")
        await second.asked("ask_specialty")
        await caller.hangup()


async def test_outbound_call_that_went_on_settles_its_task(talk: Talk, exchange: SimulatedExchange) -> None:
    journal = MemoryJournal()
    patient = exchange.phone("+79165550000")
    async with Rig(talk, exchange, journal=journal) as first:
        dialling = asyncio.create_task(
            first.line.originate(patient.number, call_id="out-1", timeout_s=20, caller_id="registry")
        )
        handset = await (await patient.next_call()).answer()
        leading = asyncio.create_task(first.runner.run(await dialling, "reminder", "task-1"))
        await eventually(lambda: state_kept(exchange))
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)
    async with Rig(talk, exchange, journal=journal) as second:
        await eventually(lambda: bool(second.bot_turns()))
        await handset.hangup()
        await second.outcome()
        await eventually(lambda: second.finished_tasks == ["task-1"])


async def test_a_call_goes_on_with_the_version_of_the_script_that_it_began_with(
    talk: Talk, exchange: SimulatedExchange
) -> None:
    journal = MemoryJournal()
    asked: list[int | None] = []

    def make(**call: Any) -> Conversation:
        asked.append(call["version"])
        return talk(caller=call["caller"])

    async with Rig(talk, exchange, journal=journal, make=make) as first:
        caller = await first.dial()
        await first.asked("open")
        await eventually(lambda: state_kept(exchange))
    async with Rig(talk, exchange, journal=journal, make=make) as second:
        await second.asked("open")
        await caller.hangup()
    version = talk().snapshot()["version"]
    assert asked == [None, version]
    assert [call.script_version for call in journal.calls.values()] == [version]


async def test_a_place_that_the_script_no_longer_has_begins_the_talk_anew(
    talk: Talk, exchange: SimulatedExchange
) -> None:
    journal = MemoryJournal()
    async with Rig(talk, exchange, journal=journal) as first:
        caller = await first.dial()
        await caller.press("1")
        await first.asked("ask_specialty")
        await eventually(lambda: state_kept(exchange))
    for wire in exchange.wires.values():
        wire.state = pack({"version": 1, "state": "open", "dialog": {"script": "inbound", "step": "long.gone"}})
    async with Rig(talk, exchange, journal=journal) as second:
        await second.asked("open")
        assert "Чем могу помочь" in second.said()
        await caller.hangup()
