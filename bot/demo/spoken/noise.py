"""A telephone on a bad line: noise under every word and in every pause, as loud as the signal-to-noise ratio says."""

from __future__ import annotations

import asyncio
from typing import Final

from bot.demo.around import AroundPhone
from bot.demo.bench_prompts import line_noise
from speech import pcm
from speech.port import RATE
from telephony.phone import PhoneCall

SPEECH_DB: Final = -23.0
"""How loud speech is taken to be, dB of full scale, before the first word was measured."""
_VOICED_DB: Final = -45.0
_PIECE_S: Final = 2.0


class NoisyPhone(AroundPhone):
    """The port PhoneCall; without a ratio the line is quiet."""

    def __init__(self, phone: PhoneCall, snr_db: float | None, seed: int) -> None:
        super().__init__(phone)
        self._snr = snr_db
        self._seed = seed
        self._speech_db = SPEECH_DB
        self._hissing: asyncio.Task[None] | None = None
        self._hiss()

    async def say(self, sound: bytes) -> None:
        """Speak over the line's own noise."""
        if self._snr is None:
            await self._phone.say(sound)
            return
        self._speech_db = speech_level(sound) or self._speech_db
        await self._hush()
        try:
            noise = self._noise(len(sound) / (2 * RATE))[: len(sound)]
            await self._phone.say(pcm.mix(sound, noise))
        finally:
            self._hiss()

    async def hangup(self) -> None:
        await self.close()
        await self._phone.hangup()

    async def close(self) -> None:
        """The line is quiet from now on; safe twice."""
        await self._hush()

    def _hiss(self) -> None:
        if self._snr is not None and not self._phone.over:
            self._hissing = asyncio.create_task(self._hiss_on())

    async def _hiss_on(self) -> None:
        while not self._phone.over:
            await self._phone.say(self._noise(_PIECE_S))

    async def _hush(self) -> None:
        task, self._hissing = self._hissing, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _noise(self, seconds: float) -> bytes:
        self._seed += 1
        level = self._speech_db - (self._snr or 0.0)
        return line_noise([("pink", level, seconds + 0.02)], self._seed)


def speech_level(sound: bytes) -> float | None:
    """How loud the speech in it is over its voiced frames, dB of full scale; None where there is none."""
    voiced = [frame for frame in pcm.frames(sound) if pcm.level_db(frame) > _VOICED_DB]
    return pcm.level_db(b"".join(voiced)) if voiced else None
