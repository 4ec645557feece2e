"""Neighbours that die in mid-call: the caller is helped on."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3

import numpy as np
import pytest

from bot.demo.person import Part
from bot.demo.watch import CallWatch
from speech.port import Synthesizer, Voice
from tests.integration.service.service_house import Caller, ServiceHouse

pytestmark = [pytest.mark.asterisk, pytest.mark.speech, pytest.mark.timeout(120)]

ANNA = Voice(name="Anna")


def part(number: int, **answers: str) -> Part:
    return Part(phone=f"+7916555100{number}", voice=ANNA, answers={state: [text] for state, text in answers.items()})


async def test_pyttsx3_speaks_on_when_rhvoice_dies(house: ServiceHouse, watch: CallWatch, voice: Synthesizer) -> None:
    async with Caller(house, watch, voice, part(1)) as caller:
        await caller.reach("open")
        await caller.call.press("1")
        await caller.reach("ask_specialty")
        for pid in house.children("speech.rhvoice_worker"):
            os.kill(pid, signal.SIGKILL)
        await caller.call.press("3")
        await caller.reach("ask_date")  # this question holds a doctor and a time: it is in no cache
        before = len(caller.call.heard())
        await asyncio.sleep(2.5)
        assert _loud_s(caller.call.heard()[before:]) > 0.8
    assert "voice failed, the next one speaks" in house.said()
    assert "No voice can speak" not in house.said()


async def test_dead_recognisers_are_a_question_and_then_they_are_back(
    house: ServiceHouse, watch: CallWatch, voice: Synthesizer
) -> None:
    async with Caller(house, watch, voice, part(2, open="Запишите меня к хирургу.")) as caller:
        await caller.reach("open")
        workers = house.children("speech.whisper_worker")
        assert workers
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        talking = asyncio.create_task(caller.talk())
        await caller.reach("ask_date")
        await caller.call.hangup()
        await talking
    record = house.call(caller.call_id)
    print([(t["speaker"], t["state"], t["text"]) for t in record["turns"]])
    assert record["outcome"]["outcome"] == "ended_by_caller"
    assert set(house.children("speech.whisper_worker")).isdisjoint(workers)


async def test_locked_database_is_an_apology_and_a_person(
    house: ServiceHouse, watch: CallWatch, voice: Synthesizer
) -> None:
    """Somebody holds the database for half a minute: a caller is answered, told, and put through."""
    desk = house.desk_phone()
    lock = sqlite3.connect(house.folder / "rehearsal.sqlite", isolation_level=None)
    try:
        async with Caller(house, watch, voice, part(3)) as caller:
            await caller.reach("open")
            await caller.call.press("1")
            await caller.reach("ask_specialty")
            await caller.call.press("3")
            await caller.reach("ask_date")
            lock.execute("BEGIN IMMEDIATE")
            await caller.call.press("1#")
            person = await house.at_the_desk(desk, within_s=40)
            lock.execute("ROLLBACK")
            await asyncio.sleep(1)
            await person.press("1")
            await asyncio.sleep(1)
            await person.hangup()
            await caller.call.wait_over()
    finally:
        lock.close()
        await desk.close()
    print(house.call(caller.call_id))
    assert "Traceback" not in house.said()


async def test_calls_go_on_without_valkey(house: ServiceHouse, watch: CallWatch, voice: Synthesizer) -> None: ...


def _loud_s(sound: bytes) -> float:
    samples = np.abs(np.frombuffer(sound, dtype="<i2").astype(float))
    return float(np.count_nonzero(samples > 500) / 8000)
