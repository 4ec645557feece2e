"""The WebSockets /api/events and /api/voice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from bot.domain.events import DeskChanged, DeskPart, Numbered, WordsHeard
from bot.web import sample


def words(text: str) -> WordsHeard:
    return WordsHeard(call_id="c", text=text, final=False)


async def test_a_new_page_is_told_to_read_the_lists_and_then_hears_all(page: Any, twin: Any) -> None:
    await twin.events.publish(words("до прихода"))
    async with page.ws_connect("/api/events") as socket:
        assert await socket.receive_json() == {"type": "hello", "after": 1, "resumed": False}
        await twin.events.publish(DeskChanged(what=DeskPart.VISITS))
        assert await socket.receive_json() == {
            "type": "event",
            "number": 2,
            "event": {"type": "desk_changed", "what": "visits"},
        }


async def test_the_words_arrive_as_they_are_spoken(page: Any, twin: Any) -> None:
    async with page.ws_connect("/api/events") as socket:
        await socket.receive_json()
        going = sample.call("now", begun=sample.NOW, caller="+79123456789", lines=())
        await twin.journal.start(going)
        await twin.events.publish(words("запишите к"))
        started = (await socket.receive_json())["event"]
        assert (started["type"], started["caller"]) == ("call_started", "…6789")
        assert (await socket.receive_json())["event"]["text"] == "запишите к"


async def test_a_page_that_was_away_goes_on_where_it_stopped(page: Any, twin: Any) -> None:
    for number in range(1, 5):
        await twin.events.publish(words(str(number)))
    async with page.ws_connect("/api/events?after=2") as socket:
        assert await socket.receive_json() == {"type": "hello", "after": 2, "resumed": True}
        assert [(await socket.receive_json())["number"] for _ in range(2)] == [3, 4]


@pytest.mark.parametrize("after", [1, 99], ids=["too_long_away", "service_was_started_anew"])
async def test_a_page_that_missed_too_much_reads_anew(page: Any, twin: Any, after: int) -> None:
    for number in range(1, 10):
        await twin.events.publish(words(str(number)))
    async with page.ws_connect(f"/api/events?after={after}") as socket:
        hellos = [await socket.receive_json(), await socket.receive_json()]
        assert hellos[-1] == {"type": "hello", "after": 9, "resumed": False}
        await twin.events.publish(words("дальше"))
        assert (await socket.receive_json())["number"] == 10


async def test_a_number_must_be_a_number(page: Any) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await page.ws_connect("/api/events?after=вчера")
    assert refused.value.status == 400


async def test_stopping_the_service_lets_pages_go(page: Any) -> None:
    socket = await page.ws_connect("/api/events")
    await socket.receive_json()
    await page.server.close()
    message = await socket.receive()
    assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)


async def test_a_feed_that_fails_closes_the_socket_so_that_the_page_comes_again(
    open_page: Callable[..., Awaitable[Any]],
) -> None:
    class BrokenFeed:
        async def latest(self) -> int:
            return 0

        async def subscribe(self, after: int | None) -> AsyncIterator[Numbered]:
            raise OSError("redis is down")
            yield

    page = await open_page(events=BrokenFeed())
    async with page.ws_connect("/api/events") as socket:
        await socket.receive_json()
        message = await socket.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1013)


async def test_the_microphone_is_a_call_with_sound_both_ways(page: Any, twin: Any) -> None:
    async with page.ws_connect("/api/voice?caller=%2B79123456789") as socket:
        assert (await socket.receive_json())["type"] == "call"
        await socket.send_bytes(b"\x01\x02" * 160)
        assert await socket.receive_bytes() == b"\x01\x02" * 160
        await socket.send_str('{"type": "hangup"}')
        assert (await socket.receive()).type is WSMsgType.CLOSE
    assert twin.voice.callers == ["+79123456789"]


async def test_a_caller_may_hide_the_number(page: Any, twin: Any) -> None:
    async with page.ws_connect("/api/voice") as socket:
        await socket.receive_json()
    assert twin.voice.callers == [""]


async def test_without_a_line_there_is_no_microphone(open_page: Callable[..., Awaitable[Any]]) -> None:
    page = await open_page(voice=None)
    response = await page.get("/api/voice")
    assert response.status == 503
    assert "Напишите" in (await response.json(content_type="application/problem+json"))["detail"]


async def test_a_strange_number_is_not_dialled(page: Any, twin: Any) -> None:
    assert (await page.get("/api/voice?caller=123")).status == 400
    assert twin.voice.callers == []
