"""The aiohttp application: routes, middleware, start and end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from bot.web import calls, chat, desk, health, stream, voice
from bot.web.deps import DEPS, WebDeps
from bot.web.guard import add_headers, own_page_only
from bot.web.metrics import METRICS, Metrics, keep_counting
from bot.web.problems import problems

STATIC = Path(__file__).with_name("static")
LARGEST_BODY = 16 * 1024


def create_app(deps: WebDeps) -> web.Application:
    """Build the page's application; whoever runs it binds it to loopback."""
    app = web.Application(middlewares=[problems, own_page_only], client_max_size=LARGEST_BODY)
    app[DEPS] = deps
    app[METRICS] = Metrics()
    app[chat.ROOM] = chat.ChatRoom(deps.clock)
    app[stream.SOCKETS] = set()
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(stream.close_sockets)
    app.cleanup_ctx.append(keep_counting)
    app.cleanup_ctx.append(_hang_up_chats)
    _routes(app)
    return app


async def page(request: web.Request) -> web.StreamResponse:
    """GET /: the page."""
    return web.FileResponse(STATIC / "index.html")


def _routes(app: web.Application) -> None:
    app.router.add_get("/", page)
    app.router.add_static("/static", STATIC)
    app.router.add_get("/api/page", desk.page_facts)
    app.router.add_get("/api/live", calls.live)
    app.router.add_get("/api/calls", calls.past)
    app.router.add_get("/api/calls/{call_id}", calls.detail)
    app.router.add_get("/api/calls/{call_id}/phone", calls.phone)
    app.router.add_get("/api/calls/{call_id}/recording", calls.recording)
    app.router.add_get("/api/visits", desk.visits)
    app.router.add_get("/api/requests", desk.requests)
    app.router.add_post("/api/requests/{request_id}/done", desk.finish_request)
    app.router.add_get("/api/tasks", desk.tasks)
    app.router.add_post("/api/chats", chat.open_chat)
    app.router.add_post("/api/chats/{chat_id}/turns", chat.take_turn)
    app.router.add_get("/api/events", stream.events)
    app.router.add_get("/api/voice", voice.voice)
    app.router.add_get("/health", health.health)
    app.router.add_get("/metrics", health.metrics)


async def _hang_up_chats(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[chat.ROOM].close()
