"""telephony.browser: a page's microphone as a call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from speech.pcm import level_db, read_channels, silence, tone
from telephony.browser import BrowserLeg, BrowserLine
from telephony.pacer import Pacer
from telephony.port import CallFailed, Dtmf, HangupCause, HungUp, LegGone, MediaLost, PersonNotReached

FAST = 20.0


class Page:
    """The page's end of the socket; `put` speaks, `leave` closes."""

    def __init__(self) -> None:
        self._sent: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        self.got: list[bytes | str] = []
        self.gone = False
        self._news = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        while (piece := await self._sent.get()) is not None:
            yield piece

    async def send_bytes(self, data: bytes) -> None:
        self._receive(data)

    async def send_str(self, data: str) -> None:
        self._receive(data)

    def _receive(self, piece: bytes | str) -> None:
        if self.gone:
            raise ConnectionResetError
        self.got.append(piece)
        self._news.set()

    async def played(self, size: int) -> None:
        """Return when the page has got so many bytes of sound."""
        while len(self.sound) < size:
            self._news.clear()
            await self._news.wait()

    def put(self, piece: bytes | dict[str, Any]) -> None:
        self._sent.put_nowait(piece if isinstance(piece, bytes) else json.dumps(piece))

    def leave(self) -> None:
        self._sent.put_nowait(None)

    @property
    def told(self) -> list[str]:
        return [json.loads(piece)["type"] for piece in self.got if isinstance(piece, str)]

    @property
    def sound(self) -> bytes:
        return b"".join(piece for piece in self.got if isinstance(piece, bytes))


@asynccontextmanager
async def a_call(tmp_path: Path, page: Page) -> AsyncIterator[BrowserLeg]:
    line = BrowserLine(pacer=Pacer(speed=FAST), recordings=tmp_path / "calls", new_id=lambda: "call-1")
    serving = asyncio.create_task(line.serve(page, caller="+79123456789"))
    leg = await anext(aiter(line.incoming()))
    assert isinstance(leg, BrowserLeg)
    try:
        yield leg
    finally:
        await leg.hangup()
        await asyncio.wait_for(serving, 5)
        assert (await line.health()).channels == 0


