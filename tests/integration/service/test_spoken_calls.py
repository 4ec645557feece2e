"""Real people's calls through the whole service: SIP, sound, recogniser, talk, database, journal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.demo.person import Part
from bot.demo.watch import CallWatch
from speech.pcm import read_channels
from speech.port import Synthesizer, Voice
from tests.integration.service.service_house import Caller, ServiceHouse

pytestmark = [pytest.mark.asterisk, pytest.mark.speech, pytest.mark.timeout(180)]

BOOKING = {
    "open": ["Запишите меня, пожалуйста, к кардиологу."],
    "ask_date": ["На любой день."],
    "ask_slot_ok": ["Да, подходит."],
    "ask_name": ["Петрова Анна Ивановна."],
    "ask_birth": ["Пятое марта тысяча девятьсот шестьдесят второго года."],
    "confirm": ["Да, всё верно."],
    "ask_more": ["Нет, спасибо, до свидания."],
}


async def test_visit_is_booked_and_written_down(house: ServiceHouse, watch: CallWatch, voice: Synthesizer) -> None:
    part = Part(phone="+79165550001", voice=Voice(name="Anna"), answers=BOOKING)
    async with Caller(house, watch, voice, part) as caller:
        outcome = await caller.talk()
    assert outcome["outcome"] == "booked", outcome
    assert outcome["doctor"] == "Ким Виктор Сергеевич"
    record = house.call(caller.call_id)
    assert record["outcome"] == outcome
    assert record["direction"] == "inbound"
    assert record["answered_at"]
    assert record["ended_at"]
    said = [turn for turn in record["turns"] if turn["speaker"] == "caller"]
    wish = next(turn for turn in said if turn["intent"] == "book_appointment")  # misheard words are said again
    assert {"silence", "decode", "nlu", "crm"} <= wish["timings"].keys()
    answered = [turn for turn in record["turns"] if "pause" in turn["timings"]]
    assert len(answered) >= len(said) - 1, "every word of the caller has an answer whose pause is known"
    _assert_both_sides_recorded(Path(record["recording"]))


def _assert_both_sides_recorded(recording: Path) -> None:
    caller, bot = (np.frombuffer(side, dtype="<i2").astype(float) for side in read_channels(recording))
    assert len(caller) > 20 * 8000
    for side in (caller, bot):
        assert np.abs(side).max() > 3000
