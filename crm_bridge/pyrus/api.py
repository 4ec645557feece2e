"""A thin client of the Pyrus API: signing in, limits, time-outs, and an honest word on every write.

Sources: the vendor's Python client (sign-in, `api_url` of the answer, 401 -> sign in once and repeat, upload) and the
vendor's page «Errors and limits» (5000 requests in 10 minutes, 429 with `X-RateLimit-Reset`, `error_code`). UNVERIFIED:
`Retry-After` on 429, and that a 401 or 429 is always answered before anything was written.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from crm_bridge.foreign import WriteUnknown
from crm_bridge.port import CrmError, CrmUnavailable, NotFound, Refused
from crm_bridge.pyrus.limits import RequestWindow

_log = logging.getLogger(__name__)

AUTH_URL = "https://accounts.pyrus.com/api/v4/auth"
API_URL = "https://api.pyrus.com/v4"
_DEFAULT_PAUSE_S = 60.0  # after a 429 that does not say for how long; UNVERIFIED

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How we sign in; `api_url` is only used when the answer to the sign-in names none (own installations)."""

    login: str
    security_key: str
    auth_url: str = AUTH_URL
    api_url: str = API_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: Json | None

    @property
    def broken(self) -> bool:
        """Nothing can be told from it: a failure over there, or a success that is not JSON."""
        return self.status >= 500 or (self.status < 300 and self.body is None)


class SignInRefused(Refused):
    """Login or security key are wrong: nothing else can be tried."""


class _Lost(Exception):
    """The request was sent and no whole answer came."""


