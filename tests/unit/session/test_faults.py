"""Neighbours that are late, dead or broken: the caller meets a question, keys, a person, never an exception."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.calls.memory import MemoryJournal
from bot.calls.service import CallService
from bot.calls.session import SessionLimits
from bot.domain.call import CallRecord, Turn
from dialogs.port import Interpretation, NluContext
from speech.port import AsrResult
from telephony.port import CallLeg
from telephony.simulated import SimulatedExchange, SimulatedLine
from telephony.simulated.handset import Handset
from tests.fixtures.talk import Talk
from tests.unit.session.rig import Rig, eventually, speech

LATE = AsrResult(text="", confidence=0.0, engine="scripted", failure="late")


async def speaks(rig: Rig, caller: Handset, *lines: str | AsrResult) -> None:
    await rig.quiet()
    rig.recognizer.say(*lines)
    await caller.say(speech())


async def test_late_recogniser_is_a_question_then_keys_then_a_person(rig: Rig) -> None:
    caller = await rig.dial()
    await rig.asked("open")
    await speaks(rig, caller, LATE)
    await rig.asked("open", times=2)
    assert "Скажите, например" in rig.bot_turns()[1].text
    await speaks(rig, caller, LATE)
    await rig.asked("open", times=3)
    assert "нажмите один" in rig.bot_turns()[2].text
    await speaks(rig, caller, LATE)
    outcome = await rig.outcome()
    assert outcome["outcome"] == "transferred"
    assert outcome["reason"] == "not_understood"


async def test_recogniser_that_recovers_is_forgiven(rig: Rig) -> None:
    caller = await rig.dial()
    await rig.asked("open")
    await speaks(rig, caller, LATE)
    await rig.asked("open", times=2)
    await speaks(rig, caller, "запишите меня к хирургу")
    await rig.asked("ask_date")
    await caller.hangup()


async def test_dead_voice_is_a_person_at_once(rig: Rig) -> None:
    rig.voice.ill = True
    caller = await rig.dial()
    ringing = await asyncio.wait_for(rig.exchange.phone("reg-101").next_call(), 2)
    desk = await ringing.answer()
    await rig.accept(desk)
    await caller.say(speech())
    await desk.hangup()
    outcome = await rig.outcome()
    assert outcome["outcome"] == "transferred"
    assert outcome["reason"] == "technical"


async def test_voice_that_dies_in_mid_call_is_a_person(rig: Rig) -> None:
    caller = await rig.dial()
    await rig.asked("open")
    await rig.quiet()
    rig.voice.ill = True
    await caller.press("1")
    await asyncio.wait_for(rig.exchange.phone("reg-101").next_call(), 2)
    await caller.hangup()


class BrokenUnderstanding:
    """A fault of ours."""

    async def interpret(self, text: str, context: NluContext) -> Interpretation:
        raise RuntimeError("a bug")


@pytest.fixture
def broken(talk: Talk, exchange: SimulatedExchange) -> Rig:
    rig = Rig(talk, exchange, make=lambda **call: talk(caller=call["caller"], understands=BrokenUnderstanding()))
    return rig


async def test_fault_of_ours_is_an_apology_and_a_person(broken: Rig) -> None:
    async with broken as rig:
        caller = await rig.dial()
        await rig.asked("open")
        await speaks(rig, caller, "здравствуйте")
        ringing = await asyncio.wait_for(rig.exchange.phone("reg-101").next_call(), 5)
        desk = await ringing.answer()
        await rig.accept(desk)
        await caller.hangup()
        outcome = await rig.outcome()
        assert outcome == {"outcome": "transferred", "reason": "technical", "happened": ["transferred"]}
        assert "неполадка" in rig.spoken()


async def test_fault_of_ours_without_people_is_a_callback(broken: Rig) -> None:
    async with broken as rig:
        rig.exchange.phone("reg-101").reachable = False
        caller = await rig.dial()
        await rig.asked("open")
        await speaks(rig, caller, "здравствуйте")
        outcome = await rig.outcome()
        assert outcome["status"] == "callback"
        assert "вам перезвонят" in rig.spoken()
        await caller.wait_over()


async def test_caller_who_goes_during_the_rescue_still_gets_a_callback(broken: Rig) -> None:
    async with broken as rig:
        caller = await rig.dial()
        await rig.asked("open")
        await speaks(rig, caller, "здравствуйте")
        ringing = await asyncio.wait_for(rig.exchange.phone("reg-101").next_call(), 5)
        await caller.hangup()
        await ringing.wait_cancelled()
        assert (await rig.outcome())["status"] == "callback"


async def test_a_call_without_end_goes_to_a_person(talk: Talk, exchange: SimulatedExchange) -> None:
    async with Rig(talk, exchange, limits=SessionLimits(max_seconds=0.3)) as rig:
        caller = await rig.dial()
        await asyncio.wait_for(rig.exchange.phone("reg-101").next_call(), 5)
        await caller.hangup()
        assert (await rig.outcome())["reason"] == "technical"


@dataclass
class SickJournal(MemoryJournal):
    """A journal whose database is away: it fails at once, or it does not answer at all."""

    hangs: bool = False
    outcomes: list[Mapping[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    async def _fail(self) -> None:
        if self.hangs:
            await asyncio.sleep(3600)
        raise OSError("database is locked")

    async def start_call(self, record: CallRecord) -> None:
        await self._fail()

    async def answered(self, call_id: str, at: Any) -> None:
        await self._fail()

    async def add_turn(self, call_id: str, turn: Turn) -> None:
        await self._fail()

    async def turns_taken(self, call_id: str) -> int:
        await self._fail()
        return 0

    async def call(self, call_id: str) -> CallRecord | None:
        await self._fail()
        return None

    async def end_call(self, call_id: str, *, at: Any, outcome: Mapping[str, Any], recording: Path | None) -> None:
        self.outcomes.append(outcome)


@pytest.mark.parametrize("hangs", [False, True])
async def test_call_goes_on_without_its_journal(talk: Talk, exchange: SimulatedExchange, hangs: bool) -> None:
    journal = SickJournal(hangs=hangs)
    async with Rig(talk, exchange, journal=journal) as rig:
        caller = await asyncio.wait_for(rig.dial(), 3)
        await eventually(lambda: "Чем могу помочь?" in rig.spoken(), 10)
        await caller.press("1")
        await eventually(lambda: "К какому врачу" in rig.spoken(), 10)
        await caller.hangup()
        await eventually(lambda: bool(journal.outcomes), 10)


async def test_call_taken_up_again_without_its_journal_is_still_led(talk: Talk, exchange: SimulatedExchange) -> None:
    async with Rig(talk, exchange) as rig:
        caller = await rig.dial()
        await rig.asked("open")
        await eventually(lambda: any(wire.state for wire in exchange.wires.values()))
    async with Rig(talk, exchange, journal=SickJournal()) as rig:
        await rig.asked("open")
        await caller.hangup()


async def test_session_that_cannot_begin_does_not_leave_the_caller_in_silence(
    talk: Talk, exchange: SimulatedExchange
) -> None:
    async def cannot(leg: CallLeg) -> Mapping[str, Any]:
        raise RuntimeError("a bug before the session")

    service = CallService(SimulatedLine(exchange), cannot)
    await service.start()
    wire = exchange.call_in("+79160000000", "registry")
    await asyncio.wait_for(wire.over.wait(), 5)
    await service.close()
