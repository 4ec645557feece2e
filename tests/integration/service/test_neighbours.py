"""Neighbours that die in mid-call: the caller is helped on."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bot.demo.person import Part
from bot.demo.watch import CallWatch
from speech.port import Synthesizer, Voice
from tests.integration.service.service_house import Caller, ServiceHouse

pytestmark = [pytest.mark.asterisk, pytest.mark.speech, pytest.mark.timeout(240)]

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
    async with Caller(house, watch, voice, part(2, open="Запишите меня к кардиологу.")) as caller:
        killing = asyncio.create_task(_keep_killing(house, "speech.whisper_worker"))
        talking = asyncio.create_task(caller.talk())
        watched = watch.calls[caller.call_id]
        await asyncio.wait_for(watch.question_after(watched, 1), 40)
        killing.cancel()
        await caller.reach("ask_date")
        await caller.call.hangup()
        await talking
    turns = house.call(caller.call_id)["turns"]
    lost = [turn for turn in turns if turn["speaker"] == "caller" and not turn["text"]]
    assert lost, "nothing was heard while they were dead"
    asked_again = turns[turns.index(lost[0]) + 1]
    assert (asked_again["speaker"], asked_again["state"]) == ("bot", "open")
    assert "скажите" in asked_again["text"].lower()


async def _keep_killing(house: ServiceHouse, module: str) -> None:
    """As soon as one is back, it dies again."""
    while True:
        for pid in house.children(module):
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.1)


async def test_locked_database_is_an_apology_and_a_person(
    house: ServiceHouse, watch: CallWatch, voice: Synthesizer
) -> None:
    """Somebody holds the database: the caller is told, and put through to a person."""
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
            person = await house.at_the_desk(desk, caller.part.phone, within_s=30)
            lock.execute("ROLLBACK")
            await _until(lambda: _loud_s(person.heard()) > 0.5)
            await person.press("1")
            before = len(caller.call.heard())
            await person.say(await _words(voice, "Регистратура, здравствуйте."))
            await _until(lambda: _loud_s(caller.call.heard()[before:]) > 0.5)
            await person.hangup()
            await asyncio.wait_for(caller.call.wait_over(), 10)
    finally:
        lock.close()
        await desk.close()
    record = await _ended(house, caller.call_id)
    assert record["outcome"]["outcome"] == "transferred"
    assert record["outcome"]["reason"] == "technical"
    assert "status" not in record["outcome"], "joined, so nobody has to call back"
    assert any("техническая неполадка" in turn["text"] for turn in record["turns"])
    assert house.tracebacks() == []


async def test_calls_go_on_without_valkey_and_it_comes_back(
    house: ServiceHouse, watch: CallWatch, voice: Synthesizer
) -> None:
    async with Caller(house, watch, voice, part(4)) as caller:
        await caller.reach("open")
        dead = await house.valkey()
        os.kill(dead, signal.SIGKILL)
        await caller.call.press("1")
        await _until_turn(house, caller.call_id, "ask_specialty")
        await caller.call.press("3")
        await _until_turn(house, caller.call_id, "ask_date")
        await caller.call.hangup()
    assert (await _ended(house, caller.call_id))["outcome"]["outcome"] == "ended_by_caller"
    assert await house.valkey() != dead
    async with house.watching() as again, Caller(house, again, voice, part(5)) as next_caller:
        await next_caller.reach("open")  # told live: the page shows calls again


async def _until_turn(house: ServiceHouse, call_id: str, state: str) -> None:
    await _until(lambda: any(turn["state"] == state for turn in house.call(call_id)["turns"]), 20)


async def _until(condition: Callable[[], bool], within_s: float = 10) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.05)


async def _ended(house: ServiceHouse, call_id: str) -> dict[str, Any]:
    """The record, when it has an outcome."""
    async with asyncio.timeout(20):
        while (record := house.call(call_id))["outcome"] is None:
            await asyncio.sleep(0.2)
    return record


async def _words(voice: Synthesizer, text: str) -> bytes:
    return b"".join([piece async for piece in voice.stream(text, ANNA)])


def _loud_s(sound: bytes) -> float:
    samples = np.abs(np.frombuffer(sound, dtype="<i2").astype(float))
    return float(np.count_nonzero(samples > 500) / 8000)
