"""Talking as a patient in text: conversations live in memory and are hung up when forgotten."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.domain.clock import Clock
from bot.domain.phone import normalize_phone
from bot.web.calls import json_answer
from bot.web.deps import DEPS
from bot.web.ports import Chat, ChatReply
from bot.web.problems import Problem
from bot.web.views import reply_json

log = logging.getLogger(__name__)

IDLE_SECONDS = 900.0
MOST_CHATS = 20
BAD_NUMBER = "Введите 10 цифр после +7, например +7 (912) 345-67-89, или оставьте поле пустым."

Body = TypeVar("Body", bound=BaseModel)


class OpenBody(BaseModel):
    """Body of POST /api/chats."""

    model_config = ConfigDict(extra="forbid")
    caller: str = ""


class TurnBody(BaseModel):
    """Body of POST /api/chats/{id}/turns: exactly one of the keys."""

    model_config = ConfigDict(extra="forbid")
    say: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    dtmf: Annotated[str, Field(pattern=r"^[0-9*#]{1,32}$")] | None = None
    silence: bool = False
    hangup: bool = False

    @model_validator(mode="after")
    def exactly_one(self) -> TurnBody:
        if sum((self.say is not None, self.dtmf is not None, self.silence, self.hangup)) != 1:
            raise ValueError("exactly one of say, dtmf, silence, hangup")
        return self


@dataclass(slots=True, kw_only=True)
class OpenChat:
    """A conversation that goes on; the lock keeps its turns in order."""

    chat: Chat
    used_at: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ChatRoom:
    """Conversations by id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, OpenChat] = {}

    async def make_room(self) -> None:
        """End forgotten conversations. Raises Problem when there are still too many."""
        await self._drop_forgotten()
        if len(self._open) >= MOST_CHATS:
            raise Problem(503, "Слишком много проб сразу", "Завершите одну из начатых текстовых бесед и повторите.")

    def add(self, chat_id: str, chat: Chat) -> None:
        """Keep a conversation."""
        self._open[chat_id] = OpenChat(chat=chat, used_at=self._clock.monotonic())

    def get(self, chat_id: str) -> OpenChat:
        """Raises Problem when the conversation is over or was forgotten."""
        found = self._open.get(chat_id)
        if found is None:
            raise Problem(404, "Беседа закончена", "Начните новую: кнопка «Новый разговор».")
        found.used_at = self._clock.monotonic()
        return found

    def drop(self, chat_id: str) -> None:
        """Forget a conversation that has ended."""
        self._open.pop(chat_id, None)

    async def close(self) -> None:
        """Hang up all."""
        for chat_id in list(self._open):
            await self._hang_up(chat_id)

    async def _drop_forgotten(self) -> None:
        limit = self._clock.monotonic() - IDLE_SECONDS
        for chat_id in [key for key, item in self._open.items() if item.used_at < limit]:
            await self._hang_up(chat_id)

    async def _hang_up(self, chat_id: str) -> None:
        item = self._open.pop(chat_id)
        try:
            await item.chat.hangup()
        except Exception:
            log.exception("a forgotten conversation could not be ended", extra={"chat_id": chat_id})


ROOM = web.AppKey("chat_room", ChatRoom)


async def open_chat(request: web.Request) -> web.Response:
    """POST /api/chats {"caller"?}: begin a conversation and hear the greeting."""
    body = await _body(request, OpenBody)
    caller = normalize_phone(body.caller) if body.caller else None
    if body.caller and caller is None:
        raise Problem(400, "Номер не понят", BAD_NUMBER)
    deps, room = request.app[DEPS], request.app[ROOM]
    await room.make_room()
    chat = await deps.chats.open(caller=caller)
    reply = await chat.start()
    chat_id = deps.new_id()
    room.add(chat_id, chat)
    return json_answer({"id": chat_id, **reply_json(reply)}, status=201)


async def take_turn(request: web.Request) -> web.Response:
    """POST /api/chats/{id}/turns: the patient says, presses, keeps silent or hangs up."""
    chat_id = request.match_info["chat_id"]
    body = await _body(request, TurnBody)
    item = request.app[ROOM].get(chat_id)
    async with item.lock:
        reply = await _turn(item.chat, body)
    if reply.outcome is not None:
        request.app[ROOM].drop(chat_id)
    return json_answer(reply_json(reply))


async def _turn(chat: Chat, body: TurnBody) -> ChatReply:
    if body.say is not None:
        return await chat.say(body.say)
    if body.dtmf is not None:
        return await chat.keys(body.dtmf)
    return await (chat.hangup() if body.hangup else chat.silence())


async def _body(request: web.Request, model: type[Body]) -> Body:
    raw = await request.read()
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise Problem(400, "Запрос не понят", "Фраза должна быть от 1 до 500 знаков, клавиши 0-9 * #.") from error
