"""The ARI client and what is built on it, against a server that behaves as badly as a test likes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import WSMsgType, web
from pytest_aiohttp.plugin import AiohttpServer

from telephony.asterisk.ari import AriAddress, AriClient, AriGone, AriRefused
from telephony.asterisk.belongings import Belongings
from telephony.asterisk.events import Channel, StasisStart
from telephony.port import LegGone, LineDown
from tests.integration.telephony.line_house import eventually


class Exchange:
    """Answers like ARI; `delay_s` makes creating slow, `answers` overrides the status of a path."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.there: set[str] = set()
        self.delay_s = 0.0
        self.answers: dict[str, tuple[int, str]] = {}
        self.sockets: list[web.WebSocketResponse] = []
        self.authorized = True

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/ari/events", self._events)
        app.router.add_route("*", "/ari/{path:.*}", self._any)
        return app

    async def say(self, text: str) -> None:
        await self.sockets[-1].send_str(text)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if not self.authorized:
            raise web.HTTPUnauthorized
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            assert message.type is WSMsgType.TEXT
        return socket

    async def _any(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/ari")
        self.requests.append(f"{request.method} {path}")
        if path in self.answers:
            status, text = self.answers[path]
            return web.Response(status=status, text=text)
        if path == "/channels" and request.method == "GET":
            return web.json_response([])
        if request.method == "POST":
            await asyncio.sleep(self.delay_s)
            self.there.add(path)
        if request.method == "DELETE" and path not in self.there:
            return web.json_response({"message": "gone"}, status=404)
        if request.method == "DELETE":
            self.there.discard(path)
        return web.Response(status=204)


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
async def client(exchange: Exchange, aiohttp_server: AiohttpServer) -> AsyncIterator[AriClient]:
    server = await aiohttp_server(exchange.app())
    made = make_client(str(server.make_url("/ari")))
    await made.start()
    yield made
    await made.close()


STARTS: list[StasisStart] = []


def make_client(url: str, timeout_s: float = 10.0) -> AriClient:
    STARTS.clear()

    async def connected(channels: list[Channel]) -> None:
        return

    address = AriAddress(url=url, user="bot", password="пароль", app="bot")
    return AriClient(
        address, on_connect=connected, on_start=STARTS.append, on_replaced=lambda: None, timeout_s=timeout_s
    )


class TestBelongings:
    async def test_what_is_being_made_when_the_call_ends_is_deleted_afterwards(
        self, exchange: Exchange, client: AriClient
    ) -> None:
        exchange.delay_s = 0.1
        belongings = Belongings(client)
        making = asyncio.create_task(belongings.create("/bridges/b", client.request("POST", "/bridges/b")))
        await eventually(lambda: "POST /bridges/b" in exchange.requests)
        await belongings.drop_all()
        with pytest.raises(LegGone):
            await making
        assert exchange.requests[-1] == "DELETE /bridges/b"
        assert not exchange.there

    async def test_nobody_waits_any_more_but_it_is_still_known(self, exchange: Exchange, client: AriClient) -> None:
        exchange.delay_s = 0.1
        belongings = Belongings(client)
        making = asyncio.create_task(belongings.create("/bridges/b", client.request("POST", "/bridges/b")))
        await eventually(lambda: "POST /bridges/b" in exchange.requests)
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
        await belongings.drop_all()
        await asyncio.sleep(2 * exchange.delay_s)
        assert not exchange.there

    async def test_nothing_is_made_after_the_end(self, exchange: Exchange, client: AriClient) -> None:
        belongings = Belongings(client)
        await belongings.drop_all()
        with pytest.raises(LegGone):
            await belongings.create("/bridges/b", client.request("POST", "/bridges/b"))
        assert "POST /bridges/b" not in exchange.requests

    async def test_what_was_refused_is_not_deleted(self, exchange: Exchange, client: AriClient) -> None:
        exchange.answers["/bridges/b"] = (500, "Allocation failed")
        belongings = Belongings(client)
        with pytest.raises(AriRefused):
            await belongings.create("/bridges/b", client.request("POST", "/bridges/b"))
        await belongings.drop_all()
        assert "DELETE /bridges/b" not in exchange.requests


class TestRequests:
    @pytest.mark.parametrize(
        ("status", "text", "error"),
        [
            (404, "", AriGone),
            (422, "Channel not in Stasis application", AriGone),
            (400, '{"message":"Channel not found"}', AriGone),
            (400, '{"message":"Invalid parameter"}', AriRefused),
            (500, '{"message":"Failed to answer channel"}', AriGone),
            (500, "Allocation failed", AriRefused),
        ],
    )
    async def test_refusals(
        self, exchange: Exchange, client: AriClient, status: int, text: str, error: type[AriRefused]
    ) -> None:
        exchange.answers["/x"] = (status, text)
        with pytest.raises(AriRefused) as refused:
            await client.request("POST", "/x")
        assert type(refused.value) is error
        assert refused.value.status == status

    async def test_answer_that_takes_too_long_is_a_dead_line(
        self, exchange: Exchange, aiohttp_server: AiohttpServer
    ) -> None:
        exchange.delay_s = 2.0
        hasty = make_client(str((await aiohttp_server(exchange.app())).make_url("/ari")), timeout_s=1.0)
        await hasty.start()
        with pytest.raises(LineDown):
            await hasty.request("POST", "/x")
        await hasty.close()

    async def test_closed_client_says_so(self, client: AriClient) -> None:
        await client.close()
        with pytest.raises(LineDown):
            await client.request("GET", "/x")


class TestEvents:
    async def test_noise_and_nonsense_do_not_stop_the_reader(self, exchange: Exchange, client: AriClient) -> None:
        for text in ("{", "[]", '"x"', '{"type":"StasisStart"}', '{"type":"ChannelVarset"}'):
            await exchange.say(text)
        await exchange.say('{"type":"StasisStart","args":[],"channel":{"id":"c","state":"Up"}}')
        await eventually(lambda: [event.channel.id for event in STARTS] == ["c"])

    async def test_watched_channel_goes_to_its_watcher_only(self, exchange: Exchange, client: AriClient) -> None:
        watch = client.watch("c", exists=False)
        await exchange.say('{"type":"StasisStart","args":[],"channel":{"id":"c","state":"Up"}}')
        await asyncio.wait_for(watch.events.get(), 10)
        assert watch.exists
        assert not STARTS

    async def test_only_what_is_wanted_is_asked_for(self, exchange: Exchange, client: AriClient) -> None:
        assert "PUT /applications/bot/eventFilter" in exchange.requests

    async def test_comes_back_after_the_server_closed_the_socket(self, exchange: Exchange, client: AriClient) -> None:
        await exchange.sockets[0].close()
        await eventually(lambda: len(exchange.sockets) == 2 and client.connected.is_set())

    async def test_wrong_password_is_a_dead_line(self, exchange: Exchange, aiohttp_server: AiohttpServer) -> None:
        exchange.authorized = False
        server = await aiohttp_server(exchange.app())
        with pytest.raises(LineDown):
            await make_client(str(server.make_url("/ari"))).start()
