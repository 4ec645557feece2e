"""POST /api/chats and /api/chats/{id}/turns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.web.chat import IDLE_SECONDS, MOST_CHATS
from bot.web.memory import ScriptedChat
from bot.web.ports import ChatReply


async def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status == status
    body: dict[str, Any] = await response.json(content_type="application/problem+json")
    return body


async def test_a_conversation_from_greeting_to_booking(page: Any, twin: Any) -> None:
    opened = await page.post("/api/chats", json={"caller": "8 912 345-67-89"})
    assert opened.status == 201
    greeting = await opened.json()
    assert greeting["id"] == "chat1"
    assert greeting["bot"] == ["Клиника «Ромашка», это робот-помощник. Чем могу помочь?"]
    assert twin.chats.callers == ["+79123456789"]

    offer = await (await page.post("/api/chats/chat1/turns", json={"say": "к лору на завтра"})).json()
    assert (offer["state"], offer["intent"], offer["confidence"]) == ("ask_slot_ok", "book_appointment", 0.97)
    assert offer["timings"] == {"nlu": 4.2, "crm": 11.8, "total": 17.1}
    assert offer["outcome"] is None

    done = await (await page.post("/api/chats/chat1/turns", json={"say": "да"})).json()
    assert (done["action"], done["outcome"]["outcome"]) == ("hangup", "booked")
    assert twin.chats.opened[0].heard == ["к лору на завтра", "да"]
    over = await problem(await page.post("/api/chats/chat1/turns", json={"say": "ещё"}), 404)
    assert over["title"] == "Беседа закончена"


@pytest.mark.parametrize(
    ("body", "heard"), [({"dtmf": "12#"}, "[12#]"), ({"silence": True}, "…"), ({"hangup": True}, "[hangup]")]
)
async def test_keys_silence_and_hanging_up(page: Any, twin: Any, body: dict[str, Any], heard: str) -> None:
    await page.post("/api/chats", json={})
    assert (await page.post("/api/chats/chat1/turns", json=body)).status == 200
    assert twin.chats.opened[0].heard == [heard]
    assert twin.chats.callers == [None]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"say": ""},
        {"say": "а" * 501},
        {"say": "да", "dtmf": "1"},
        {"dtmf": "ABC"},
        {"shout": "да"},
        [],
        "не JSON",
    ],
)
async def test_an_unclear_turn_changes_nothing(page: Any, twin: Any, body: Any) -> None:
    await page.post("/api/chats", json={})
    sent = {"data": body} if isinstance(body, str) else {"json": body}
    await problem(await page.post("/api/chats/chat1/turns", **sent), 400)
    assert twin.chats.opened[0].heard == []


async def test_a_strange_number_is_not_pretended(page: Any, twin: Any) -> None:
    body = await problem(await page.post("/api/chats", json={"caller": "12345"}), 400)
    assert "+7 (912) 345-67-89" in body["detail"]
    assert twin.chats.opened == []


async def test_a_body_too_long_is_refused(page: Any) -> None:
    await problem(await page.post("/api/chats", data=b" " * 20_000), 413)


async def test_forgotten_conversations_are_hung_up(page: Any, twin: Any) -> None:
    await page.post("/api/chats", json={})
    twin.clock.advance(timedelta(seconds=IDLE_SECONDS + 1))
    await page.post("/api/chats", json={})
    assert twin.chats.opened[0].heard == ["[hangup]"]
    assert twin.chats.opened[1].heard == []


async def test_there_may_not_be_too_many(page: Any, twin: Any) -> None:
    for _ in range(MOST_CHATS):
        assert (await page.post("/api/chats", json={})).status == 201
    body = await problem(await page.post("/api/chats", json={}), 503)
    assert "Завершите" in body["detail"]
    assert len(twin.chats.opened) == MOST_CHATS


async def test_ending_the_service_ends_the_conversations(page: Any, twin: Any) -> None:
    await page.post("/api/chats", json={})
    await page.close()
    assert twin.chats.opened[0].heard == ["[hangup]"]


async def test_turns_sent_at_once_are_taken_one_after_another(open_page: Callable[..., Awaitable[Any]]) -> None:
    running = 0

    class SlowChat(ScriptedChat):
        async def say(self, text: str) -> ChatReply:
            nonlocal running
            running += 1
            assert running == 1, "two turns of one conversation at once"
            await asyncio.sleep(0)
            running -= 1
            return await super().say(text)

    class SlowChats:
        async def open(self, *, caller: str | None) -> SlowChat:
            return SlowChat([ChatReply(bot=("Да?",), state="open")])

    page = await open_page(chats=SlowChats())
    await page.post("/api/chats", json={})
    turns = [page.post("/api/chats/chat1/turns", json={"say": str(number)}) for number in range(5)]
    assert {response.status for response in await asyncio.gather(*turns)} == {200}
