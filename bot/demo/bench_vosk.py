"""Vosk after the endpoint: the streaming recogniser behind the listener, in real time.

Where there is no Russian model the packaged Korean one hears Russian callers: its text is nonsense and its search
widens, so the time is that of an unkind case.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import numpy as np

from bot.settings import cache_folder
from speech import pcm
from speech.bench import Sample, clinic_samples, percentiles
from speech.listener import Listener
from speech.listening import ListenRequest, TurnTimings, Utterance
from speech.models import VOSK_TEST, packaged, vosk_russian_folder
from speech.port import FRAME_MS, Voice
from speech.rhvoice import RhvoiceSynthesizer
from speech.silero import SileroDetector
from speech.vosk_recognizer import VoskRecognizer

_VOICES: Final = (Voice(name="Anna"), Voice(name="Aleksandr"), Voice(name="Elena"))
_LINE_NOISE: Final = 8.0
"""RMS of what a quiet line carries."""
_TAIL_MS: Final = 2500


async def bench_vosk(utterances: int = 20) -> dict[str, Any]:
    """`after_endpoint_ms` is from the endpoint's decision to the text in hand; `model` names what decoded."""
    synthesizer, detector = RhvoiceSynthesizer(), SileroDetector()
    cache = cache_folder()
    folder = vosk_russian_folder(cache) or packaged(VOSK_TEST).folder(cache)
    recognizer = VoskRecognizer(folder, workers=1, streams_per_worker=2)
    try:
        await asyncio.gather(synthesizer.start(), detector.start(), recognizer.start())
        samples = (await clinic_samples(synthesizer, _VOICES))[:utterances]
        listener = Listener(recognizer, detector)
        timings = [timing for sample in samples if (timing := await _listen(listener, sample)) is not None]
    finally:
        await asyncio.gather(synthesizer.close(), detector.close(), recognizer.close())
    return {
        "model": folder.name,
        "n": len(timings),
        "not_heard": len(samples) - len(timings),
        "after_endpoint_ms": percentiles([timing.beyond_ms for timing in timings]),
    }


async def _listen(listener: Listener, sample: Sample) -> TurnTimings | None:
    async for event in listener.listen(_paced(sample.sound), ListenRequest(call_id="bench")):
        if isinstance(event, Utterance):
            return event.timings
    return None


async def _paced(sound: bytes) -> AsyncIterator[bytes]:
    """Frames at the speed of a telephone, with a quiet line after the words."""
    line = np.random.default_rng(1).normal(0, _LINE_NOISE, _TAIL_MS * 8)
    began = asyncio.get_running_loop().time()
    for number, frame in enumerate(pcm.frames(sound + pcm.from_floats(line))):
        due = began + number * FRAME_MS / 1000
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        yield frame
