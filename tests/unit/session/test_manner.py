"""Slower, louder and recorded, in whole calls on the simulated line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.calls.conversation import Conversation
from bot.calls.memory import MemoryJournal
from bot.domain.clock import ManualClock
from crm_bridge.memory import MemoryClinic
from dialogs.nlu.pipeline import Understander
from dialogs.script import Script
from speech import pcm
from speech.loudness import speech_level_db
from speech.port import FRAME_BYTES, RATE
from speech.recordings import Recordings
from telephony.simulated import SimulatedExchange
from tests.fixtures.talk import NOW, Talk
from tests.unit.session.rig import Rig, eventually, speech

RECORDED_HZ, VOICE_HZ = 1000.0, 440.0
"""A recording's tone in these tests, and the scripted voice's."""


def heard_at(sound: bytes, hz: float) -> bytes:
    """The frames in which this tone is what is heard."""
    found = b""
    for frame in pcm.frames(sound):
        spectrum = np.abs(np.fft.rfft(pcm.to_samples(frame)))
        loudest = float(spectrum.argmax()) * RATE * 2 / FRAME_BYTES
        if pcm.level_db(frame) > -40 and abs(loudest - hz) <= 50:
            found += frame
    return found


async def test_wishes_are_heard_noted_in_the_journal_and_outlive_a_restart(
    talk: Talk, exchange: SimulatedExchange
) -> None:
    journal = MemoryJournal()
    async with Rig(talk, exchange, journal=journal) as first:
        caller = await first.dial()
        await first.asked("open")
        await first.quiet()
        first.recognizer.say("помедленнее пожалуйста")
        await caller.say(speech())
        await first.asked("open", times=2)
        await first.quiet()
        first.recognizer.say("я глухая")
        await caller.say(speech())
        await first.asked("open", times=3)
        await first.quiet()
        usual, slower, both = (turn.text for turn in first.bot_turns())
        assert slower.startswith("[медленнее] ")
        assert both.startswith("[громче] ")
        assert slower.removeprefix("[медленнее] ") == both.removeprefix("[громче] ") == usual
        assert [voice.rate for _, voice in first.voice.spoken][-1] == pytest.approx(0.8)
    tone = heard_at(caller.heard(), VOICE_HZ)
    assert pcm.level_db(tone[-RATE:]) == pytest.approx(pcm.level_db(tone[:RATE]) + 6.0, abs=0.5)
    async with Rig(talk, exchange, journal=journal) as second:
        await second.asked("open")
        await second.quiet()
        assert [voice.rate for _, voice in second.voice.spoken] == pytest.approx([0.8] * len(second.voice.spoken))
        await caller.hangup()
        await second.outcome()


async def test_a_recorded_greeting_is_heard_and_the_journal_keeps_its_words(
    talk: Talk,
    exchange: SimulatedExchange,
    scripts: dict[str, Script],
    understander: Understander,
    clinic: MemoryClinic,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "prompts"
    folder.mkdir()
    pcm.write_wav(folder / "hello.wav", pcm.tone(RECORDED_HZ, 700, 0.05, 16000), rate=16000)
    inbound = scripts["inbound"]
    words = "@hello(Здравствуйте, говорит робот.) Это {{ clinic }}."
    greeting = inbound.steps["greeting"].model_copy(update={"say": (words,)})
    script = inbound.model_copy(update={"steps": {**inbound.steps, "greeting": greeting}})

    def recorded_talk(*, call_id: str, caller: str | None, **_: object) -> Conversation:
        return Conversation(
            script=script,
            understander=understander,
            crm=clinic,
            clock=ManualClock(NOW),
            call_id=call_id,
            caller_phone=caller,
        )

    async def voice_level() -> float:
        return -17.0

    async with Rig(talk, exchange, make=recorded_talk, recordings=Recordings(folder, voice_level)) as rig:
        caller = await rig.dial()
        await rig.asked("open")
        await eventually(lambda: bool(heard_at(caller.heard(), VOICE_HZ)))
        await rig.quiet()
        recorded = heard_at(caller.heard(), RECORDED_HZ)
        assert pcm.duration_ms(recorded) == pytest.approx(700, abs=60)
        assert speech_level_db(recorded) == pytest.approx(-17.0, abs=0.7)
        assert "Здравствуйте" not in rig.spoken(), "a person says it"
        assert "Это" in rig.spoken()
        assert rig.bot_turns()[0].text.startswith("Здравствуйте, говорит робот. Это")
        await caller.hangup()
        record = await rig.record()
    assert record.turns[0].text.startswith("Здравствуйте, говорит робот. Это")
