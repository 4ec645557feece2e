"""One WebSocket of live events, numbered, so that a page that was cut off goes on where it stopped."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any

from aiohttp import WSCloseCode, web

from bot.domain.events import to_dict
from bot.web.deps import DEPS
from bot.web.ports import EventFeed, EventsLost
from bot.web.problems import Problem

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0

SOCKETS = web.AppKey("sockets", set[web.WebSocketResponse])


async def events(request: web.Request) -> web.WebSocketResponse:
    """GET /api/events?after=N (WebSocket): `hello`, then {"number", "event"} as they come.

    `hello.resumed` false tells the page to read the lists anew: it has just come, or was away for too long.
    """
    after = _after(request)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS)
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    sender = asyncio.create_task(_send(socket, request.app[DEPS].events, after))
    try:
        async for _ in socket:
            pass  # the page only listens; reading notices that it has gone
    finally:
        request.app[SOCKETS].discard(socket)
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender
    return socket


async def close_sockets(app: web.Application) -> None:
    """Let pages know that the service is stopping, so that they come back by themselves."""
    sockets = app[SOCKETS]
    for socket in tuple(sockets):
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"service is stopping")


async def _send(socket: web.WebSocketResponse, feed: EventFeed, after: int | None) -> None:
    try:
        if after is not None:
            try:
                return await _pass_on(socket, feed, after, resumed=True)
            except EventsLost:
                pass
        await _pass_on(socket, feed, await feed.latest(), resumed=False)
    except ConnectionError:
        pass  # the page has gone
    except Exception:
        log.exception("live events stopped")
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"events are not available")


async def _pass_on(socket: web.WebSocketResponse, feed: EventFeed, after: int, *, resumed: bool) -> None:
    await _json(socket, {"type": "hello", "after": after, "resumed": resumed})
    async for item in feed.subscribe(after):
        await _json(socket, {"type": "event", "number": item.number, "event": to_dict(item.event)})


async def _json(socket: web.WebSocketResponse, values: dict[str, Any]) -> None:
    await socket.send_str(json.dumps(values, ensure_ascii=False))


def _after(request: web.Request) -> int | None:
    text = request.query.get("after")
    if text is None:
        return None
    if not text.isdecimal():
        raise Problem(400, "Номер события не понят", "Обновите страницу.")
    return int(text)
