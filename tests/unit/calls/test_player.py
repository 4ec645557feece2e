"""What goes to the line when the bot speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from bot.calls.player import Player, from_first_sound
from dialogs.step import Say
from speech import pcm
from speech.port import Voice
from telephony.audio import Outgoing

SOUND = pcm.tone(300, 100)


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Line(Outgoing):
    """The sending half of a line; `sent` is what was taken from it so far."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.sent = b""

    async def drained(self) -> None:
        """The line is quick: all is taken as soon as somebody waits for it."""
        while (frame := self.take()) is not None:
            self.sent += frame

    def frames(self) -> AsyncIterator[bytes]:
        raise NotImplementedError


class Kept:
    """Prompts in pieces, by text."""

    def __init__(self, pieces: Mapping[str, list[bytes]]) -> None:
        self._pieces = pieces

    async def render(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        for piece in self._pieces[text]:
            yield piece


async def spoken(*says: Say, **pieces: list[bytes]) -> Line:
    line = Line(Clock())
    player = Player(line, Kept(pieces), Voice(), 0.25)
    player.play(says)
    await player.finished()
    return line


@pytest.mark.parametrize("lead_ms", [0, 40, 115])
def test_silence_before_the_first_sound_is_left_out(lead_ms: int) -> None:
    assert pcm.duration_ms(from_first_sound(pcm.silence(lead_ms) + SOUND)) == pytest.approx(100, abs=5)


def test_silence_alone_is_nothing() -> None:
    assert from_first_sound(pcm.silence(100)) == b""


async def test_a_reply_begins_with_its_first_sound_though_a_whole_piece_is_silent() -> None:
    line = await spoken(Say(text="hello"), hello=[pcm.silence(100), pcm.silence(20) + SOUND, SOUND])
    assert pcm.duration_ms(line.sent) == 200


async def test_silence_inside_a_reply_stays() -> None:
    pause = pcm.silence(180)
    line = await spoken(Say(text="one"), Say(text="two"), one=[SOUND, pause, SOUND], two=[pause, SOUND])
    assert pcm.duration_ms(line.sent) == 100 + 180 + 100 + 180 + 100


async def test_a_silent_piece_does_not_pass_for_the_packet_of_the_reply_before() -> None:
    clock = Clock()
    line = Line(clock)
    player = Player(line, Kept({"one": [SOUND], "two": [pcm.silence(100), SOUND]}), Voice(), 0.25)
    for text in ("one", "two"):
        clock.now += 10
        player.play((Say(text=text),))
        await player.finished()
    assert player.first_packet_at == clock.now


class TestHeardOut:
    """Told when the last word has gone out, and only then."""

    async def test_all_was_heard(self) -> None:
        line, told = Line(Clock()), list[int]()
        player = Player(line, Kept({"one": [SOUND], "two": [SOUND]}), Voice(), 0.25)
        player.play((Say(text="one"), Say(text="two")), lambda: told.append(len(line.sent)))
        await player.finished()
        assert told == [2 * len(SOUND)]

    async def test_stopped_before_the_end(self) -> None:
        told = list[bool]()
        player = Player(Line(Clock()), Kept({"one": [SOUND]}), Voice(), 0.25)
        player.play((Say(text="one"),), lambda: told.append(True))
        player.stop()
        await player.finished()
        assert told == []


class SlowVoice:
    """Renders when told."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()

    async def render(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        yield pcm.silence(20)
        await self.ready.wait()
        yield SOUND


class TestBegun:
    """What can be put off is put off until the caller hears something, and no longer."""

    async def test_the_first_sound_begins_it_and_not_the_silence_before(self) -> None:
        voice = SlowVoice()
        player = Player(Line(Clock()), voice, Voice(), 0.25)
        await player.begun()
        player.play((Say(text="one"),))
        waiting = asyncio.create_task(player.begun())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        voice.ready.set()
        await waiting

    async def test_who_is_stopped_keeps_nobody_waiting(self) -> None:
        player = Player(Line(Clock()), SlowVoice(), Voice(), 0.25)
        player.play((Say(text="one"),))
        player.stop()
        await player.begun()
        assert player.first_packet_at is None

    async def test_nothing_to_say_is_begun_when_it_is_over(self) -> None:
        player = Player(Line(Clock()), Kept({"one": [pcm.silence(100)]}), Voice(), 0.25)
        player.play((Say(text="one"),))
        await player.begun()
        assert player.first_packet_at is None
