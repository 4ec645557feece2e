"""One turn after another: barge-in, what must be heard, noise, keys, silence, and a talk to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from bot.calls import hearing
from bot.domain.call import Turn
from bot.domain.events import WordsHeard
from telephony.simulated.handset import Handset
from tests.unit.session.rig import Rig, eventually, speech


def loudness(sound: bytes) -> float:
    return float(np.abs(np.frombuffer(sound, dtype="<i2").astype(float)).max(initial=0.0))


async def says(rig: Rig, caller: Handset, text: str, ms: int = 800) -> None:
    rig.recognizer.say(text)
    await caller.say(speech(ms))


async def test_visit_is_booked_turn_by_turn(rig: Rig) -> None:
    caller = await rig.dial()
    for state, text in (
        ("open", "запишите меня к хирургу"),
        ("ask_date", "на любой день"),
        ("ask_slot_ok", "да подходит"),
        ("ask_name", "петрова анна ивановна"),
        ("ask_birth", "пятое марта шестьдесят второго года"),
        ("confirm", "да всё верно"),
        ("ask_more", "нет спасибо до свидания"),
    ):
        await rig.asked(state)
        await rig.quiet()
        await says(rig, caller, text)
    record = await rig.record()
    assert record.outcome is not None
    assert record.outcome["outcome"] == "booked"
    assert record.outcome["specialty"] == "хирург"
    assert record.answered_at is not None
    assert record.recording is not None
    assert [turn.number for turn in record.turns] == list(range(1, len(record.turns) + 1))
    words = [turn for turn in record.turns if turn.speaker.value == "caller"]
    assert [turn.text for turn in words][:2] == ["запишите меня к хирургу", "на любой день"]
    assert {"silence", "decode", "wait", "recognised", "nlu", "crm"} == words[0].timings.keys()
    assert words[1].timings["nlu"] == 0.0, "understood while the silence after it ran"
    assert any("pause" in turn.timings for turn in record.turns)
    assert WordsHeard(call_id=record.id, text="на любой день", final=True) in rig.events.events
    await caller.wait_over()


async def test_greeting_is_heard_to_its_end_whatever_the_caller_does(rig: Rig) -> None:
    caller = await rig.dial()
    await eventually(lambda: loudness(caller.heard()) > 3000)
    await caller.say(speech(1000))
    assert loudness(caller.recent(0.2)) > 3000, "neither ducked nor stopped"
    assert rig.recognizer.contexts == [], "nobody listens yet"
    await caller.hangup()


async def test_voice_ducks_the_prompt_and_words_stop_it(rig: Rig) -> None:
    caller = await rig.dial()
    await rig.asked("open")
    await rig.quiet()
    await caller.press("9")
    await rig.asked("open", times=2)
    full = len(caller.heard())
    rig.recognizer.say("запишите меня к хирургу")
    speaking = asyncio.create_task(caller.say(speech(1500)))
    await eventually(lambda: 500 < loudness(caller.recent(0.04)) < 3500)
    await eventually(lambda: loudness(caller.recent(0.1)) < 100)
    await rig.asked("ask_date")
    cut = rig.bot_turns()[1]
    heard_ms = (len(caller.heard()) - full) / 16
    assert heard_ms < len(cut.text) * 60, "the rest of the prompt was never played"
    await speaking
    await caller.hangup()


async def test_noise_ducks_and_the_prompt_goes_on(rig: Rig) -> None:
    rig.detector.probability = 0.0
    caller = await rig.dial()
    await rig.asked("open")
    await rig.quiet()
    await caller.press("9")
    await rig.asked("open", times=2)
    speaking = asyncio.create_task(caller.say(speech(600)))
    await eventually(lambda: 500 < loudness(caller.recent(0.04)) < 3500)
    await eventually(lambda: loudness(caller.recent(0.04)) > 3500)
    await speaking
    assert [turn.state for turn in rig.bot_turns()] == ["open", "open"]
    await caller.hangup()


async def test_a_key_stops_the_prompt_and_answers(rig: Rig) -> None:
    caller = await rig.dial()
    await rig.asked("open")
    await rig.quiet()
    await caller.press("1")
    await rig.asked("ask_specialty")
    await caller.press("3")
    await rig.asked("ask_date")
    assert "[клавиши 3]" in [turn.text for turn in (await _turns(rig, caller)) if turn.speaker.value == "caller"]


async def test_keys_pressed_during_the_greeting_are_kept(rig: Rig) -> None:
    caller = await rig.dial()
    await caller.press("1")
    await rig.asked("ask_specialty")
    assert loudness(caller.heard()) > 3000
    await caller.hangup()


async def test_slow_keys_are_not_cut_off_by_the_silence_limit(rig: Rig) -> None:
    caller = await _at_birth_date(rig)
    await rig.quiet()
    for digit in "05031962":
        await caller.press(digit)
        await asyncio.sleep(2.0 / 20)  # two seconds of a slow hand, eight digits: twice the time for a first word
    await rig.asked("confirm")
    assert "пятое марта" in rig.said()
    assert "не слышно" not in rig.said()
    await caller.hangup()


async def test_hash_ends_keys_at_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = await _at_birth_date(rig)
    monkeypatch.setattr(hearing, "KEY_PAUSE_S", 600)  # no pause would end them
    await caller.press("0503#")
    await rig.asked("ask_birth", times=2)
    await caller.hangup()


async def test_silence_is_asked_about_twice_and_then_ended(rig: Rig) -> None:
    caller = await rig.dial()
    outcome = await rig.outcome()
    assert outcome["outcome"] == "ended_no_input"
    assert "Вас не слышно." in rig.said()
    assert "нажмите любую кнопку" in rig.said()
    await caller.wait_over()


@pytest.mark.parametrize("like_a_voice", [0.0, 1.0])
async def test_a_call_of_noise_alone_ends_like_silence(rig: Rig, like_a_voice: float) -> None:
    """Loud and long, but nothing that the recogniser takes for words, whatever the detector thinks of it."""
    rig.detector.probability = like_a_voice
    caller = await rig.dial()
    making_noise = asyncio.create_task(_noise(caller))
    record = await rig.record()
    assert record.outcome is not None
    assert record.outcome["outcome"] == "ended_no_input"
    assert len(caller.heard()) / 16000 < 120, "nobody is kept for minutes"
    await making_noise


async def _noise(caller: Handset) -> None:
    while not caller.over:
        await caller.say(speech(700))
        await asyncio.sleep(0.02)


async def _at_birth_date(rig: Rig) -> Handset:
    caller = await rig.dial()
    await caller.press("1")
    await rig.asked("ask_specialty")
    await caller.press("3")
    await rig.asked("ask_date")
    await caller.press("1")
    await rig.asked("ask_name")
    await rig.quiet()
    await says(rig, caller, "петрова анна ивановна")
    await rig.asked("ask_birth")
    return caller


async def _turns(rig: Rig, caller: Handset) -> Sequence[Turn]:
    await caller.hangup()
    return (await rig.record()).turns
