"""Vosk for real, with the packaged Korean model: API, streaming, speed, grammar, limits, dead workers."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import pytest
import pytest_asyncio

from speech import pcm
from speech.port import AsrContext, AsrResult, AsrStream, Expected
from speech.vosk_recognizer import VoskRecognizer

pytestmark = [pytest.mark.speech, pytest.mark.asyncio(loop_scope="module")]

PHRASES = ("안녕하세요", "내일 오후에 예약하고 싶습니다", "의사 선생님을 만나고 싶어요", "네 맞아요", "감사합니다")
GRAMMARS = {Expected.YES_NO: ("네", "아니요", "запишите")}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vosk(vosk_model: Path) -> AsyncIterator[VoskRecognizer]:
    recognizer = VoskRecognizer(vosk_model, workers=1, streams_per_worker=2, grammars=GRAMMARS)
    await recognizer.start()
    yield recognizer
    await recognizer.close()


@pytest.fixture(scope="module")
def korean(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("korean")
    for number, phrase in enumerate(PHRASES):
        command = ["espeak-ng", "-v", "ko", "-s", "140", "-w", str(folder / f"{number}.wav"), phrase]
        subprocess.run(command, check=True)
    return [pcm.read_wav(folder / f"{number}.wav") for number in range(len(PHRASES))]


def open_stream(recognizer: VoskRecognizer, deadline_ms: int = 20_000, expected: Expected = Expected.FREE) -> AsrStream:
    return recognizer.open(AsrContext(call_id="c1", expected=expected, deadline_ms=deadline_ms))


async def speak(stream: AsrStream, sound: bytes, *, silence_ms: int = 400) -> list[str]:
    """A caller in real time, with the early flush that the listener asks for; the partials seen."""
    line = pcm.from_floats(np.random.default_rng(1).normal(0, 8, 8 * silence_ms))
    seen: list[str] = []
    for number, frame in enumerate(pcm.frames(sound + line)):
        stream.push(frame)
        if number == len(sound) // 320 + 6:
            stream.speculate()
        await asyncio.sleep(0.02)
        if (partial := stream.partial()) and partial not in seen:
            seen.append(partial)
    return seen


async def recognise(recognizer: VoskRecognizer, sound: bytes) -> tuple[AsrResult, list[str]]:
    stream = open_stream(recognizer)
    try:
        return await stream_result(stream, sound)
    finally:
        stream.close()


async def stream_result(stream: AsrStream, sound: bytes) -> tuple[AsrResult, list[str]]:
    partials = await speak(stream, sound)
    return await stream.finalise(), partials


async def test_words_arrive_while_the_caller_speaks(vosk: VoskRecognizer, korean: list[bytes]) -> None:
    result, partials = await recognise(vosk, korean[1])
    assert result.failure is None
    assert result.text
    assert 0 < result.confidence <= 1
    assert partials
    assert vosk.capabilities.streaming


async def test_nothing_of_a_caller_who_broke_off_is_heard_of_the_next(
    vosk: VoskRecognizer, korean: list[bytes]
) -> None:
    """The next caller gets the same recogniser."""
    alone = (await recognise(vosk, korean[4]))[0].text.split()
    stream = open_stream(vosk)
    await speak(stream, korean[1], silence_ms=0)
    stream.close()
    heard = (await recognise(vosk, korean[4]))[0].text.split()
    assert heard
    assert len(heard) <= len(alone) + 1


async def test_words_that_the_model_has_not_are_left_out_of_the_grammar(
    vosk_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recognizer = VoskRecognizer(vosk_model, workers=1, grammars=GRAMMARS)
    with caplog.at_level(logging.WARNING):
        await recognizer.start()
    await recognizer.close()
    assert recognizer.grammars == {Expected.YES_NO: ("네", "아니요")}
    assert getattr(caplog.records[0], "missing", None) == ["запишите"]


async def test_a_grammar_without_unknown_would_force_so_it_is_not_used(
    vosk: VoskRecognizer, korean: list[bytes]
) -> None:
    """This model has no `[unk]`: the state's grammar must not turn a sentence into yes or no."""
    stream = open_stream(vosk, expected=Expected.YES_NO)
    result, _ = await stream_result(stream, korean[1])
    stream.close()
    assert not set(result.text.split()) <= {"네", "아니요"}


async def test_who_speaks_on_after_a_pause_is_heard_whole(vosk: VoskRecognizer, korean: list[bytes]) -> None:
    """The text made ready in the pause is void, its words are not."""
    alone = [(await recognise(vosk, sound))[0].text for sound in (korean[1], korean[4])]
    stream = open_stream(vosk)
    await speak(stream, korean[1])
    stream.discard()
    result, _ = await stream_result(stream, korean[4])
    stream.close()
    # what follows may change a word of what was before: the engine weighs them together, as they came in pieces
    heard, before = result.text.split(), alone[0].split()
    assert len(set(heard) & set(before)) > len(set(before)) / 2
    assert len(heard) > len(before)


async def test_silence_after_the_early_text_costs_the_engine_nothing(vosk: VoskRecognizer, korean: list[bytes]) -> None:
    stream = open_stream(vosk)
    for frame in pcm.frames(korean[4]):
        stream.push(frame)
    stream.speculate()
    early = await stream.finalise()
    for frame in pcm.frames(pcm.silence(1000)):
        stream.push(frame)
    assert await stream.finalise() == replace(early, decode_ms=ANY)
    stream.close()


async def test_silence_is_no_text(vosk: VoskRecognizer) -> None:
    result, _ = await recognise(vosk, pcm.silence(600))
    assert (result.text, result.no_speech, result.failure) == ("", 1.0, None)


async def test_live_utterances_are_bounded_and_freed(vosk: VoskRecognizer) -> None:
    streams = [open_stream(vosk) for _ in range(3)]
    assert (await streams[2].finalise()).failure == "busy"
    for stream in streams:
        stream.close()
    again = open_stream(vosk)
    assert (await again.finalise()).failure is None
    again.close()


async def test_a_late_answer_is_a_failure(vosk: VoskRecognizer, korean: list[bytes]) -> None:
    stream = open_stream(vosk, deadline_ms=1)
    for frame in pcm.frames(korean[1]):
        stream.push(frame)
    assert (await stream.finalise()).failure == "late"
    stream.close()


async def test_a_killed_worker_fails_its_utterance_and_is_replaced(vosk: VoskRecognizer, korean: list[bytes]) -> None:
    stream = open_stream(vosk)
    stream.push(korean[0])
    os.kill(vosk.pids[0], signal.SIGKILL)
    assert (await stream.finalise()).failure == "crashed"
    stream.close()
    async with asyncio.timeout(30):
        while (await recognise(vosk, korean[1]))[0].failure:
            await asyncio.sleep(0.1)
