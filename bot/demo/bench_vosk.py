"""Vosk after the endpoint: sound in real time, the early flush in the pause, then the wait for the text.

Where there is no Russian model the packaged Korean one hears Korean: with speech of another language its search widens
to twice the work.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.settings import cache_folder
from speech import pcm
from speech.bench import clinic_samples, percentiles
from speech.endpointing import EndpointSettings
from speech.models import VOSK_TEST, packaged, vosk_russian_folder
from speech.port import FRAME_MS, RATE, AsrContext, AsrResult, Expected, Voice
from speech.rhvoice import RhvoiceSynthesizer
from speech.vosk_recognizer import VoskRecognizer

_KOREAN: Final = (
    "안녕하세요",
    "내일 오후에 예약하고 싶습니다",
    "의사 선생님을 만나고 싶어요",
    "네 맞아요",
    "감사합니다",
    "다음 주 월요일 아침에 시간이 있습니까",
    "아니요 다른 날이 좋아요",
    "열이 나고 목이 아파요",
)
_WORDS_A_MINUTE: Final = (120, 140, 160)
_VOICES: Final = tuple(Voice(name=name) for name in ("Anna", "Aleksandr", "Elena"))
_LINE_NOISE: Final = 8.0
"""RMS of what a quiet line carries."""
_SETTINGS: Final = EndpointSettings()
_SILENCE_MS: Final = _SETTINGS.silence_ms[Expected.FREE]


async def bench_vosk() -> dict[str, Any]:
    """`after_endpoint_ms` is from the endpoint to the text in hand, `model` names what decoded.

    `cpu_per_second` is the worker's processor time for a second of sound: on a busy machine it tells whether a late
    text is the recogniser's fault.
    """
    cache = cache_folder()
    russian = vosk_russian_folder(cache)
    folder = russian or packaged(VOSK_TEST).folder(cache)
    recognizer = VoskRecognizer(folder, workers=1, streams_per_worker=2)
    try:
        await recognizer.start()
        sounds = await (_russian() if russian else _korean())
        spent = _cpu_s(recognizer.pids[0])
        results = [await _recognised(recognizer, sound) for sound in sounds]
        spent = _cpu_s(recognizer.pids[0]) - spent
    finally:
        await recognizer.close()
    seconds = sum(pcm.duration_ms(sound) + _SILENCE_MS for sound in sounds) / 1000
    return {
        "model": folder.name,
        "n": len(results),
        "failures": sum(result.failure is not None for result in results),
        "after_endpoint_ms": percentiles([result.decode_ms for result in results]),
        "cpu_per_second": round(spent / seconds, 2),
    }


async def _recognised(recognizer: VoskRecognizer, sound: bytes) -> AsrResult:
    """One utterance as the listener gives it: flushed early in the pause, ended after the silence of free speech."""
    line = pcm.from_floats(np.random.default_rng(1).normal(0, _LINE_NOISE, _SILENCE_MS * RATE // 1000))
    flush_at = (pcm.duration_ms(sound) + _SETTINGS.speculate_ms[Expected.FREE]) // FRAME_MS
    stream = recognizer.open(AsrContext(call_id="bench", deadline_ms=10_000))
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number, frame in enumerate(pcm.frames(sound + line)):
        stream.push(frame)
        if number == flush_at:
            stream.speculate()
        await asyncio.sleep(max(0.0, began + (number + 1) * FRAME_MS / 1000 - loop.time()))
    try:
        return await stream.finalise()
    finally:
        stream.close()


def _cpu_s(pid: int) -> float:
    """Processor time of a process so far."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _russian() -> list[bytes]:
    voice = RhvoiceSynthesizer()
    await voice.start()
    try:
        return [sample.sound for sample in await clinic_samples(voice, _VOICES)]
    finally:
        await voice.close()


async def _korean() -> list[bytes]:
    """RHVoice speaks no Korean, espeak-ng does."""
    with tempfile.TemporaryDirectory(prefix="registratura-bench-") as folder:
        return [
            await _espeak(phrase, speed, Path(folder) / "phrase.wav") for speed in _WORDS_A_MINUTE for phrase in _KOREAN
        ]


async def _espeak(phrase: str, speed: int, path: Path) -> bytes:
    arguments = ("-v", "ko", "-s", str(speed), "-w", str(path), phrase)
    process = await asyncio.create_subprocess_exec("espeak-ng", *arguments)
    await process.wait()
    return pcm.read_wav(path)
