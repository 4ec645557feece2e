"""A Rasa service that replays what the real one has said (tests/data/rasa_recorded.json), and breaks on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "recorded-token-1234"
RECORDED: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "rasa_recorded.json").read_text(encoding="utf-8")
)


class RecordedRasa:
    """Answers as recorded. `says` replaces every ranking, `status` every status code; `stalls` answers nobody."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        """Texts that came to be ranked."""
        self.looked = 0
        """How often its state was asked."""
        self.says: Any = None
        self.status = 200
        self.state: Any = RECORDED["status"]
        self.stalls = False
        self.breaks_on = ""
        """A text that it has no answer to but an error."""

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard])
        application.router.add_get("/status", self._status)
        application.router.add_post("/model/parse", self._parse)
        return application

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Yield its address."""
        server = TestServer(self.application())
        await server.start_server()
        try:
            yield str(server.make_url("")).rstrip("/")
        finally:
            await server.close()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.query.get("token") != TOKEN:
            return web.json_response(RECORDED["refused"], status=401)
        if self.stalls:
            await asyncio.Event().wait()
        if self.status != 200:
            return web.json_response(RECORDED["broken"], status=self.status)
        response: web.StreamResponse = await handler(request)
        return response

    async def _status(self, request: web.Request) -> web.Response:
        self.looked += 1
        return _json(self.state)

    async def _parse(self, request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        self.asked.append(text)
        if text == self.breaks_on:
            return web.json_response(RECORDED["broken"], status=500)
        return _json(RECORDED["parsed"][text] if self.says is None else self.says)


def _json(value: Any) -> web.Response:
    """Text as it is, everything else as JSON."""
    return web.Response(text=value) if isinstance(value, str) else web.json_response(value)


def ranked(**probabilities: float) -> dict[str, Any]:
    """An answer in Rasa's shape."""
    ranking = [{"name": name, "confidence": p} for name, p in probabilities.items()]
    return {"text": "", "intent": ranking[0] if ranking else {}, "entities": [], "intent_ranking": ranking}
