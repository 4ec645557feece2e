"""What a prompt sounds like: recorded, slower, louder, dictated."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.calls.prompt_sound import PromptSound
from dialogs.step import Manner, Say
from speech import pcm
from speech.port import Voice

WORD = pcm.tone(300, 100)
RECORDED = pcm.tone(500, 250, 0.2)


class Prompts:
    """Notes what it is asked to say, and how."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Voice]] = []

    async def render(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        self.asked.append((text, voice))
        yield WORD


class Recorded:
    async def sound(self, name: str) -> bytes | None:
        return RECORDED if name == "hello" else None


async def sound_of(prompts: Prompts, say: Say) -> bytes:
    maker = PromptSound(prompts, Voice(rate=1.15), Recorded())
    return b"".join([piece async for piece in maker.pieces(say)])


async def test_the_usual_voice() -> None:
    prompts = Prompts()
    assert await sound_of(prompts, Say(text="Здравствуйте, это клиника.")) == WORD
    assert prompts.asked == [("Здравствуйте, это клиника.", Voice(rate=1.15))]


async def test_slower_and_louder() -> None:
    prompts = Prompts()
    await sound_of(prompts, Say(text="Да.", manner=Manner(rate=0.8, gain_db=6.0)))
    ((_, voice),) = prompts.asked
    assert voice.rate == pytest.approx(0.92)
    assert voice.volume == pytest.approx(1.995, abs=0.01)


async def test_dictated_groups_stand_apart() -> None:
    prompts = Prompts()
    sound = await sound_of(prompts, Say(text="Номер: восемь, сто один, пять.", manner=Manner(pause_ms=450)))
    assert [text for text, _ in prompts.asked] == ["Номер: восемь", "сто один", "пять."]
    assert sound == pcm.silence(450).join([WORD, WORD, WORD])


async def test_a_recording_takes_the_place_of_its_words() -> None:
    prompts = Prompts()
    assert await sound_of(prompts, Say(text="Здравствуйте!", recording="hello")) == RECORDED
    assert prompts.asked == []


async def test_a_recording_is_made_louder_but_only_the_voice_speaks_slower() -> None:
    prompts = Prompts()
    loud = await sound_of(prompts, Say(text="Здравствуйте!", recording="hello", manner=Manner(gain_db=6.0)))
    assert pcm.level_db(loud) == pytest.approx(pcm.level_db(RECORDED) + 6.0, abs=0.2)
    assert await sound_of(prompts, Say(text="Здравствуйте!", recording="hello", manner=Manner(rate=0.8))) == WORD


async def test_a_missing_recording_is_spoken_and_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    prompts = Prompts()
    assert await sound_of(prompts, Say(text="Здравствуйте!", recording="gone")) == WORD
    assert prompts.asked[0][0] == "Здравствуйте!"
    assert "missing" in caplog.text
    assert "Здравствуйте" not in caplog.text
