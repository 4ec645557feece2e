"""Whisper for real: packaged weights, synthesised callers, noise, deadlines and dead workers."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from conftest import speech_of

from speech import pcm
from speech.bench import bench_recognizer, clinic_samples
from speech.files import recognise_file
from speech.port import AsrContext, AsrResult, Expected, Voice
from speech.rhvoice import RhvoiceSynthesizer
from speech.whisper import WhisperRecognizer

pytestmark = [pytest.mark.speech, pytest.mark.asyncio(loop_scope="module")]

PATIENT = AsrContext(call_id="c1", deadline_ms=20_000)


async def recognise(recognizer: WhisperRecognizer, sound: bytes, context: AsrContext = PATIENT) -> AsrResult:
    stream = recognizer.open(context)
    for frame in pcm.frames(sound):
        stream.push(frame)
    try:
        return await stream.finalise()
    finally:
        stream.close()


async def test_clinic_speech_is_understood(whisper: WhisperRecognizer, rhvoice: RhvoiceSynthesizer) -> None:
    samples = await clinic_samples(rhvoice, [Voice(name="Irina"), Voice(name="Aleksandr")])
    figures = await bench_recognizer(whisper, samples, at_once=2)
    assert figures["failures"] == 0
    assert figures["wer"] <= 0.25


async def test_confidence_is_high_on_clean_speech(whisper: WhisperRecognizer, rhvoice: RhvoiceSynthesizer) -> None:
    result = await recognise(whisper, await speech_of(rhvoice, "Запишите меня к кардиологу на завтра."))
    assert "кардиолог" in result.text.lower()
    assert result.confidence > 0.6
    assert result.no_speech < 0.5
    assert result.engine == "whisper"


@pytest.mark.parametrize("kind", ["silence", "hiss", "tone"])
async def test_nothing_is_invented_on_what_is_not_speech(whisper: WhisperRecognizer, kind: str) -> None:
    sounds = {
        "silence": pcm.silence(3000),
        "hiss": pcm.from_floats(np.random.default_rng(1).normal(0, 300, 24000)),
        "tone": pcm.tone(425, 3000),
    }
    result = await recognise(whisper, sounds[kind])
    assert (result.text, result.failure) == ("", None)
    assert result.no_speech > 0.6


async def test_the_speculation_is_the_answer(whisper: WhisperRecognizer, rhvoice: RhvoiceSynthesizer) -> None:
    stream = whisper.open(AsrContext(call_id="c1", expected=Expected.YES_NO, deadline_ms=20_000))
    for frame in pcm.frames(await speech_of(rhvoice, "Да, всё верно.")):
        stream.push(frame)
    stream.speculate()
    async with asyncio.timeout(20):
        while stream.partial() is None:
            await asyncio.sleep(0.01)
    stream.push(pcm.silence(20))
    before = asyncio.get_running_loop().time()
    result = await stream.finalise()
    assert asyncio.get_running_loop().time() - before < 0.05
    assert result.text == stream.partial()
    assert "верно" in result.text.lower()
    stream.close()


async def test_a_void_speculation_is_not(whisper: WhisperRecognizer, rhvoice: RhvoiceSynthesizer) -> None:
    stream = whisper.open(PATIENT)
    for frame in pcm.frames(await speech_of(rhvoice, "Запишите меня")):
        stream.push(frame)
    stream.speculate()
    stream.discard()
    for frame in pcm.frames(await speech_of(rhvoice, "к неврологу")):
        stream.push(frame)
    assert "неврол" in (await stream.finalise()).text.lower()
    stream.close()


async def test_a_late_answer_is_a_failure_and_the_next_is_well(
    whisper: WhisperRecognizer, rhvoice: RhvoiceSynthesizer
) -> None:
    sound = await speech_of(rhvoice, "Соедините меня с оператором.")
    late = await recognise(whisper, sound, AsrContext(call_id="c1", deadline_ms=1))
    assert (late.text, late.failure) == ("", "late")
    assert "оператор" in (await recognise(whisper, sound)).text.lower()


async def test_a_killed_worker_costs_time_and_not_the_answer(
    whisper: WhisperRecognizer, rhvoice: RhvoiceSynthesizer
) -> None:
    before = whisper.pids
    stream = whisper.open(PATIENT)
    stream.push(await speech_of(rhvoice, "Соедините меня с оператором."))
    answer = asyncio.create_task(stream.finalise())
    await asyncio.sleep(0)
    os.kill(before[0], signal.SIGKILL)
    assert "оператор" in (await answer).text.lower()
    async with asyncio.timeout(20):
        while len(whisper.pids) < 2 or before[0] in whisper.pids:
            await asyncio.sleep(0.02)


async def test_the_loop_turns_while_workers_decode(whisper: WhisperRecognizer, rhvoice: RhvoiceSynthesizer) -> None:
    sound = await speech_of(rhvoice, "Здравствуйте, я хочу записаться к терапевту на завтра.")
    answers = asyncio.gather(recognise(whisper, sound), recognise(whisper, sound))
    turns = 0
    while not answers.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 10


async def test_a_file_is_recognised(whisper: WhisperRecognizer, rhvoice: RhvoiceSynthesizer, tmp_path: Path) -> None:
    phrase = await speech_of(rhvoice, "Нужно вызвать врача на дом.")
    pcm.write_wav(tmp_path / "a.wav", phrase, alaw=True)
    answer = await recognise_file(whisper, tmp_path / "a.wav")
    assert "врача" in answer["text"]
    assert (answer["file"], answer["engine"]) == (str(tmp_path / "a.wav"), "whisper")
    assert answer["ms"] > 0
    missing = await recognise_file(whisper, tmp_path / "none.wav")
    assert missing["error"]


async def test_a_long_file_is_cut_in_its_pauses(
    whisper: WhisperRecognizer, rhvoice: RhvoiceSynthesizer, tmp_path: Path
) -> None:
    first = await speech_of(rhvoice, "Первая часть закончилась.")
    second = await speech_of(rhvoice, "Вторая часть записи.")
    pcm.write_wav(tmp_path / "long.wav", first + pcm.silence(26000) + second)
    assert "вторая часть" in (await recognise_file(whisper, tmp_path / "long.wav"))["text"].lower()
