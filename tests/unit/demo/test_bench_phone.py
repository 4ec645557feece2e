"""The stopwatch at the caller's telephone."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.bench_phone import TimedPhone, speech_span
from bot.demo.watch import WatchedCall
from speech import pcm

SPEECH = pcm.tone(300, 200)


class EchoPhone:
    """A telephone at which the bot is heard `answer_s` after each thing said, or at once."""

    def __init__(self, answer_s: float) -> None:
        self._answer_s = answer_s
        self._speaks = answer_s == 0
        self.over = False

    async def say(self, sound: bytes) -> None:
        asyncio.get_running_loop().call_later(self._answer_s, self._speak)

    def _speak(self) -> None:
        self._speaks = True

    async def press(self, digits: str) -> None: ...

    async def hangup(self) -> None:
        self.over = True

    def heard(self) -> bytes:
        return b""

    def recent(self, seconds: float) -> bytes:
        return SPEECH[:320] if self._speaks else pcm.silence(20)

    async def wait_over(self) -> None: ...


async def answered(phone: TimedPhone) -> None:
    async with asyncio.timeout(5):
        while phone.spoken[-1].answered is None:
            await asyncio.sleep(0)


def test_silence_around_the_words_is_no_speech() -> None:
    sound = pcm.silence(100) + SPEECH + pcm.silence(300)
    began, ended = speech_span(sound, sent=10.0)
    assert began == pytest.approx(10.0 - 0.5)
    assert ended == pytest.approx(10.0 - 0.3)


def test_a_frame_goes_out_when_it_is_complete() -> None:
    began, ended = speech_span(SPEECH, sent=10.0)
    assert (began, ended) == pytest.approx((10.0 - 0.2, 10.0))


async def test_the_pause_lasts_from_the_last_loud_frame_to_the_first_sound_of_the_bot() -> None:
    phone = TimedPhone(EchoPhone(0.1), WatchedCall("c1", "inbound", "1234"))
    await phone.say(SPEECH + pcm.silence(200))
    await answered(phone)
    await phone.close()
    (spoken,) = phone.spoken
    assert spoken.pause_ms is not None
    # the words ended 200 ms before the silence after them did
    assert 300 <= spoken.pause_ms < 600


async def test_a_bot_that_did_not_wait_has_made_no_pause() -> None:
    phone = TimedPhone(EchoPhone(0.0), WatchedCall("c1", "inbound", "1234"))
    await phone.say(SPEECH)
    await answered(phone)
    await phone.close()
    assert phone.spoken[0].interrupted
    assert phone.spoken[0].pause_ms is None


async def test_a_call_that_ends_leaves_the_words_unanswered() -> None:
    phone = TimedPhone(EchoPhone(60.0), WatchedCall("c1", "inbound", "1234"))
    await phone.say(SPEECH)
    await phone.hangup()
    assert await phone.until_sound() is None
    await phone.close()
    assert phone.spoken[0].pause_ms is None
