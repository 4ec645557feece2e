"""Signed requests over HTTP: which failures leave nothing written, and which leave nobody knowing."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot.domain.clock import Clock
from crm_bridge.foreign import WriteUnknown
from crm_bridge.generic_http.signing import signed_headers
from crm_bridge.port import CrmUnavailable, NotFound, Refused

log = logging.getLogger(__name__)

JSON = "application/json; charset=utf-8"
_SAID = 300
"""How much of the other system's explanation is kept."""


class SecretRefused(CrmUnavailable):
    """The other system does not take our secret; writes wait until somebody has put the new one in."""


class SignedClient:
    """One base address and one secret; the session opens with the first request."""

    def __init__(self, base_url: str, secret: str, clock: Clock, *, timeout_s: float) -> None:
        self._base = base_url.rstrip("/")
        self._secret = secret
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def read(self, *path: str, request_id: str, query: Mapping[str, str] | None = None) -> Any:
        """The JSON of a GET; None for 404. Raises CrmUnavailable, Refused."""
        url = self._url(path).with_query(query or {})
        headers = self._sign(request_id, url.raw_path_qs.encode())
        try:
            async with self._open().get(url, headers=headers, allow_redirects=False) as response:
                if response.status == 404:
                    return None
                await _check(response)
                return await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError):
            raise CrmUnavailable("Другая система не отвечает") from None
        except ValueError:
            raise CrmUnavailable("Ответ другой системы не читается") from None

    async def write(self, *path: str, request_id: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """POST a JSON object, `id` added; the object of the answer. Raises CrmUnavailable, WriteUnknown, Refused."""
        body = json.dumps({"id": request_id, **content}, ensure_ascii=False, separators=(",", ":")).encode()
        return await self._post(path, request_id, body, JSON)

    async def upload(self, *path: str, request_id: str, body: bytes, content_type: str) -> None:
        """POST bytes. Raises as `write`."""
        await self._post(path, request_id, body, content_type)

    async def _post(self, path: tuple[str, ...], request_id: str, body: bytes, content_type: str) -> Mapping[str, Any]:
        headers = self._sign(request_id, body) | {"Content-Type": content_type}
        session = self._open()
        try:
            # in a BytesIO, so that a recording does not hold up the event loop
            sent = session.post(self._url(path), data=io.BytesIO(body), headers=headers, allow_redirects=False)
            async with sent as response:
                if response.status >= 500 and response.status != 503:
                    raise WriteUnknown(f"Другая система ответила ошибкой {response.status}")
                await _check(response)
                answer = await response.json(content_type=None)
        except aiohttp.ClientConnectorError:
            raise CrmUnavailable("С другой системой нет связи") from None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise WriteUnknown("Другая система не ответила на запись") from None
        return answer if isinstance(answer, dict) else {}

    async def close(self) -> None:
        """Safe twice, and before the first request."""
        if self._session is not None:
            await self._session.close()
            self._session = None
            # the transports of a closed session end in the next round of the loop
            await asyncio.sleep(0)

    def _url(self, path: tuple[str, ...]) -> URL:
        # their ids may hold slashes, and must stay one part of the path
        parts = "/".join(quote(part, safe="") for part in path)
        return URL(f"{self._base}/{parts}", encoded=True)

    def _sign(self, request_id: str, text: bytes) -> dict[str, str]:
        return signed_headers(self._secret, request_id, self._clock.now(), text)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session


async def _check(response: aiohttp.ClientResponse) -> None:
    """Raise what the status means; nothing was written in any of these cases."""
    status = response.status
    if status < 300:
        return
    if status in (401, 403):
        log.error("the other system refuses our secret", extra={"status": status})
        raise SecretRefused("Другая система не принимает наш секрет: проверьте его в настройках")
    if status in (429, 503):
        raise CrmUnavailable("Другая система просит подождать")
    if status == 404:
        raise NotFound("В другой системе такого нет")
    if status >= 500:
        raise CrmUnavailable(f"Другая система ответила ошибкой {status}")
    raise Refused(await _explanation(response))


async def _explanation(response: aiohttp.ClientResponse) -> str:
    try:
        answer = json.loads(await response.read())
        said = str(answer["detail"])[:_SAID]
    except (ValueError, KeyError, TypeError):
        said = f"без объяснения ({response.status})"
    return f"Другая система отказала: {said}"
