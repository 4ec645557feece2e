"""The bad line: how loud the noise is under the words and between them."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.spoken.noise import SPEECH_DB, NoisyPhone, speech_level
from speech import pcm
from speech.port import RATE


class Microphone:
    """A PhoneCall that keeps what is said into it and takes as long for it as it lasts, in ticks of the loop."""

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self.over = False

    async def say(self, sound: bytes) -> None:
        self.said.append(sound)
        await asyncio.sleep(0)
        await asyncio.Event().wait() if len(sound) == _PIECE else None

    async def press(self, digits: str) -> None:
        self.said.append(digits.encode())

    async def hangup(self) -> None:
        self.over = True

    def heard(self) -> bytes:
        return b""

    def recent(self, seconds: float) -> bytes:
        return b""

    async def wait_over(self) -> None:
        return


_PIECE = round((2.0 + 0.02) * RATE) * 2
SPEECH = pcm.tone(500, 1000, amplitude=0.1)


@pytest.mark.parametrize("snr", [20.0, 10.0])
async def test_the_noise_is_so_many_decibels_below_the_words(snr: float) -> None:
    microphone = Microphone()
    phone = NoisyPhone(microphone, snr, seed=1)
    await asyncio.sleep(0)
    await phone.say(SPEECH)
    await asyncio.sleep(0)
    await phone.close()
    before, words, after = microphone.said
    level = speech_level(SPEECH)
    assert level is not None
    noise = pcm.from_floats(pcm.to_samples(words).astype(float) - pcm.to_samples(SPEECH).astype(float))
    assert pcm.level_db(noise) == pytest.approx(level - snr, abs=0.5)
    assert pcm.level_db(before) == pytest.approx(SPEECH_DB - snr, abs=0.5)
    assert pcm.level_db(after) == pytest.approx(level - snr, abs=0.5)


async def test_a_quiet_line_adds_nothing() -> None:
    microphone = Microphone()
    phone = NoisyPhone(microphone, None, seed=1)
    await asyncio.sleep(0)
    await phone.say(SPEECH)
    await phone.close()
    assert microphone.said == [SPEECH]


async def test_nobody_hisses_on_when_the_call_is_over() -> None:
    microphone = Microphone()
    phone = NoisyPhone(microphone, 10.0, seed=1)
    await asyncio.sleep(0)
    await phone.hangup()
    heard = len(microphone.said)
    await asyncio.sleep(0)
    assert microphone.over
    assert len(microphone.said) == heard
