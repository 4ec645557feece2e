"""A telephone with a stopwatch: when its owner's words ended, and when the bot was heard after them."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from bot.demo.around import AroundPhone
from bot.demo.watch import WatchedCall
from speech import pcm
from speech.port import FRAME_BYTES, FRAME_MS
from telephony.phone import PhoneCall

SPEECH_DB = -45.0
"""dB of full scale: a quieter frame at the end of the caller's words is their dying away, not speech."""
SOUND_DB = -55.0
"""A quieter frame of the bot's is silence; the hiss of «с» is not."""
_POLL_S = 0.002
_QUIET_S = 0.4
_FRAME_S = FRAME_MS / 1000
_BYTES_PER_MS = FRAME_BYTES / FRAME_MS


@dataclass(slots=True, kw_only=True)
class Spoken:
    """One thing said into the phone. Times are the event loop's, seconds.

    `question` is the number of the bot's turn that was answered, `began` and `ended` are of the speech itself, without
    the silence around it; `answered` is when the bot's first packet with sound came in, None until then.
    """

    question: int
    state: str
    began: float
    ended: float
    answered: float | None = None
    interrupted: bool = False
    """The bot was already speaking when the words ended: it did not wait for them."""

    @property
    def pause_ms(self) -> float | None:
        """From the end of the speech to the bot's first sound."""
        return None if self.answered is None or self.interrupted else (self.answered - self.ended) * 1000


class TimedPhone(AroundPhone):
    """The port PhoneCall around an answered call whose turns are watched."""

    def __init__(self, phone: PhoneCall, call: WatchedCall) -> None:
        super().__init__(phone)
        self._call = call
        self._waiting: asyncio.Task[None] | None = None
        self.spoken: list[Spoken] = []

    async def say(self, sound: bytes) -> None:
        """Speak; the bot's answer is waited for in the background."""
        await self._cease()
        question = self._call.question
        await self._phone.say(sound)
        began, ended = speech_span(sound, asyncio.get_running_loop().time())
        spoken = Spoken(
            question=question.number if question else 0,
            state=question.state if question else "open",
            began=began,
            ended=ended,
            interrupted=self._call.question is not question,
        )
        self.spoken.append(spoken)
        self._waiting = asyncio.create_task(self._await_answer(spoken))

    async def close(self) -> None:
        """Wait for nothing more."""
        await self._cease()

    async def until_sound(self) -> float | None:
        """Return when the bot is heard, with the time of it; None when the call is over."""
        loop = asyncio.get_running_loop()
        while not self.over:
            if sounds(self.recent(_FRAME_S), SOUND_DB):
                return loop.time()
            # a poll in step with the packets would find each of them equally late
            await asyncio.sleep(_POLL_S * random.uniform(0.5, 1.5))
        return None

    async def until_quiet(self) -> None:
        """Return when the bot has been heard and has stopped, or the call is over."""
        await self.until_sound()
        while not self.over and any(sounds(frame, SOUND_DB) for frame in pcm.frames(self.recent(_QUIET_S))):
            await asyncio.sleep(_FRAME_S)

    async def place(self) -> tuple[float, float]:
        """A moment of the loop's clock and its place in what was heard, milliseconds: taken as a packet comes in."""
        loop, before = asyncio.get_running_loop(), len(self.heard())
        while not self.over and len(self.heard()) == before:
            await asyncio.sleep(_POLL_S)
        return loop.time(), len(self.heard()) / _BYTES_PER_MS

    async def _await_answer(self, spoken: Spoken) -> None:
        spoken.interrupted = spoken.interrupted or sounds(self.recent(_FRAME_S), SOUND_DB)
        spoken.answered = await self.until_sound()

    async def _cease(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)


def speech_span(sound: bytes, sent: float) -> tuple[float, float]:
    """When the speech in `sound` began and ended; the last frame of it went out at `sent`."""
    loud = [at for at, frame in enumerate(pcm.frames(sound)) if sounds(frame, SPEECH_DB)]
    frames = -(-len(sound) // FRAME_BYTES)
    first, last = (loud[0], loud[-1]) if loud else (0, frames - 1)
    # a frame goes out when it is complete: its sound began a frame earlier
    return sent - (frames - first) * _FRAME_S, sent - (frames - 1 - last) * _FRAME_S


def sounds(frame: bytes, above_db: float) -> bool:
    """Whether there is anything to hear in it."""
    return bool(frame) and pcm.level_db(frame) > above_db
