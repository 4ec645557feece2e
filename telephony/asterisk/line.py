"""The line over one Asterisk: takes calls, makes calls, and finds its calls again after a restart."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, Final

from telephony.asterisk.ari import AriClient, Watch
from telephony.asterisk.events import Channel, StasisStart
from telephony.asterisk.exchange import CallIdentity, Exchange, LineConfig
from telephony.asterisk.leg import STATE_VARIABLE, AsteriskCall
from telephony.asterisk.naming import Kind, Name, check_app, parse_name
from telephony.asterisk.originate import dial
from telephony.asterisk.recovery import Survivor, plan
from telephony.pacer import Pacer
from telephony.port import CallFailed, CallLeg, Direction, HangupCause, LegGone, LineDown, LineHealth

log = logging.getLogger(__name__)

NO_VARIABLES: Mapping[str, str] = {}
_REMEMBERED: Final = 1000


class AsteriskLine:
    """The port Line. `pacer` may be shared with other lines of the same process.

    `replaced` is set when another process has taken our application name: it has our calls now. Nothing comes in any
    more, and nothing of ours is ended; the service should cancel its sessions and exit.
    """

    def __init__(self, config: LineConfig, *, pacer: Pacer | None = None) -> None:
        check_app(config.ari.app)
        self.replaced = asyncio.Event()
        self._client = AriClient(
            config.ari, on_connect=self._reconcile, on_start=self._started, on_replaced=self._replaced
        )
        self._exchange = Exchange(client=self._client, config=config, pacer=pacer or Pacer())
        self._calls: dict[str, AsteriskCall] = {}
        self._incoming: asyncio.Queue[CallLeg | None] = asyncio.Queue()
        self._early: list[Channel] = []
        self._ended: deque[str] = deque(maxlen=_REMEMBERED)
        self._sweeping: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self._client.start()

    async def incoming(self) -> AsyncIterator[CallLeg]:
        while (call := await self._incoming.get()) is not None:
            yield call

    async def originate(
        self,
        number: str,
        *,
        call_id: str,
        timeout_s: float,
        caller_id: str,
        variables: Mapping[str, str] = NO_VARIABLES,
    ) -> CallLeg:
        if not self._client.connected.is_set():
            raise LineDown("Нет связи с Asterisk")
        name = Name(kind=Kind.DIALLED, app=self._exchange.app, call_id=call_id)
        watch = await dial(self._exchange, name, number, timeout_s=timeout_s, caller_id=caller_id, variables=variables)
        identity = CallIdentity(
            call_id=call_id, channel_id=str(name), direction=Direction.OUTBOUND, caller=number, called=caller_id
        )
        call = self._attend(identity, watch)
        try:
            await call.answer()
        except LegGone:
            raise CallFailed(HangupCause.NORMAL, rang=True) from None
        except BaseException:
            await call.hangup()
            raise
        return call

    async def health(self) -> LineHealth:
        system, channels, bridges = await asyncio.gather(
            self._client.request("GET", "/asterisk/info"),
            self._client.channels(),
            self._client.request("GET", "/bridges"),
        )
        return LineHealth(
            name=str(system["config"]["name"]),
            version=str(system["system"]["version"]),
            channels=len(channels),
            bridges=len(bridges),
            details={"app": self._exchange.app, "calls": str(len(self._calls))},
        )

    def busy_endpoints(self) -> Sequence[str]:
        return tuple(sorted(set(self._exchange.busy.values())))

    async def close(self) -> None:
        await asyncio.gather(*(call.leave() for call in tuple(self._calls.values())), *self._sweeping)
        await self._client.close()
        self._incoming.put_nowait(None)

    # --------------------------------------------------------------- inside

    def _replaced(self) -> None:
        log.error("another process has taken the application", extra={"app": self._exchange.app})
        self.replaced.set()
        self._incoming.put_nowait(None)
        for call in self._calls.values():
            self._background(call.leave())

    def _attend(self, identity: CallIdentity, watch: Watch) -> AsteriskCall:
        call = AsteriskCall(self._exchange, identity, watch, on_over=lambda: self._forget(identity.call_id))
        self._calls[identity.call_id] = call
        return call

    def _forget(self, call_id: str) -> None:
        self._calls.pop(call_id, None)
        self._ended.append(call_id)

    def _started(self, event: StasisStart) -> None:
        """A channel that nobody waits for has come: a new caller, or something whose call has just ended."""
        if parse_name(event.channel.id):
            self._sweep(f"/channels/{event.channel.id}")
        elif self._client.connected.is_set():
            self._take(event.channel)
        else:
            self._early.append(event.channel)  # orphans are swept before anybody new is taken

    def _take(self, channel: Channel) -> None:
        call_id = channel.variables.get("BOT_CALL", "")
        if not call_id:
            log.warning("channel without BOT_CALL: is the dialplan ours?", extra={"channel": channel.id})
            self._sweep(f"/channels/{channel.id}")
        elif call_id not in self._calls:
            watch = self._client.watch(channel.id, exists=True)
            self._incoming.put_nowait(self._attend(_identity(call_id, channel, Direction.INBOUND), watch))

    async def _reconcile(self, channels: list[Channel]) -> None:
        raw = await self._client.request("GET", "/bridges")
        bridges: dict[str, list[str]] = {bridge["id"]: bridge["channels"] for bridge in raw}
        todo = plan(self._exchange.app, channels, bridges, known=self._calls.keys())
        orphans = [f"/channels/{item}" for item in todo.channels] + [f"/bridges/{item}" for item in todo.bridges]
        if orphans or todo.survivors:
            log.info("reconciled", extra={"survivors": len(todo.survivors), "orphans": len(orphans)})
        await asyncio.gather(*(self._client.discard(path) for path in orphans))
        for survivor in todo.survivors:
            await self._take_up(survivor)
        early, self._early = self._early, []
        for channel in early:
            self._take(channel)

    async def _take_up(self, survivor: Survivor) -> None:
        channel = survivor.channel
        if survivor.call_id in self._ended:
            self._sweep(f"/channels/{channel.id}")  # hung up by us while there was no connection
            return
        state = await self._client.variable(channel.id, STATE_VARIABLE)
        if state is None and survivor.direction is Direction.OUTBOUND:
            self._sweep(f"/channels/{channel.id}")  # answered while nobody was there to speak
            return
        watch = self._client.watch(channel.id, exists=True)
        identity = _identity(
            survivor.call_id, channel, survivor.direction, resumed_state=state, numbers_from=survivor.numbers_from
        )
        call = self._attend(identity, watch)
        if survivor.person:
            endpoint = await self._endpoint_of(survivor.person)
            call.rejoin(survivor.person, endpoint, survivor.paths)
        self._incoming.put_nowait(call)

    async def _endpoint_of(self, person: Name) -> str:
        return await self._client.variable(str(person), "CHANNEL(endpoint)") or ""

    def _sweep(self, path: str) -> None:
        self._background(self._discard(path))

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._sweeping.add(task)
        task.add_done_callback(self._sweeping.discard)

    async def _discard(self, path: str) -> None:
        with contextlib.suppress(LineDown):
            await self._client.discard(path)


def _identity(
    call_id: str,
    channel: Channel,
    direction: Direction,
    *,
    resumed_state: str | None = None,
    numbers_from: int = 0,
) -> CallIdentity:
    other, ours = channel.caller, channel.variables.get("BOT_NUMBER", "")
    return CallIdentity(
        call_id=call_id,
        channel_id=channel.id,
        direction=direction,
        caller=other if direction is Direction.INBOUND else ours,
        called=ours if direction is Direction.INBOUND else other,
        resumed_state=resumed_state,
        numbers_from=numbers_from,
    )
