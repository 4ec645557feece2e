"""The page's microphone as a call."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from aiohttp import WSCloseCode, WSMsgType, web

from bot.domain.phone import normalize_phone
from bot.web.chat import BAD_NUMBER
from bot.web.deps import DEPS
from bot.web.problems import Problem
from bot.web.stream import HEARTBEAT_SECONDS, SOCKETS

log = logging.getLogger(__name__)

LARGEST_PIECE = 64 * 1024


class PageSocket:
    """An aiohttp WebSocket as the line sees it: bytes are sound, text is a command."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        async for message in self._socket:
            if message.type in (WSMsgType.BINARY, WSMsgType.TEXT):
                yield message.data

    async def send_bytes(self, data: bytes) -> None:
        await self._socket.send_bytes(data)

    async def send_str(self, data: str) -> None:
        await self._socket.send_str(data)


async def voice(request: web.Request) -> web.WebSocketResponse:
    """GET /api/voice?caller=+7… (WebSocket): speak as a patient; see telephony/browser.py for what goes through."""
    gate = request.app[DEPS].voice
    if gate is None:
        raise Problem(503, "Микрофон не подключён", "Разговор голосом выключен на этой службе. Напишите фразу текстом.")
    caller = request.query.get("caller", "")
    number = normalize_phone(caller) if caller else ""
    if number is None:
        raise Problem(400, "Номер не понят", BAD_NUMBER)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_PIECE)
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    try:
        await gate.serve(PageSocket(socket), caller=number)
    except ConnectionError:
        log.info("a speaking page has gone")
    finally:
        request.app[SOCKETS].discard(socket)
        await socket.close(code=WSCloseCode.OK)
    return socket
