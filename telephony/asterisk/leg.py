"""One call at Asterisk: the caller's channel, our media, the bridge that holds them, and perhaps a registrar."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

from telephony.asterisk.ari import AriGone, Watch
from telephony.asterisk.belongings import Belongings
from telephony.asterisk.events import ChannelDestroyed, HangupRequested, KeyPressed, StasisEnd, Vanished
from telephony.asterisk.exchange import CallIdentity, Exchange
from telephony.asterisk.external import open_external
from telephony.asterisk.media import RtpMedia
from telephony.asterisk.naming import Kind, Name
from telephony.asterisk.person import AsteriskPerson
from telephony.causes import ended
from telephony.port import (
    Direction,
    Dtmf,
    HangupCause,
    HungUp,
    LegEvent,
    LegGone,
    LineError,
    MediaLost,
    PersonLeg,
    PersonNotReached,
)
from telephony.recording import finish
from telephony.waiting import unless

log = logging.getLogger(__name__)

T = TypeVar("T")

STATE_VARIABLE: Final = "BOT_STATE"
_STATE_LIMIT: Final = 2048
_FIRST_PACKET_S: Final = 0.5


class AsteriskCall:
    """The port CallLeg. `on_over` is called once, when everything of the call has been cleared away."""

    def __init__(
        self, exchange: Exchange, identity: CallIdentity, watch: Watch, *, on_over: Callable[[], None]
    ) -> None:
        self.identity = identity
        self._exchange = exchange
        self._client = exchange.client
        self._on_over = on_over
        self._media = RtpMedia(exchange.pacer, exchange.inbox, exchange.config.media_address, on_lost=self._media_lost)
        self._belongings = Belongings(exchange.client)
        self._belongings.adopt(f"/channels/{identity.channel_id}")
        self._bridge = f"/bridges/{self._name(Kind.BRIDGE, identity.numbers_from)}"
        self._next = identity.numbers_from
        self._external = ""
        self._persons: list[AsteriskPerson] = []
        self._person: AsteriskPerson | None = None
        self._held = False
        self._moving = asyncio.Lock()
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._clearing: asyncio.Task[None] | None = None
        self._spawn(self._follow(watch))

    # -------------------------------------------------- the port CallLeg

    @property
    def call_id(self) -> str:
        return self.identity.call_id

    @property
    def direction(self) -> Direction:
        return self.identity.direction

    @property
    def caller(self) -> str:
        return self.identity.caller

    @property
    def called(self) -> str:
        return self.identity.called

    @property
    def media(self) -> RtpMedia:
        return self._media

    @property
    def resumed_state(self) -> str | None:
        return self.identity.resumed_state

    @property
    def with_person(self) -> bool:
        return self._person is not None

    async def answer(self) -> None:
        if self._external or self._person:
            return
        async with self._moving:
            await self._act(self._connect())
        await self._act(self._media.flowing(_FIRST_PACKET_S))

    async def events(self) -> AsyncIterator[LegEvent]:
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def save_state(self, state: str) -> None:
        if len(state.encode()) > _STATE_LIMIT:
            raise ValueError(f"state of a call is limited to {_STATE_LIMIT} bytes")
        await self._act(self._client.set_variable(self.identity.channel_id, STATE_VARIABLE, state))

    async def hold(self, on: bool) -> None:
        async with self._moving:
            if on == self._held:
                return
            await self._act(self._hold() if on else self._unhold())
            self._held = on

    async def ring(self, endpoint: str, *, timeout_s: float, caller_name: str) -> PersonLeg:
        person = AsteriskPerson(self._exchange, self._belongings, self._name(Kind.PERSON, self._take()), endpoint)
        self._persons.append(person)
        await person.ring(timeout_s=timeout_s, caller_name=caller_name, caller=self.caller, caller_gone=self._gone)
        return person

    async def join(self, person: PersonLeg) -> None:
        if not isinstance(person, AsteriskPerson):
            raise TypeError("a person of another line cannot join this call")
        async with self._moving:
            await self._act(self._put_together(person))

    async def hangup(self) -> None:
        self._over(HangupCause.NORMAL)
        if self._clearing:
            await asyncio.shield(self._clearing)

    async def finish_recording(self) -> Path | None:
        return await finish(self._exchange.config.recordings, self.call_id)

    # ------------------------------------------------------- for the line

    @property
    def over(self) -> bool:
        return self._gone.is_set()

    def rejoin(self, person: Name, endpoint: str, things: Iterable[str]) -> None:
        """Caller and registrar talk already, since before a restart; whichever ends, ends the other."""
        for path in things:
            self._belongings.adopt(path)
        self._person = AsteriskPerson(self._exchange, self._belongings, person, endpoint)
        self._persons.append(self._person)
        self._person.rejoin()
        self._spawn(self._end_with(self._person))

    async def leave(self) -> None:
        """Stop attending to the call without ending it."""
        self._client.unwatch(self.identity.channel_id)
        self._media.close()
        for person in self._persons:
            person.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *filter(None, [self._clearing]), return_exceptions=True)

    # -------------------------------------------------------------- inside

    async def _act(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something with the caller's channel; LegGone if the caller goes, or has gone unnoticed."""
        try:
            return await unless(self._gone, work)
        except AriGone as error:
            self._over(HangupCause.NORMAL)
            raise LegGone from error

    async def _connect(self) -> None:
        """Answer, bridge and media at once: each is a request, none waits for the other."""
        caller = self.identity.channel_id
        create = self._client.request("POST", self._bridge, type="mixing")
        _, _, external = await asyncio.gather(
            self._client.request("POST", f"/channels/{caller}/answer"),
            self._belongings.create(self._bridge, create),
            open_external(self._client, self._belongings, self._name(Kind.MEDIA, self._take()), self._media),
        )
        await self._add(f"{caller},{external.removeprefix('/channels/')}")
        self._external = external

    async def _hold(self) -> None:
        self._media.listen(False)
        self._media.flush()
        await self._remove(self._external)
        await self._client.request("POST", f"{self._bridge}/moh")

    async def _unhold(self) -> None:
        await self._stop_music()
        try:
            await self._add(self._external.removeprefix("/channels/"))
        except AriGone:
            await self._renew()
        self._media.listen(True)

    async def _put_together(self, person: AsteriskPerson) -> None:
        """Our silent channel stays in the bridge: with three members Asterisk mixes. With two it would pass packets
        on as they come, and its recorder would take the registrar's, numbered by another phone, for late ones.
        """
        try:
            await self._add(f"{person.leg_id},{self._external.removeprefix('/channels/')}")
        except AriGone as error:
            raise PersonNotReached(HangupCause.NORMAL, "Регистратор положил трубку") from error
        self._person = person
        await self._stop_music()
        self._held = False
        person.leave_private()
        self._media.detach()
        self._spawn(self._end_with(person))

    async def _end_with(self, person: AsteriskPerson) -> None:
        await person.gone.wait()
        self._over(HangupCause.NORMAL)

    async def _revive(self) -> None:
        """A new external channel instead of the one that has fallen silent."""
        async with self._moving:
            if self._held or not self._external or self.over:
                return
            try:
                await self._renew()
            except LineError:
                log.warning("cannot renew the media", extra={"call_id": self.call_id}, exc_info=True)

    async def _renew(self) -> None:
        old, name = self._external, self._name(Kind.MEDIA, self._take())
        self._external = await open_external(self._client, self._belongings, name, self._media)
        self._belongings.drop(old)
        await self._add(str(name))

    def _media_lost(self) -> None:
        self._events.put_nowait(MediaLost())
        self._spawn(self._revive())

    async def _follow(self, watch: Watch) -> None:
        while True:
            match await watch.events.get():
                case KeyPressed(digit=digit):
                    self._events.put_nowait(Dtmf(digit=digit))
                case ChannelDestroyed(cause=cause, tech_cause=tech_cause):
                    self._over(ended(cause, tech_cause), tech_cause)
                    return
                case HangupRequested(cause=cause):
                    self._over(ended(cause))
                    return
                case StasisEnd() | Vanished():
                    self._over(HangupCause.NORMAL)
                    return

    def _over(self, cause: HangupCause, tech_cause: str = "") -> None:
        """The one end of a call, whoever brought it about."""
        if self._gone.is_set():
            return
        self._gone.set()
        self._media.close()
        self._client.unwatch(self.identity.channel_id)
        self._events.put_nowait(HungUp(cause=cause, tech_cause=tech_cause or None))
        self._clearing = asyncio.create_task(self._clear())

    async def _clear(self) -> None:
        for task in self._tasks:
            task.cancel()  # nobody is told any more what becomes of the channel
        for person in self._persons:
            person.close()
        await self._belongings.drop_all()
        self._on_over()

    async def _add(self, channels: str) -> None:
        await self._client.request("POST", f"{self._bridge}/addChannel", channel=channels)

    async def _remove(self, channel_path: str) -> None:
        channel = channel_path.removeprefix("/channels/")
        await self._client.request("POST", f"{self._bridge}/removeChannel", channel=channel)

    async def _stop_music(self) -> None:
        await self._client.discard(f"{self._bridge}/moh")

    def _name(self, kind: Kind, number: int) -> Name:
        return Name(kind=kind, app=self._exchange.app, call_id=self.identity.call_id, number=number)

    def _take(self) -> int:
        self._next += 1
        return self._next

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
