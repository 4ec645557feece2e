"""The prompt cache and the fallback between voices, over voices of tones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from speech import pcm
from speech.fallback import FallbackSynthesizer
from speech.port import Synthesizer, Voice, VoiceUnavailable
from speech.prompts import PAUSE_MS, PromptCache, sentences
from speech.scripted import ScriptedSynthesizer

VOICE = Voice(name="Irina")
GREETING = "Здравствуйте! Это клиника."


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def spoken(speaker: Synthesizer | PromptCache, text: str, voice: Voice = VOICE) -> bytes:
    pieces = speaker.render(text, voice) if isinstance(speaker, PromptCache) else speaker.stream(text, voice)
    return b"".join([piece async for piece in pieces])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (GREETING, ["Здравствуйте!", "Это клиника."]),
        ("Приём ведёт Иванова А. С. в два часа.", ["Приём ведёт Иванова А. С. в два часа."]),
        ("Мы на ул. Ленина. Ждём вас!", ["Мы на ул. Ленина.", "Ждём вас!"]),
        ("Вы сказали: «Да.» Верно?", ["Вы сказали: «Да.", "Верно?"]),
        ("Одну минуту… Ищу", ["Одну минуту…", "Ищу"]),
        ("   ", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


async def test_a_warm_prompt_is_not_spoken_again_in_a_call() -> None:
    voice = ScriptedSynthesizer()
    cache = PromptCache(voice, None)
    assert await cache.warm([GREETING, "Это клиника."], VOICE) == 2
    before = len(voice.spoken)
    sound = await spoken(cache, GREETING)
    assert len(voice.spoken) == before
    assert sound == cache.cached(GREETING, VOICE)
    assert pcm.silence(PAUSE_MS) in sound


async def test_a_new_process_finds_the_prompts_on_disk(tmp_path: Path) -> None:
    await PromptCache(ScriptedSynthesizer(), tmp_path).warm([GREETING], VOICE)
    voice = ScriptedSynthesizer()
    cache = PromptCache(voice, tmp_path)
    assert await cache.warm([GREETING], VOICE) == 0
    assert voice.spoken == []
    assert len(cache) == 2


async def test_what_is_said_to_one_patient_is_not_kept(tmp_path: Path) -> None:
    cache = PromptCache(ScriptedSynthesizer(), tmp_path)
    await spoken(cache, "Анна Петровна, вы записаны.")
    assert files(tmp_path) == []
    assert cache.cached("Анна Петровна, вы записаны.", VOICE) is None


async def test_another_rate_or_voice_is_another_sound() -> None:
    cache = PromptCache(ScriptedSynthesizer(), None)
    await cache.warm([GREETING], VOICE)
    assert cache.cached(GREETING, Voice(name="Anna")) is None
    assert cache.cached(GREETING, Voice(name="Irina", rate=1.1)) is None


async def test_a_broken_file_is_rendered_again(tmp_path: Path) -> None:
    await PromptCache(ScriptedSynthesizer(), tmp_path).warm([GREETING], VOICE)
    for file in files(tmp_path):
        file.write_bytes(b"RIFF")
    assert await PromptCache(ScriptedSynthesizer(), tmp_path).warm([GREETING], VOICE) == 2


async def test_a_fallback_is_never_kept_for_the_preferred_voice(tmp_path: Path) -> None:
    ill, well = ScriptedSynthesizer("rhvoice"), ScriptedSynthesizer("pyttsx3")
    ill.ill = True
    cache = PromptCache(FallbackSynthesizer(ill, well), tmp_path, warmer=ill)
    assert await cache.warm([GREETING], VOICE) == 0
    assert await spoken(cache, GREETING)
    assert files(tmp_path) == []


async def test_the_next_voice_speaks_and_the_first_returns() -> None:
    now = [100.0]
    first, second = ScriptedSynthesizer("a", hz=400), ScriptedSynthesizer("b", hz=1000)
    both = FallbackSynthesizer(first, second, rest_s=2, clock=lambda: now[0])
    await both.start()
    first.ill = True
    await spoken(both, "раз")
    first.ill = False
    await spoken(both, "два")
    now[0] += 2.1
    await spoken(both, "три")
    assert [text for text, _ in first.spoken] == ["три"]
    assert [text for text, _ in second.spoken] == ["раз", "два"]


async def test_a_voice_that_did_not_start_is_started_later() -> None:
    first, second = ScriptedSynthesizer("a"), ScriptedSynthesizer("b")
    both = FallbackSynthesizer(first, second, start_again_s=0.0)
    second.ill = True
    await both.start()
    second.ill = False
    first.ill = True
    async with asyncio.timeout(10):
        while not second.started:
            await asyncio.sleep(0)
    await spoken(both, "раз")
    assert [text for text, _ in second.spoken] == ["раз"]
    await both.close()


async def test_a_phrase_that_broke_off_is_begun_again() -> None:
    first, second = ScriptedSynthesizer("a"), ScriptedSynthesizer("b")
    first.breaks_after = 3
    sound = await spoken(FallbackSynthesizer(first, second), "длинная фраза")
    whole = b"".join([piece async for piece in second.stream("длинная фраза", VOICE)])
    assert sound.endswith(pcm.silence(200) + whole)
    assert pcm.duration_ms(sound) == 300 + 200 + pcm.duration_ms(whole)


async def test_resting_voices_are_tried_when_nobody_else_can() -> None:
    first, second = ScriptedSynthesizer("a"), ScriptedSynthesizer("b")
    both = FallbackSynthesizer(first, second)
    second.ill = first.ill = True
    with pytest.raises(VoiceUnavailable):
        await spoken(both, "раз")
    first.ill = False
    assert await spoken(both, "два")


async def test_one_voice_is_enough_to_start_and_none_is_not() -> None:
    first, second = ScriptedSynthesizer("a"), ScriptedSynthesizer("b")
    first.ill = True
    await FallbackSynthesizer(first, second).start()
    second.ill = True
    with pytest.raises(VoiceUnavailable, match="a: ill; b: ill"):
        await FallbackSynthesizer(first, second).start()