class PyrusApi:
    """Requests to one account of Pyrus; made inside a running event loop, closed with `close`."""

    def __init__(
        self,
        account: Account,
        window: RequestWindow,
        *,
        timeout_s: float = 10.0,
        connect_s: float = 5.0,
        upload_timeout_s: float = 300.0,
    ) -> None:
        self._account = account
        self._window = window
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=connect_s)
        self._upload_timeout = aiohttp.ClientTimeout(total=upload_timeout_s, sock_connect=connect_s)
        self._session = aiohttp.ClientSession(headers={"User-Agent": "registratura"})
        self._signing_in = asyncio.Lock()
        self._token: str | None = None
        self._api_url = account.api_url

    async def close(self) -> None:
        await self._session.close()

    async def read(self, path: str, query: Json | None = None) -> Json:
        """GET, or POST of a query; repeated once after a lost answer. Raises CrmUnavailable, NotFound, Refused."""
        try:
            return await self._read_once(path, query)
        except _Lost:
            pass
        try:
            return await self._read_once(path, query)
        except _Lost:
            raise CrmUnavailable("Pyrus не отвечает") from None

    async def write(self, path: str, body: Json) -> Json:
        """POST, sent once. Raises WriteUnknown when it may have been written, CrmUnavailable when it was not."""
        try:
            answer = await self._allowed(path, lambda: {"json": body}, self._timeout)
        except _Lost:
            raise WriteUnknown("Pyrus не подтвердил запись: её нужно найти, прежде чем повторять") from None
        if answer.broken:
            raise WriteUnknown("Pyrus ответил сбоем: запись нужно найти, прежде чем повторять")
        return _checked(answer)

    async def upload(self, file: Path) -> str:
        """The guid of a new file there; a lost one is never shown to anybody, so it may be sent again."""
        content = await asyncio.to_thread(file.read_bytes)

        def form() -> Json:
            data = aiohttp.FormData()
            data.add_field("file", io.BytesIO(content), filename=file.name)
            return {"data": data}

        try:
            answer = await self._allowed("/files/upload", form, self._upload_timeout)
        except _Lost:
            raise CrmUnavailable("Pyrus не принял файл") from None
        if answer.broken:
            raise CrmUnavailable("Pyrus не принял файл")
        return str(_checked(answer)["guid"])

    async def _read_once(self, path: str, query: Json | None) -> Json:
        if query is None:
            answer = await self._allowed(path, dict, self._timeout, method="GET")
        else:
            answer = await self._allowed(path, lambda: {"json": query}, self._timeout)
        if answer.broken:
            raise _Lost
        return _checked(answer)

    async def _allowed(
        self, path: str, content: Callable[[], Json], timeout: aiohttp.ClientTimeout, *, method: str = "POST"
    ) -> _Answer:
        """The answer after at most one new sign-in and one pause; `content` is made anew for each sending."""
        signed_in = paused = False
        while True:
            token = await self._signed_in()
            await self._window.take()
            answer = await self._send(
                method,
                f"{self._api_url}{path}",
                content() | {"headers": {"Authorization": f"Bearer {token}"}},
                timeout,
            )
            if answer.status == 401 and not signed_in:
                signed_in = True
                self._forget(token)
            elif answer.status == 429:
                self._window.close_for(_pause_of(answer.headers))
                if paused:
                    raise CrmUnavailable("Pyrus: слишком много запросов")
                paused = True
            else:
                return answer

    async def _signed_in(self) -> str:
        """The token; whoever comes while another is signing in waits for that one."""
        async with self._signing_in:
            if self._token is None:
                await self._window.take()
                credentials = {"login": self._account.login, "security_key": self._account.security_key}
                try:
                    answer = await self._send("POST", self._account.auth_url, {"json": credentials}, self._timeout)
                except _Lost:
                    raise CrmUnavailable("Pyrus не отвечает на вход") from None
                self._accept(answer)
            assert self._token is not None
            return self._token

    def _accept(self, answer: _Answer) -> None:
        if answer.status == 429:
            self._window.close_for(_pause_of(answer.headers))
        if answer.status == 429 or answer.broken:
            raise CrmUnavailable("Pyrus не отвечает на вход")
        body = answer.body or {}
        token = body.get("access_token")
        if not token:
            _log.error(
                "pyrus refused the sign-in", extra={"status": answer.status, "error_code": body.get("error_code")}
            )
            raise SignInRefused("Pyrus не принял вход: проверьте логин бота и ключ безопасности")
        self._token = str(token)
        self._api_url = str(body.get("api_url") or self._account.api_url).rstrip("/")

    def _forget(self, token: str) -> None:
        """Drop a token that was refused, unless somebody has already got a new one."""
        if self._token == token:
            self._token = None

    async def _send(self, method: str, url: str, content: Json, timeout: aiohttp.ClientTimeout) -> _Answer:
        try:
            async with self._session.request(method, url, timeout=timeout, allow_redirects=False, **content) as answer:
                return _Answer(status=answer.status, headers=answer.headers, body=_parsed(await answer.read()))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise CrmUnavailable("нет связи с Pyrus") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise _Lost from None


def _parsed(content: bytes) -> Json | None:
    """The JSON object of an answer; an empty one is an empty object, anything else no answer at all."""
    try:
        value = json.loads(content) if content else {}
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _pause_of(headers: Mapping[str, str]) -> float:
    for name in ("Retry-After", "X-RateLimit-Reset"):
        try:
            return max(0.0, float(headers[name]))
        except (KeyError, ValueError):
            continue
    return _DEFAULT_PAUSE_S


def _checked(answer: _Answer) -> Json:
    """The body of a good answer; an `error_code` is an error whatever the status. The vendor's text is not shown."""
    body = answer.body or {}
    code = body.get("error_code")
    if answer.status < 300 and not code:
        return body
    _log.warning("pyrus refused a request", extra={"status": answer.status, "error_code": code})
    raise _error(answer.status, code)


def _error(status: int, code: object) -> CrmError:
    if status == 404:
        return NotFound("в Pyrus такого нет")
    if status in (401, 403):
        return Refused(f"Pyrus не разрешил действие ({code or status}): проверьте права бота на форму")
    return Refused(f"Pyrus не принял запрос ({code or status}): проверьте файл соответствия")
