"""A thin client of Asterisk's REST interface: requests with time limits, one event socket that comes back."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from telephony.asterisk.events import (
    WANTED,
    ApplicationReplaced,
    AriEvent,
    Channel,
    StasisStart,
    Vanished,
    parse_channel,
    parse_event,
)
from telephony.port import LineDown, LineError

log = logging.getLogger(__name__)

_BACK_OFF_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
_HEARTBEAT_S: Final = 10.0
_FIRST_CONNECT_S: Final = 10.0
_GONE: Final = (404, 409, 412, 422)


class AriRefused(LineError):
    """Asterisk answered a request with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status


class AriGone(AriRefused):
    """What the request was about is not there any more: an ordinary outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AriAddress:
    """Where and as whom to connect; `app` is this worker's own Stasis name."""

    url: str
    user: str
    password: str = field(repr=False)
    app: str


@dataclass(slots=True, eq=False)
class Watch:
    """The events of one channel, in order; `exists` once Asterisk is known to have had the channel."""

    channel_id: str
    exists: bool
    events: asyncio.Queue[AriEvent] = field(default_factory=asyncio.Queue)


class AriClient:
    """REST and events of one application on one Asterisk.

    `on_connect` gets the live channels after every connect, `on_start` the channels that nobody watches,
    `on_replaced` is called when another process has taken the name; there is no reconnecting after that.
    """

    def __init__(
        self,
        address: AriAddress,
        *,
        on_connect: Callable[[list[Channel]], Awaitable[None]],
        on_start: Callable[[StasisStart], None],
        on_replaced: Callable[[], None],
        timeout_s: float = 10.0,
    ) -> None:
        self.address = address
        self.connected = asyncio.Event()
        self._on_connect = on_connect
        self._on_start = on_start
        self._on_replaced = on_replaced
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self._watches: dict[str, Watch] = {}
        self._reader: asyncio.Task[None] | None = None
        self._replaced = False

    async def start(self) -> None:
        """Connect, reconcile for the first time and stay connected from then on; raises LineDown."""
        headers = authorization(self.address.user, self.address.password)
        connector = aiohttp.TCPConnector(limit=0)  # a hundred calls may hang up in the same instant
        self._session = aiohttp.ClientSession(headers=headers, timeout=self._timeout, connector=connector)
        try:
            socket = await self._connect()
        except LineError:
            await self.close()
            raise
        self._reader = asyncio.create_task(self._keep_reading(socket))
        try:
            await asyncio.wait_for(self.connected.wait(), _FIRST_CONNECT_S)
        except TimeoutError:
            await self.close()
            raise LineDown("ARI: не удалось узнать о текущих звонках") from None

    async def close(self) -> None:
        """Disconnect; calls stay where they are."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._session:
            await self._session.close()

    # ------------------------------------------------------------ requests

    async def request(self, method: str, path: str, *, body: Any = None, **params: str | int) -> Any:
        """One REST request; the JSON of the answer or None. Raises AriGone, AriRefused, LineDown."""
        if self._session is None or self._session.closed:
            raise LineDown("ARI: соединение закрыто")
        url = f"{self.address.url}{path}"
        try:
            async with self._session.request(method, url, params=params, json=body) as answer:
                text = await answer.text()
                if answer.status >= 400:
                    raise _refusal(answer.status, text[:200])
                return json.loads(text) if text else None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise LineDown(f"ARI не отвечает: {type(error).__name__}") from error

    async def channels(self) -> list[Channel]:
        """Every channel of this Asterisk."""
        return [parse_channel(raw) for raw in await self.request("GET", "/channels")]

    async def variable(self, channel_id: str, name: str) -> str | None:
        """A channel variable; None if it was never set, or the channel is gone."""
        try:
            answer = await self.request("GET", f"/channels/{channel_id}/variable", variable=name)
        except AriGone:
            return None
        return str(answer["value"])

    async def set_variable(self, channel_id: str, name: str, value: str) -> None:
        """Set a channel variable; AriGone if the channel is gone."""
        body = {"variable": name, "value": value}
        await self.request("POST", f"/channels/{channel_id}/variable", body=body)

    async def discard(self, path: str, **params: str) -> None:
        """DELETE what may be gone already."""
        try:
            await self.request("DELETE", path, **params)
        except AriGone:
            return

    # -------------------------------------------------------------- events

    def watch(self, channel_id: str, *, exists: bool) -> Watch:
        """Collect this channel's events from now on; call before the request that creates it."""
        self._watches[channel_id] = watch = Watch(channel_id, exists)
        return watch

    def unwatch(self, channel_id: str) -> None:
        self._watches.pop(channel_id, None)

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        assert self._session is not None
        address = self.address
        try:
            socket = await self._session.ws_connect(
                f"{address.url.replace('http', 'ws', 1)}/events",
                params={"app": address.app},
                heartbeat=_HEARTBEAT_S,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise LineDown(f"ARI не отвечает: {type(error).__name__}") from error
        try:
            wanted = {"allowed": [{"type": name} for name in WANTED]}
            await self.request("PUT", f"/applications/{address.app}/eventFilter", body=wanted)
        except LineError:
            await socket.close()
            raise
        return socket

    async def _keep_reading(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            reconciling = asyncio.create_task(self._reconcile(socket))
            try:
                await self._read(socket)
            finally:
                self.connected.clear()
                reconciling.cancel()
                await asyncio.gather(reconciling, return_exceptions=True)
                await socket.close()
            if self._replaced:
                self._on_replaced()
                return
            log.warning("ari event socket lost, reconnecting")
            socket = await self._reconnect()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Until the socket closes; Asterisk leaves a replaced one open, but nothing comes from it any more."""
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._dispatch(message.data)
            if self._replaced:
                return

    async def _reconnect(self) -> aiohttp.ClientWebSocketResponse:
        attempt = 0
        while True:
            await asyncio.sleep(_BACK_OFF_S[min(attempt, len(_BACK_OFF_S) - 1)])
            try:
                return await self._connect()
            except LineError:
                attempt += 1

    async def _reconcile(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Asterisk replays nothing: learn from the list of channels what was missed; a failure begins anew."""
        try:
            watched = [watch for watch in self._watches.values() if watch.exists]
            channels = await self.channels()
            living = {channel.id for channel in channels}
            for watch in watched:
                if watch.channel_id not in living:
                    watch.events.put_nowait(Vanished())
            await self._on_connect(channels)
            self.connected.set()
        except LineError:
            log.warning("ari reconciliation failed", exc_info=True)
            await socket.close()

    def _dispatch(self, text: str) -> None:
        event = _parse(text)
        if event is None or isinstance(event, Vanished):
            return
        if isinstance(event, ApplicationReplaced):
            self._replaced = True
            return
        watch = self._watches.get(event.channel.id)
        if watch:
            watch.exists = True
            watch.events.put_nowait(event)
        elif isinstance(event, StasisStart):
            self._on_start(event)


def authorization(user: str, password: str) -> dict[str, str]:
    """The header of HTTP basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _refusal(status: int, text: str) -> AriRefused:
    """Asterisk says 400 of a channel in a parameter that has gone, and 500 of one that goes while it is answered."""
    gone = status in _GONE or (status == 400 and "not found" in text) or "Failed to answer" in text
    return (AriGone if gone else AriRefused)(status, text)


def _parse(text: str) -> AriEvent | None:
    try:
        raw: Mapping[str, Any] = json.loads(text)
        return parse_event(raw)
    except (ValueError, KeyError, TypeError, AttributeError):
        log.warning("ari event not understood", extra={"size": len(text)})
        return None
