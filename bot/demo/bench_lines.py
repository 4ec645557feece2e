"""`registratura bench lines` with the whole of listening: gate inline, detector in its pool, scripted recogniser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.composition.service import settle_memory
from speech.listener import Listener
from speech.listening import ListenRequest
from speech.pcm import silence
from speech.port import Expected, Voice, VoiceActivityDetector
from speech.rhvoice import RhvoiceSynthesizer
from speech.scripted import ScriptedRecognizer
from speech.silero import SileroDetector
from telephony.bench import bench_lines

CALLER_SAYS = "Здравствуйте, запишите меня, пожалуйста, к терапевту на завтра."
_PAUSE_MS = 1200


class Ears:
    """The listening of one call, question after question; a prompt is always playing, so every word is a barge-in."""

    def __init__(self, detector: VoiceActivityDetector) -> None:
        self._recognizer = ScriptedRecognizer()
        self._listener = Listener(self._recognizer, detector)
        self._phase = self._listener.open(self._request())
        self._listening = asyncio.create_task(self._listen())

    def push(self, frame: bytes) -> None:
        """The next 20 ms of the caller."""
        self._phase.push(frame)

    async def close(self) -> None:
        """The call is over."""
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._phase.close()

    def _request(self) -> ListenRequest:
        self._recognizer.say("запишите меня")
        return ListenRequest(call_id="bench", expected=Expected.FREE, prompt_playing=lambda: True)

    async def _listen(self) -> None:
        while True:
            async for _ in self._phase.events():
                pass
            await self._phase.close()
            self._phase = self._listener.open(self._request())


async def bench_listening(calls: int, seconds: int) -> dict[str, Any]:
    """Many calls that are answered, listened to and spoken to; the figures of `bench_lines`."""
    detector = SileroDetector()
    ears: list[Ears] = []

    def listen() -> Callable[[bytes], None]:
        ears.append(Ears(detector))
        return ears[-1].push

    try:
        sound, _ = await asyncio.gather(_caller(), detector.start())
        settle_memory()  # as the service does
        return await bench_lines(calls, seconds, gate=listen, sound=sound)
    finally:
        await asyncio.gather(*(one.close() for one in ears))
        await detector.close()


async def _caller() -> bytes:
    """What every caller says over and over, PCM16 8 kHz."""
    voice = RhvoiceSynthesizer()
    await voice.start()
    try:
        return b"".join([piece async for piece in voice.stream(CALLER_SAYS, Voice(name="Anna"))]) + silence(_PAUSE_MS)
    finally:
        await voice.close()
