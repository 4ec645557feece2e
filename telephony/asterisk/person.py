"""A registrar's leg: rung, briefed in private, then joined to the caller or let go."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Final

from telephony.asterisk.ari import AriGone, AriRefused, Watch
from telephony.asterisk.belongings import Belongings
from telephony.asterisk.events import ChannelDestroyed, DialProgress, KeyPressed, StasisEnd, StasisStart, Vanished
from telephony.asterisk.exchange import Exchange
from telephony.asterisk.external import open_external
from telephony.asterisk.media import RtpMedia
from telephony.asterisk.naming import Kind, Name
from telephony.causes import not_reached
from telephony.phone import plain_name
from telephony.port import HangupCause, LegGone, PersonNotReached
from telephony.waiting import unless

log = logging.getLogger(__name__)

_PRIVATE_NUMBERS: Final = 1000
"""Private sound sources count from here, the caller's own from 0: names never meet."""


class AsteriskPerson:
    """The port PersonLeg. `gone` is set when the registrar has hung up, or was never reached."""

    def __init__(self, exchange: Exchange, belongings: Belongings, name: Name, endpoint: str) -> None:
        self._exchange = exchange
        self._belongings = belongings
        self._name = name
        self._endpoint = endpoint
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._media: RtpMedia | None = None
        self._private: list[str] = []
        self._following: asyncio.Task[None] | None = None
        self.gone = asyncio.Event()

    @property
    def leg_id(self) -> str:
        return str(self._name)

    async def play(self, pcm: bytes) -> None:
        media = self._media
        if media is None:
            media = await unless(self.gone, self._open_media())
        media.send(pcm)
        try:
            await unless(self.gone, media.drained())
            if self.gone.is_set():
                raise LegGone
        finally:
            media.flush()

    async def key(self, timeout_s: float) -> str | None:
        try:
            return await asyncio.wait_for(unless(self.gone, self._keys.get()), timeout_s)
        except TimeoutError:
            return None

    async def hangup(self) -> None:
        self._let_go()

    # --------------------------------------------------- for the call's leg

    async def ring(self, *, timeout_s: float, caller_name: str, caller: str, caller_gone: asyncio.Event) -> None:
        """Ring and return when answered; raises PersonNotReached, or LegGone when the caller hangs up."""
        watch = self._exchange.client.watch(self.leg_id, exists=False)
        self._exchange.busy[self.leg_id] = self._endpoint
        try:
            await self._dial(watch, timeout_s=timeout_s, caller_name=caller_name, caller=caller)
            await unless(caller_gone, self._answered(watch, timeout_s))
        except BaseException:
            self._let_go(reason="no_answer")
            raise
        self._following = asyncio.create_task(self._follow(watch))

    def rejoin(self) -> None:
        """This leg talks with the caller already, since before a restart."""
        self._exchange.busy[self.leg_id] = self._endpoint
        watch = self._exchange.client.watch(self.leg_id, exists=True)
        self._following = asyncio.create_task(self._follow(watch))

    def leave_private(self) -> None:
        """The briefing is over: its bridge and its sound are not needed any more."""
        if self._media:
            self._media.close()
            self._media = None
        for path in self._private:
            self._belongings.drop(path)
        self._private.clear()

    def close(self) -> None:
        """The call is over or the service stops: listen no longer. The channel is the belongings' affair."""
        self._forget()
        if self._media:
            self._media.close()
        if self._following:
            self._following.cancel()

    # --------------------------------------------------------------- inside

    async def _dial(self, watch: Watch, *, timeout_s: float, caller_name: str, caller: str) -> None:
        exchange = self._exchange
        request = exchange.client.request(
            "POST",
            "/channels",
            channelId=self.leg_id,
            endpoint=exchange.config.phones.format(endpoint=self._endpoint),
            app=exchange.app,
            appArgs="person",
            timeout=math.ceil(timeout_s) + 1,
            callerId=f'"{plain_name(caller_name)}" <{plain_name(caller)}>',
        )
        try:
            await self._belongings.create(f"/channels/{self.leg_id}", request)
        except AriRefused as error:
            raise await self._unknown_phone() from error
        watch.exists = True

    async def _unknown_phone(self) -> PersonNotReached:
        """Asterisk says only "Allocation failed"; tell a phone that does not exist from one that is switched off."""
        log.warning("registrar's phone cannot be rung", extra={"endpoint": self._endpoint})
        try:
            await self._exchange.client.request("GET", f"/endpoints/PJSIP/{self._endpoint}")
        except AriGone:
            detail = f"Телефон регистратора «{self._endpoint}» не заведён в Asterisk"
            return PersonNotReached(HangupCause.INVALID_NUMBER, detail)
        detail = f"Телефон регистратора «{self._endpoint}» не подключён к Asterisk"
        return PersonNotReached(HangupCause.UNREACHABLE, detail)

    async def _answered(self, watch: Watch, timeout_s: float) -> None:
        rang = False
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    event = await watch.events.get()
                    match event:
                        case StasisStart():
                            return
                        case DialProgress(status="RINGING" | "PROGRESS"):
                            rang = True
                        case ChannelDestroyed(cause=cause, tech_cause=tech_cause):
                            raise PersonNotReached(not_reached(cause, tech_cause, rang=rang))
                        case StasisEnd() | Vanished():
                            raise PersonNotReached(HangupCause.FAILED)
        except TimeoutError:
            raise PersonNotReached(HangupCause.NO_ANSWER if rang else HangupCause.UNREACHABLE) from None

    async def _follow(self, watch: Watch) -> None:
        while True:
            event = await watch.events.get()
            if isinstance(event, KeyPressed):
                self._keys.put_nowait(event.digit)
            elif isinstance(event, StasisEnd | ChannelDestroyed | Vanished):
                self._let_go()
                return

    async def _open_media(self) -> RtpMedia:
        """A bridge of its own with a sound source of its own: nobody else can hear the briefing."""
        exchange, name = self._exchange, self._name
        address = exchange.config.media_address
        media = self._media = RtpMedia(exchange.pacer, exchange.inbox, address, on_lost=lambda: None)
        bridge = Name(kind=Kind.PRIVATE, app=name.app, call_id=name.call_id, number=name.number)
        external = Name(kind=Kind.MEDIA, app=name.app, call_id=name.call_id, number=_PRIVATE_NUMBERS + name.number)
        path = f"/bridges/{bridge}"
        self._private += [f"/channels/{external}", path]
        try:
            await self._connect_media(path, external, media)
        except BaseException:
            self.leave_private()
            raise
        return media

    async def _connect_media(self, path: str, external: Name, media: RtpMedia) -> None:
        exchange = self._exchange
        create = exchange.client.request("POST", path, type="mixing")
        await asyncio.gather(
            self._belongings.create(path, create), open_external(exchange.client, self._belongings, external, media)
        )
        try:
            await exchange.client.request("POST", f"{path}/addChannel", channel=f"{self.leg_id},{external}")
        except AriGone as error:
            raise LegGone from error

    def _let_go(self, reason: str = "normal") -> None:
        self._belongings.drop(f"/channels/{self.leg_id}", reason=reason)
        self.leave_private()
        self._forget()

    def _forget(self) -> None:
        self._exchange.client.unwatch(self.leg_id)
        self._exchange.busy.pop(self.leg_id, None)
        self.gone.set()
