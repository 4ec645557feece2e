"""A fake SMS gateway over real HTTP, with the faults that real ones have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Request:
    """What the gateway was asked."""

    method: str
    headers: Mapping[str, str]
    fields: Mapping[str, Any]


@dataclass
class FakeGateway:
    """`faults` come first, one a request: a status, `timeout`, `dropped` (after it was taken) or a whole answer."""

    url: str = ""
    faults: list[int | str | web.Response] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    answer: Mapping[str, Any] = field(default_factory=lambda: {"status": "OK", "messages": [{"id": 4711}]})
    retry_after: str = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        if request.content_type == "application/json":
            fields = await request.json()
        else:
            fields = dict(request.query) | dict(await request.post())
        self.asked.append(Request(request.method, request.headers, fields))
        match self.faults.pop(0) if self.faults else None:
            case None:
                return web.json_response(self.answer)
            case "timeout":
                await asyncio.sleep(30)
                return web.Response()
            case "dropped":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case int(status):
                headers = {"Retry-After": self.retry_after} if self.retry_after else {}
                return web.Response(status=status, text="+79161110001 не принят", headers=headers)
            case web.Response() as answer:
                return answer
        raise AssertionError("no such fault")

    @asynccontextmanager
    async def served(self) -> AsyncIterator[FakeGateway]:
        """On a port of its own until the block ends."""
        app = web.Application()
        app.router.add_route("*", "/send", self.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/send"
            yield self
        finally:
            await runner.cleanup()
