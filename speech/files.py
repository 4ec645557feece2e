"""Files for people: recognise a WAV, speak into a WAV."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from speech import pcm
from speech.port import RATE, AsrContext, Recognizer, SpeechError, Synthesizer, Voice
from speech.prompts import PAUSE_MS, sentences

_LONGEST_S = 28
_QUIET_SEARCH_S = 8
_DEADLINE_MS = 60_000


async def recognise_file(recognizer: Recognizer, path: Path) -> dict[str, Any]:
    """`file`, `text`, `ms`, `engine` of a WAV; `error` instead of the text when it cannot be read."""
    began = time.perf_counter()
    answer: dict[str, Any] = {"file": str(path), "engine": recognizer.capabilities.name}
    try:
        sound = await asyncio.to_thread(pcm.read_wav, path)
    except (OSError, SpeechError) as error:
        return {**answer, "text": "", "ms": 0, "error": str(error)}
    texts = [await recognise(recognizer, piece) for piece in pieces(sound)]
    return {**answer, "text": " ".join(filter(None, texts)), "ms": round((time.perf_counter() - began) * 1000)}


async def recognise(recognizer: Recognizer, sound: bytes) -> str:
    """Text of PCM16 8 kHz of at most half a minute; raises SpeechError when the engine failed."""
    stream = recognizer.open(AsrContext(call_id="file", deadline_ms=_DEADLINE_MS))
    try:
        for frame in pcm.frames(sound):
            stream.push(frame)
        result = await stream.finalise()
    finally:
        stream.close()
    if result.failure:
        raise SpeechError(f"распознаватель не ответил: {result.failure}")
    return result.text


def pieces(sound: bytes) -> list[bytes]:
    """The sound cut at its quietest 200 ms where it is longer than an engine takes at once."""
    parts = []
    while len(sound) > _LONGEST_S * RATE * 2:
        window = RATE * 2 // 5
        starts = range((_LONGEST_S - _QUIET_SEARCH_S) * RATE * 2, _LONGEST_S * RATE * 2 - window, window // 2)
        cut = min(starts, key=lambda at: pcm.level_db(sound[at : at + window])) + window // 2
        parts.append(sound[:cut])
        sound = sound[cut:]
    return [*parts, sound]


async def speak_file(synthesizer: Synthesizer, text: str, path: Path, voice: Voice) -> dict[str, Any]:
    """Write the text as an 8 kHz 16-bit WAV; says `file`, `ms` of sound, `first_ms` and `all_ms` of work."""
    began = time.perf_counter()
    first: float | None = None
    phrases: list[bytes] = []
    for sentence in sentences(text):
        sound = bytearray()
        async for piece in synthesizer.stream(sentence, voice):
            first = first or time.perf_counter()
            sound += piece
        phrases.append(bytes(sound))
    done = time.perf_counter()
    whole = pcm.silence(PAUSE_MS).join(phrases)
    await asyncio.to_thread(pcm.write_wav, path, whole)
    return {
        "file": str(path),
        "ms": pcm.duration_ms(whole),
        "first_ms": round(((first or done) - began) * 1000, 1),
        "all_ms": round((done - began) * 1000, 1),
    }


def write_as_heard(path: Path, sound: bytes) -> int:
    """Write PCM16 8 kHz as it sounds after the telephone's A-law; returns its milliseconds."""
    pcm.write_wav(path, pcm.alaw_decode(pcm.alaw_encode(sound)))
    return pcm.duration_ms(sound)
