"""Slower and louder for real: properties of the sound."""

from __future__ import annotations

import numpy as np
import pytest

from bot.calls.prompt_sound import PromptSound
from dialogs.engine.ease import Ease, manner_of
from dialogs.script.model import SpeechSettings
from dialogs.step import Manner, Say
from speech import pcm
from speech.loudness import CEILING, speech_level_db
from speech.port import Voice
from speech.prompts import PromptCache
from speech.rhvoice import VOICES, RhvoiceSynthesizer

pytestmark = [pytest.mark.speech, pytest.mark.asyncio(loop_scope="module")]

TEXT = "Здравствуйте! Вы позвонили в клинику. Чем я могу вам помочь?"
VOICE = Voice(rate=1.15)
SPEECH = SpeechSettings()


async def heard(voice: RhvoiceSynthesizer, manner: Manner, text: str = TEXT, how: Voice = VOICE) -> bytes:
    sound = PromptSound(PromptCache(voice, None), how, None)
    return b"".join([piece async for piece in sound.pieces(Say(text=text, manner=manner))])


def peak(sound: bytes) -> float:
    return float(np.abs(pcm.to_samples(sound).astype(np.int32)).max()) / 32768


@pytest.mark.parametrize("name", VOICES)
async def test_slower_takes_longer_and_louder_is_louder_and_whole(rhvoice: RhvoiceSynthesizer, name: str) -> None:
    voice = Voice(name=name, rate=1.15)
    usual = await heard(rhvoice, Manner(), how=voice)
    slow = await heard(rhvoice, manner_of(Ease(slow=1), SPEECH), how=voice)
    slower = await heard(rhvoice, manner_of(Ease(slow=2), SPEECH), how=voice)
    assert 1.12 < len(slow) / len(usual) < 1.4
    assert 1.12 < len(slower) / len(slow) < 1.4
    loud = await heard(rhvoice, manner_of(Ease(loud=1), SPEECH), how=voice)
    assert 4.5 < speech_level_db(loud) - speech_level_db(usual) < 6.5
    for steps in (1, 2):
        assert peak(await heard(rhvoice, manner_of(Ease(loud=steps), SPEECH), how=voice)) <= CEILING + 1e-3


async def test_a_kept_prompt_is_louder_too(rhvoice: RhvoiceSynthesizer) -> None:
    cache = PromptCache(rhvoice, None)
    await cache.warm([TEXT], VOICE)
    sound = PromptSound(cache, VOICE, None)
    usual, loud = [
        b"".join([piece async for piece in sound.pieces(Say(text=TEXT, manner=manner))])
        for manner in (Manner(), manner_of(Ease(loud=1), SPEECH))
    ]
    assert len(loud) == len(usual)
    assert 4.5 < speech_level_db(loud) - speech_level_db(usual) < 6.5


async def test_dictated_digits_leave_time_to_write(rhvoice: RhvoiceSynthesizer) -> None:
    """Each of the five groups has a pause after it in which nothing is heard."""
    text = "Записала номер: восемь, девятьсот шестнадцать, сто одиннадцать, двадцать пять, тридцать пять."
    dictated = await heard(rhvoice, manner_of(Ease(), SPEECH, SPEECH.dictation_pause_ms), text)
    assert pauses_ms(dictated, SPEECH.dictation_pause_ms) == 4
    assert len(dictated) > 1.4 * len(await heard(rhvoice, Manner(), text))


def pauses_ms(sound: bytes, at_least_ms: int) -> int:
    """How many silences inside the sound are that long."""
    spoken = "".join("x" if pcm.level_db(frame) > -55 else "." for frame in pcm.frames(sound)).strip(".")
    return sum(len(gap) * 20 >= at_least_ms for gap in spoken.split("x"))
