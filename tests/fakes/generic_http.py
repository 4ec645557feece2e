"""A system that speaks the signed contract of docs/reference/generic-http.md, as its vendor would write it.

The contract is our own, so every rule here comes from that page and none is UNVERIFIED.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from aiohttp import web

from bot.domain.clock import Clock
from crm_bridge.foreign import RawWebhook

Fault = Literal["429", "500", "500_after", "503", "timeout", "dropped", "expired", "nonsense", "422"]
"""`500` and `timeout` come before anything is written; `500_after` and `dropped` after it."""
_BEFORE: Mapping[str, int] = {"429": 429, "500": 500, "503": 503, "expired": 401}
SECRET = "общий-секрет-клиники"
MAX_AGE_S = 300


@dataclass(frozen=True)
class Taken:
    """A request that came in, whatever became of it."""

    method: str
    path: str
    request_id: str
    body: bytes


@dataclass
class FakeGenericHttp:
    """The other system: what it keeps, what it was asked, and the faults that the next requests meet."""

    clock: Clock
    secret: str = SECRET
    faults: deque[Fault] = field(default_factory=deque)
    journal: list[Taken] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)
    """Our id to their reference: what they have taken."""
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    recordings: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """By reference of the call and name of the file."""
    tasks: list[dict[str, Any]] = field(default_factory=list)
    patience: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the end, so that requests left hanging end."""

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 2**20, middlewares=[self._guard])
        app.router.add_get("/v1/requests/{id}", self._find)
        app.router.add_get("/v1/call-tasks", self._tasks)
        for path in ("requests", "leads", "calls"):
            app.router.add_post(f"/v1/{path}", self._create)
        for path in ("leads/{ref}/stage", "calls/{ref}/finish", "call-tasks/{ref}/result"):
            app.router.add_post(f"/v1/{path}", self._change)
        app.router.add_post("/v1/calls/{ref}/recordings/{name}", self._recording)
        return app

    def written(self, kind: str) -> list[dict[str, Any]]:
        """What was written under a path such as `requests` or `stage`, in order."""
        return [content for content in self.kept.values() if content["_kind"] == kind]

    def webhook(
        self,
        event: str,
        object_id: str = "A-1",
        data: Mapping[str, Any] | None = None,
        *,
        message_id: str = "m-1",
        secret: str | None = None,
        at: datetime | None = None,
    ) -> RawWebhook:
        """The request by which it tells us of something."""
        message = {"id": message_id, "event": event, "object_id": object_id, "data": dict(data or {})}
        body = json.dumps(message, ensure_ascii=False).encode()
        timestamp = str(int((at or self.clock.now()).timestamp()))
        headers = {
            "x-registratura-timestamp": timestamp,
            "x-registratura-id": message_id,
            "x-registratura-signature": _sign(secret or self.secret, timestamp, body),
        }
        return RawWebhook(headers=headers, body=body)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body = await request.read()
        headers = request.headers
        request_id = headers.get("X-Registratura-Id", "")
        self.journal.append(Taken(request.method, request.path, request_id, body))
        timestamp = headers.get("X-Registratura-Timestamp", "0")
        text = body or request.raw_path.encode()
        if not hmac.compare_digest(_sign(self.secret, timestamp, text), headers.get("X-Registratura-Signature", "")):
            return _problem(401, "подпись неверна")
        if abs(self.clock.now().timestamp() - int(timestamp)) > MAX_AGE_S:
            return _problem(401, "подпись стара")
        fault = self.faults.popleft() if self.faults else None
        if fault == "timeout":
            await self.patience.wait()
            return _problem(504, "поздно")
        if fault is not None and fault in _BEFORE:
            return _problem(_BEFORE[fault], "сбой")
        if fault == "422":
            return _problem(422, "нет такого врача")
        response: web.StreamResponse = await handler(request)
        return await self._after(request, response, fault)

    async def _after(self, request: web.Request, response: web.StreamResponse, fault: str | None) -> web.StreamResponse:
        if fault == "500_after":
            return _problem(500, "сбой после записи")
        if fault == "nonsense":
            return web.Response(text="<html>", content_type="text/html")
        if fault == "dropped" and request.transport is not None:
            request.transport.abort()
        return response

    async def _find(self, request: web.Request) -> web.Response:
        reference = self.references.get(request.match_info["id"])
        return web.json_response({"reference": reference}) if reference else _problem(404, "нет")

    async def _tasks(self, request: web.Request) -> web.Response:
        datetime.fromisoformat(request.query["until"])
        done = {result["ref"] for result in self.written("result")}
        return web.json_response({"tasks": [task for task in self.tasks if str(task["id"]) not in done]})

    async def _create(self, request: web.Request) -> web.Response:
        return self._take(request, json.loads(await request.read()), request.path.rpartition("/")[2])

    async def _change(self, request: web.Request) -> web.Response:
        content = json.loads(await request.read())
        return self._take(request, content | {"ref": request.match_info["ref"]}, request.path.rpartition("/")[2])

    async def _recording(self, request: web.Request) -> web.Response:
        self.recordings[request.match_info["ref"], request.match_info["name"]] = await request.read()
        return web.json_response({})

    def _take(self, request: web.Request, content: dict[str, Any], kind: str) -> web.Response:
        request_id = request.headers["X-Registratura-Id"]
        if content["id"] != request_id:
            return _problem(400, "id не совпадает")
        known = request_id in self.references
        if not known:
            self.references[request_id] = f"Z-{len(self.references) + 1}"
            self.kept[request_id] = content | {"_kind": kind}
        return web.json_response({"reference": self.references[request_id]}, status=200 if known else 201)


def _sign(secret: str, timestamp: str, text: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + text, hashlib.sha256).hexdigest()


def _problem(status: int, detail: str) -> web.Response:
    return web.json_response({"detail": detail}, status=status)
