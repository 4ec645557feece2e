"""The way to a person over the simulated line: every ending, and nothing left ringing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.calls.desks import Desk
from bot.calls.handover import Handover, HandoverReport, HandoverResult, HandoverRules
from bot.domain.clock import MOSCOW, ManualClock
from speech.port import Voice
from telephony.port import CallLeg
from telephony.simulated import SimulatedExchange, SimulatedLine
from telephony.simulated.handset import Handset
from telephony.simulated.phone import SimulatedPhone

SPEED = 20.0
NOON = datetime(2026, 11, 23, 12, tzinfo=MOSCOW)
RULES = HandoverRules(ring_seconds=2, accept_seconds=2)
DESKS = (Desk(name="Окно 1", endpoint="reg-101"), Desk(name="Окно 2", endpoint="reg-102"))


class Tone:
    """Prompts of a tenth of a second of sound."""

    def render(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        return self._render()

    async def _render(self) -> AsyncIterator[bytes]:
        yield b"\x00\x10" * 800


class Stage:
    """One caller on the line, and the phones of two registrars."""

    def __init__(self, folder: Path) -> None:
        self.exchange = SimulatedExchange(folder, speed=SPEED)
        self.line = SimulatedLine(self.exchange)
        self.desk = [self.exchange.phone(desk.endpoint) for desk in DESKS]

    async def call(self) -> tuple[CallLeg, Handset]:
        await self.line.start()
        caller = self.exchange.phone("+79160000001")
        dialling = asyncio.create_task(caller.dial("registry"))
        leg = await anext(aiter(self.line.incoming()))
        await leg.answer()
        return leg, await dialling

    async def hand_over(self, leg: CallLeg, desks: tuple[Desk, ...] = DESKS) -> HandoverReport:
        handover = Handover(desks, RULES, Tone(), Voice(), clock=ManualClock(NOON))
        async with asyncio.timeout(10):
            return await handover.run(leg, "Пациент просит регистратора.")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    for wire in tuple(stage.exchange.wires.values()):
        wire.end()
    await stage.line.close()


async def take(phone: SimulatedPhone, keys: str) -> Handset:
    ringing = await phone.next_call()
    handset = await ringing.answer()
    async with asyncio.timeout(5):
        while not handset.heard():  # the summary has begun
            await asyncio.sleep(0.005)
    await handset.press(keys)
    return handset


async def test_first_registrar_accepts(stage: Stage) -> None:
    leg, _ = await stage.call()
    person = asyncio.create_task(take(stage.desk[0], "1"))
    report = await stage.hand_over(leg)
    assert report.result is HandoverResult.JOINED
    assert report.registrar == "Окно 1"
    assert leg.with_person
    assert not (await person).over


async def test_decline_rings_the_next(stage: Stage) -> None:
    leg, _ = await stage.call()
    declining = asyncio.create_task(take(stage.desk[0], "2"))
    accepting = asyncio.create_task(take(stage.desk[1], "1"))
    report = await stage.hand_over(leg)
    assert report.attempts == (("Окно 1", "declined"), ("Окно 2", "accepted"))
    assert report.registrar == "Окно 2"
    await (await declining).wait_over()
    await accepting


async def test_busy_and_silent_phones_bring_the_bot_back(stage: Stage) -> None:
    leg, caller = await stage.call()

    async def busy() -> None:
        await (await stage.desk[0].next_call()).reject(486)

    rejecting = asyncio.create_task(busy())
    report = await stage.hand_over(leg)
    assert report.result is HandoverResult.NOT_REACHED
    assert report.attempts == (("Окно 1", "busy"), ("Окно 2", "no_answer"))
    assert not caller.over
    await rejecting


async def test_nobody_at_the_desk(stage: Stage) -> None:
    leg, _ = await stage.call()
    report = await stage.hand_over(leg, ())
    assert report.result is HandoverResult.NOT_REACHED
    assert report.attempts == ()


async def test_registrar_hangs_up_during_the_summary(stage: Stage) -> None:
    leg, _ = await stage.call()

    async def hang_up() -> None:
        await (await (await stage.desk[0].next_call()).answer()).hangup()

    leaving = asyncio.create_task(hang_up())
    report = await stage.hand_over(leg, DESKS[:1])
    assert report.attempts == (("Окно 1", "declined"),)
    assert report.result is HandoverResult.NOT_REACHED
    await leaving


async def test_caller_hangs_up_while_it_rings(stage: Stage) -> None:
    leg, caller = await stage.call()
    searching = asyncio.create_task(stage.hand_over(leg))
    ringing = await stage.desk[0].next_call()
    await caller.hangup()
    report = await searching
    assert report.result is HandoverResult.CALLER_GONE
    await ringing.wait_cancelled()


async def test_giving_up_stops_the_ringing(stage: Stage) -> None:
    leg, _ = await stage.call()
    searching = asyncio.create_task(stage.hand_over(leg))
    ringing = await stage.desk[0].next_call()
    searching.cancel()
    await asyncio.wait({searching})
    await asyncio.wait_for(ringing.wait_cancelled(), 5)
    assert stage.line.busy_endpoints() == ()
