"""The voices for real, each in its process, also when the process is taken away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from speech import pcm
from speech.fallback import FallbackSynthesizer
from speech.files import speak_file
from speech.port import Synthesizer, Voice, VoiceUnavailable
from speech.prompts import PromptCache
from speech.pyttsx3_voice import Pyttsx3Synthesizer
from speech.rhvoice import VOICES, RhvoiceSynthesizer

pytestmark = [pytest.mark.speech, pytest.mark.asyncio(loop_scope="module")]

PHRASE = "Здравствуйте! Вы позвонили в клинику. Чем я могу вам помочь?"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def espeak() -> AsyncIterator[Pyttsx3Synthesizer]:
    voice = Pyttsx3Synthesizer()
    await voice.start()
    yield voice
    await voice.close()


async def spoken(voice: Synthesizer, text: str = PHRASE, how: Voice | None = None) -> bytes:
    return b"".join([piece async for piece in voice.stream(text, how or Voice())])


async def well(voice: RhvoiceSynthesizer) -> None:
    """Wait until its worker was replaced."""
    async with asyncio.timeout(20):
        while True:
            try:
                await spoken(voice, "Да.")
                return
            except VoiceUnavailable:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", VOICES)
async def test_every_free_voice_speaks(rhvoice: RhvoiceSynthesizer, name: str) -> None:
    sound = await spoken(rhvoice, PHRASE, Voice(name=name))
    assert 3000 < pcm.duration_ms(sound) < 8000
    assert -30 < pcm.level_db(sound) < -12


async def test_a_voice_that_is_not_free_is_refused(rhvoice: RhvoiceSynthesizer) -> None:
    with pytest.raises(VoiceUnavailable, match="лиценз"):
        await spoken(rhvoice, PHRASE, Voice(name="Tatiana"))


async def test_sound_comes_in_pieces_long_before_the_end(rhvoice: RhvoiceSynthesizer) -> None:
    pieces = [piece async for piece in rhvoice.stream(PHRASE, Voice())]
    assert len(pieces) > 20
    assert max(map(pcm.duration_ms, pieces)) <= 200


async def test_rate_and_volume_are_heard(rhvoice: RhvoiceSynthesizer) -> None:
    plain, fast = await spoken(rhvoice), await spoken(rhvoice, PHRASE, Voice(rate=1.4))
    soft = await spoken(rhvoice, PHRASE, Voice(volume=0.5))
    assert len(fast) < 0.85 * len(plain)
    assert pcm.level_db(soft) == pytest.approx(pcm.level_db(plain) - 6, abs=0.5)


async def test_phrases_at_once_do_not_mix(rhvoice: RhvoiceSynthesizer) -> None:
    alone = [await spoken(rhvoice, text) for text in ("Раз.", "Два слова.", PHRASE)]
    assert await asyncio.gather(*(spoken(rhvoice, text) for text in ("Раз.", "Два слова.", PHRASE))) == alone


async def test_the_loop_turns_while_a_long_text_is_spoken(rhvoice: RhvoiceSynthesizer) -> None:
    speaking = asyncio.create_task(spoken(rhvoice, PHRASE * 5))
    turns = 0
    while not speaking.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 10


async def test_espeak_speaks_several_phrases_whole(espeak: Pyttsx3Synthesizer) -> None:
    sounds = await asyncio.gather(*(spoken(espeak, PHRASE) for _ in range(4)))
    # espeak keeps a little state between phrases: a few samples more or less
    assert max(map(len, sounds)) - min(map(len, sounds)) < 200
    assert pcm.duration_ms(sounds[0]) > 2500


async def test_espeak_loses_no_phrase(espeak: Pyttsx3Synthesizer) -> None:
    for _ in range(400):
        assert await spoken(espeak, "Да, хорошо.")


async def test_the_fallback_takes_over_in_mid_phrase_and_gives_back(
    rhvoice: RhvoiceSynthesizer, espeak: Pyttsx3Synthesizer
) -> None:
    both = FallbackSynthesizer(rhvoice, espeak, rest_s=0.5)
    ours, theirs = await spoken(rhvoice), await spoken(espeak)
    sound = b""
    async for piece in both.stream(PHRASE, Voice()):
        if not sound:
            os.kill(rhvoice.pids[0], signal.SIGKILL)
        sound += piece
    # RHVoice is fast: it may have sent the whole phrase before the signal reached it
    cut_ms = pcm.duration_ms(sound) - 200 - pcm.duration_ms(theirs)
    assert sound == ours or (0 < cut_ms < pcm.duration_ms(ours) and sound.startswith(ours[: cut_ms * 14]))
    assert await spoken(both, "Да.")
    await well(rhvoice)
    await asyncio.sleep(0.6)
    assert await spoken(both) == ours


async def test_a_frozen_rhvoice_is_left_to_the_fallback_within_its_patience(
    rhvoice: RhvoiceSynthesizer, espeak: Pyttsx3Synthesizer, caplog: pytest.LogCaptureFixture
) -> None:
    both = FallbackSynthesizer(rhvoice, espeak, rest_s=60)
    theirs = pcm.duration_ms(await spoken(espeak))
    frozen = rhvoice.pids[0]
    os.kill(frozen, signal.SIGSTOP)
    try:
        async with asyncio.timeout(4):  # before the frozen one is taken for stuck and replaced
            sound = await spoken(both)
        assert pcm.duration_ms(sound) == pytest.approx(theirs, abs=30)
        assert _failures(caplog) == 1
        sound = await spoken(both)
        assert pcm.duration_ms(sound) == pytest.approx(theirs, abs=30)
        assert _failures(caplog) == 1, "the second phrase waited for the frozen one again"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(frozen, signal.SIGKILL)
        await well(rhvoice)


def _failures(caplog: pytest.LogCaptureFixture) -> int:
    return caplog.text.count("voice failed, the next one speaks")


async def test_warm_prompts_outlive_their_voice(rhvoice: RhvoiceSynthesizer, tmp_path: Path) -> None:
    cache = PromptCache(rhvoice, tmp_path)
    assert await cache.warm([PHRASE], Voice()) == 3
    again = PromptCache(rhvoice, tmp_path)
    assert await again.warm([PHRASE], Voice()) == 0
    os.kill(rhvoice.pids[0], signal.SIGKILL)
    sound = b"".join([piece async for piece in again.render(PHRASE, Voice())])
    assert pcm.duration_ms(sound) > 3000
    await well(rhvoice)


async def test_a_text_is_spoken_into_a_file(rhvoice: RhvoiceSynthesizer, tmp_path: Path) -> None:
    answer = await speak_file(rhvoice, PHRASE, tmp_path / "o.wav", Voice())
    assert pcm.duration_ms(pcm.read_wav(tmp_path / "o.wav")) == answer["ms"]
    assert answer["first_ms"] < answer["all_ms"]
