"""A fake Pyrus: an aiohttp application written from the documented contract, with faults to order and a journal.

Where each rule comes from:
- `POST /auth {login, security_key}` -> `{access_token, api_url, files_url}`, the API elsewhere than the sign-in, 401
  for a bad token, upload -> `{guid, md5_hash}`: the vendor's Python client 2.50 (client.py, models/responses.py).
- 5000 requests in 10 minutes per user, 429 `too_many_requests`, `X-RateLimit-*`, `{error_code, error}`,
  `expired_token`, `invalid_credentials`: https://pyrus.com/en/help/api/errors-and-limits.
- `/integrations/call` and `/integrations/attachcallrecord`, `from_number`, `to_number`, `external_id`, `mappings`:
  https://pyrus.com/en/help/api/telephony and the vendor's C# client (CallRequest.cs, AttachCallRecordRequest.cs).
- the webhook's body and the answer as a comment within 60 seconds: https://pyrus.com/en/help/api/webhooks.
- `X-Pyrus-Sig`, `X-Pyrus-Retry: n/3`, `User-Agent: Pyrus-Bot-4`: crm-apis.md B.2.
- UNVERIFIED: `Retry-After` on 429; `account_id` of `attachcallrecord`; that the recording becomes an attachment of a
  comment; whether `external_id` joins repeated calls (here it does not: the harder case); 404 of a missing task.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from bot.domain.clock import Clock
from tests.fakes.pyrus_forms import BadRequest, PyrusForms

LOGIN, SECURITY_KEY = "bot@5f0d6d0e", "kB9~very-secret"
TELEPHONY_ACCOUNT = "registratura-1"
API = "/region7/v4"
WRITE = r"POST .*(/tasks|/comments|/integrations/\w+)$"
"""Requests that write something others see."""
_SOUNDS = ("ac3", "mp3", "ogg", "wav", "wma")
_WINDOW = timedelta(minutes=10)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Fault:
    """What happens to the next request of which `METHOD /path` matches the expression `on`.

    `kind`: too_many, error, error_after_commit, timeout, slow, dropped, dropped_after_commit, expired_token, nonsense,
    forbidden (by a page of HTML, as a proxy does).
    """

    kind: str
    on: str = ""
    retry_after: int | None = 3


@dataclass(frozen=True)
class Request:
    """A line of the journal."""

    method: str
    path: str
    body: Any
    at: datetime


@dataclass
class FakePyrus:
    """One account; `telephony_form` is the form of its telephony extension."""

    clock: Clock
    store: PyrusForms
    telephony_form: int
    limit: int = 5000
    faults: deque[Fault] = field(default_factory=deque)
    journal: list[Request] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._gate], client_max_size=64 * 1024 * 1024)
        app.router.add_post("/api/v4/auth", self._auth)
        app.router.add_post(f"{API}/tasks", self._create)
        app.router.add_get(f"{API}/tasks/{{task}}", self._task)
        app.router.add_post(f"{API}/tasks/{{task}}/comments", self._comment)
        app.router.add_get(f"{API}/forms/{{form}}", self._form)
        app.router.add_post(f"{API}/forms/{{form}}/register", self._register)
        app.router.add_get(f"{API}/catalogs/{{catalog}}", self._catalog)
        app.router.add_post(f"{API}/files/upload", self._upload)
        app.router.add_post(f"{API}/integrations/call", self._call)
        app.router.add_post(f"{API}/integrations/attachcallrecord", self._attach)
        return app

    def sent(self, path: str) -> list[Request]:
        """Requests whose path ends so."""
        return [request for request in self.journal if request.path.endswith(path)]

    # ------------------------------------------------------------ webhooks

    def webhook(self, task_id: int | str, *, event: str = "comment", attempt: int = 1) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a webhook about a task."""
        content = {"event": event, "access_token": "token-of-the-bot", "task_id": int(task_id), "user_id": 1725}
        body = json.dumps(content | {"task": self.store.tasks[int(task_id)]}, ensure_ascii=False).encode()
        signature = hmac.new(SECURITY_KEY.encode(), body, hashlib.sha1).hexdigest()
        retry = {"X-Pyrus-Sig": signature, "X-Pyrus-Retry": f"{attempt}/3"}
        return body, {"Content-Type": "application/json", "User-Agent": "Pyrus-Bot-4", **retry}

    async def deliver(self, url: str, task_id: int | str) -> list[int]:
        """Send a webhook up to three times; a good answer's body becomes a comment. The statuses that came."""
        statuses = []
        async with aiohttp.ClientSession() as session:
            for attempt in (1, 2, 3):
                body, headers = self.webhook(task_id, attempt=attempt)
                async with session.post(url, data=io.BytesIO(body), headers=headers) as answer:
                    statuses.append(answer.status)
                    if 200 <= answer.status < 300:
                        if reply := json.loads(await answer.read() or b"{}"):
                            self.store.comment(self.store.tasks[int(task_id)], reply)
                        break
        return statuses

    # ------------------------------------------------------------ the gate: journal, faults, token, limit

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        multipart = request.content_type.startswith("multipart/")
        body = await request.json() if request.can_read_body and not multipart else None
        self.journal.append(Request(request.method, request.path, body, self.clock.now()))
        ordered = self._fault(f"{request.method} {request.path}")
        fault = ordered.kind
        if fault in ("timeout", "dropped"):
            return await self._silence(request, forever=fault == "timeout")
        if fault == "expired_token":
            self.tokens.clear()
        refusal = self._refusal(request, ordered)
        if refusal is not None:
            return refusal
        answer = await self._answer(request, handler)
        if fault == "dropped_after_commit":
            return await self._silence(request, forever=False)
        if fault == "slow":
            await asyncio.sleep(0.05)
        if fault == "error_after_commit":
            return _error(500, "server_error")
        return web.Response(text="<html>gateway</html>") if fault == "nonsense" else answer

    def _fault(self, request: str) -> Fault:
        if self.faults and re.search(self.faults[0].on, request):
            return self.faults.popleft()
        return Fault("")

    def _refusal(self, request: web.Request, fault: Fault) -> web.Response | None:
        recent = [one for one in self.journal if one.at > self.clock.now() - _WINDOW]
        if fault.kind == "too_many" or len(recent) > self.limit:
            headers = {"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "600"}
            waits = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
            return _error(429, "too_many_requests", headers | waits)
        if fault.kind == "forbidden":
            return web.Response(status=403, text="<html>forbidden</html>")
        if fault.kind == "error":
            return _error(500, "server_error")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not request.path.endswith("/auth") and token not in self.tokens:
            return _error(401, "expired_token")
        return None

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except BadRequest as error:
            return _error(400, str(error))

    async def _silence(self, request: web.Request, *, forever: bool) -> web.Response:
        """Never answer, or break the connection."""
        if forever:
            await asyncio.Event().wait()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    # ------------------------------------------------------------ methods

    async def _auth(self, request: web.Request) -> web.Response:
        body = await request.json()
        if (body.get("login"), body.get("security_key")) != (LOGIN, SECURITY_KEY):
            return _error(400, "invalid_credentials")
        token = f"token-{len(self.sent('/auth'))}"
        self.tokens.add(token)
        urls = {name: str(request.url.with_path(path)) for name, path in (("api_url", f"{API}/"), ("files_url", "/"))}
        return web.json_response({"access_token": token, **urls})

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response({"task": self.store.create(body["form_id"], body.get("fields") or [])})

    async def _task(self, request: web.Request) -> web.Response:
        return web.json_response({"task": self._known(request.match_info["task"])})

    async def _comment(self, request: web.Request) -> web.Response:
        task = self._known(request.match_info["task"])
        self.store.comment(task, await request.json())
        return web.json_response({"task": task})

    async def _form(self, request: web.Request) -> web.Response:
        return web.json_response(self.store.described(int(request.match_info["form"])))

    async def _register(self, request: web.Request) -> web.Response:
        tasks = self.store.register(int(request.match_info["form"]), await request.json())
        return web.json_response({"tasks": tasks})

    async def _catalog(self, request: web.Request) -> web.Response:
        number = int(request.match_info["catalog"])
        items = [{"item_id": item, "values": [name, ""]} for item, name in self.store.catalogs[number].items()]
        return web.json_response({"catalog_id": number, "items": items})

    async def _upload(self, request: web.Request) -> web.Response:
        part = (await request.post())["file"]
        assert isinstance(part, web.FileField)
        content = part.file.read()
        guid = f"guid-{self.store.new_id()}"
        self.files[guid] = (part.filename, content)
        return web.json_response({"guid": guid, "md5_hash": hashlib.md5(content).hexdigest()})

    async def _call(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("account_id") != TELEPHONY_ACCOUNT or "from_number" not in body or "to_number" not in body:
            raise BadRequest("required_parameter_missing")
        task = self.store.create(self.telephony_form, [])
        self.store.fill_by_code(task, body.get("mappings") or [])
        person = {"user_id": "34231", "first_name": "Илья"}
        return web.json_response({"task_id": task["id"], "is_new_task": True, "responsible_person": person})

    async def _attach(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("account_id") != TELEPHONY_ACCOUNT or body.get("record_file") not in self.files:
            raise BadRequest("required_parameter_missing")
        name, content = self.files[body["record_file"]]
        if name.rpartition(".")[2] not in _SOUNDS:
            raise BadRequest("invalid_file_format")
        file = {"id": self.store.new_id(), "name": name, "size": len(content)}
        self.store.comment(self._known(body["task_id"]), {"attachments": [file]})
        return web.json_response({})

    def _known(self, task_id: str | int) -> dict[str, Any]:
        task = self.store.tasks.get(int(task_id))
        if task is None:
            raise web.HTTPNotFound(text=json.dumps({"error_code": "task_not_found"}), content_type="application/json")
        return task


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error_code": code, "error": f"{code}."}, status=status, headers=headers)