async def test_a_page_is_a_caller_with_a_number(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        assert (leg.call_id, leg.caller, leg.called, leg.direction) == ("call-1", "+79123456789", "page", "inbound")
        assert leg.resumed_state is None
        await leg.answer()
        await leg.answer()
    assert page.told == ["call", "answered", "ended"]
    assert json.loads(page.got[0])["call_id"] == "call-1"


async def test_the_microphone_comes_in_frames_of_the_telephone(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.answer()
        page.put({"type": "start", "rate": 48000})
        spoken = tone(440, 1000, amplitude=0.2, rate=48000)
        for start in range(0, len(spoken), 4096):
            page.put(spoken[start : start + 4096])
        frames = leg.media.frames()
        heard = [await anext(frames) for _ in range(49)]
        assert {len(frame) for frame in heard} == {320}
        assert level_db(b"".join(heard[5:])) == pytest.approx(level_db(spoken), abs=0.5)


async def test_the_bot_is_heard_at_the_pace_of_speech_and_both_are_recorded(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.answer()
        words = tone(300, 500, amplitude=0.3)
        page.put(tone(800, 400, amplitude=0.1))
        assert leg.media.first_sent_at is None
        leg.media.send(words)
        assert leg.media.pending_ms() == 500
        begun = asyncio.get_running_loop().time()
        await leg.media.drained()
        assert asyncio.get_running_loop().time() - begun >= 0.5 / FAST * 0.8
        first = leg.media.first_sent_at
        assert first is not None
        assert first >= begun
        await leg.hangup()
        recording = await leg.finish_recording()
        assert recording is not None
        assert await leg.finish_recording() == recording
    assert page.sound == words
    left, right = read_channels(recording)
    assert words in right, "a late tick may put silence before the words, never into them"
    assert level_db(left[: 400 * 16]) == pytest.approx(level_db(tone(800, 400, amplitude=0.1)), abs=1.5)


async def test_the_last_words_are_heard_before_the_end(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.answer()
        leg.media.send(tone(300, 40))
        await leg.media.drained()
        await leg.hangup()
    assert page.sound == tone(300, 40)
    assert page.told[-1] == "ended"
    assert isinstance(page.got[-1], str)


async def test_cutting_in_drops_what_the_page_has_not_played(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.answer()
        leg.media.send(tone(300, 1000))
        assert leg.media.flush() == 1000
        await leg.media.drained()
    assert page.sound == b""
    assert "flush" in page.told


async def test_ducking_makes_the_bot_quieter(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.answer()
        leg.media.duck(0.25)
        leg.media.send(tone(300, 200))
        await leg.media.drained()
    assert level_db(page.sound) == pytest.approx(level_db(tone(300, 200)) - 12.0, abs=0.5)


async def test_hold_plays_a_sound_and_detaches_the_bot(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.answer()
        await leg.hold(True)
        page.put(tone(800, 100))
        await page.played(320 * 5)
        await leg.hold(False)
        page.put(silence(20))
        assert await anext(leg.media.frames()) == silence(20)
    assert level_db(page.sound[: 320 * 5]) > -40
    holds = [json.loads(piece) for piece in page.got if isinstance(piece, str) and '"hold"' in piece]
    assert [hold["on"] for hold in holds] == [True, False]


async def test_keys_and_the_end_come_as_events_and_nonsense_does_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.answer()
        for command in (
            {"type": "dtmf", "digit": "5"},
            {"type": "dtmf", "digit": "A"},
            {"type": "start", "rate": 1},
            {"type": "start", "rate": "много"},
            {"kind": "start"},
            {"type": "sing"},
            {"type": "dtmf", "digit": "#"},
            {"type": "hangup"},
        ):
            page.put(command)
        seen = [event async for event in leg.events()]
    assert seen == [Dtmf(digit="5"), Dtmf(digit="#"), HungUp(cause=HangupCause.NORMAL)]
    assert len(caplog.records) == 3


async def test_closing_the_page_ends_the_call_once(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.answer()
        page.leave()
        assert [event async for event in leg.events()] == [HungUp(cause=HangupCause.NORMAL)]
        assert [frame async for frame in leg.media.frames()] == []
        for action in (
            leg.answer(),
            leg.hold(True),
            leg.save_state("{}"),
            leg.ring("PJSIP/1", timeout_s=1, caller_name=""),
        ):
            with pytest.raises(LegGone):
                await action


async def test_a_page_that_vanishes_ends_the_call(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        page.gone = True
        await leg.answer()
        leg.media.send(tone(300, 200))
        assert [event async for event in leg.events()] == [HungUp(cause=HangupCause.NORMAL)]


async def test_a_page_that_never_was_answered_has_no_recording(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.hangup()
        assert await leg.finish_recording() is None


async def test_a_silent_microphone_is_noticed_once(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        await leg.answer()
        events = leg.events()
        assert await anext(events) == MediaLost()
        page.put({"type": "hangup"})
        assert await anext(events) == HungUp(cause=HangupCause.NORMAL)


async def test_no_registrars_no_outgoing_calls(tmp_path: Path) -> None:
    page = Page()
    async with a_call(tmp_path, page) as leg:
        with pytest.raises(PersonNotReached) as nobody:
            await leg.ring("PJSIP/101", timeout_s=1, caller_name="Регистратура")
        assert nobody.value.cause is HangupCause.UNREACHABLE
    line = BrowserLine(pacer=Pacer(), recordings=tmp_path, new_id=lambda: "x")
    await line.start()
    with pytest.raises(CallFailed) as failed:
        await line.originate("+79123456789", call_id="x", timeout_s=1, caller_id="")
    assert failed.value.rang is False
    assert list(line.busy_endpoints()) == []
    await line.close()
