"""Phoning somebody: dial, wait, tell why nobody answered, and have an answered call recorded."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from typing import Final

from telephony.asterisk.ari import AriGone, AriRefused, Watch
from telephony.asterisk.belongings import Belongings
from telephony.asterisk.events import ChannelDestroyed, DialProgress, StasisStart, Vanished
from telephony.asterisk.exchange import Exchange
from telephony.asterisk.naming import Name
from telephony.causes import not_reached
from telephony.port import CallFailed, HangupCause

_NUMBER: Final = re.compile(r"\+?[0-9*#]{2,20}")
_RETURN_S: Final = 3.0
_RESERVED: Final = ("BOT_CALL", "BOT_APP", "BOT_NUMBER")


async def dial(
    exchange: Exchange, name: Name, number: str, *, timeout_s: float, caller_id: str, variables: Mapping[str, str]
) -> Watch:
    """Phone `number`; returns the watch of the answered, recorded channel. Raises CallFailed or LineDown."""
    if not _NUMBER.fullmatch(number):
        raise CallFailed(HangupCause.INVALID_NUMBER, rang=False)
    watch = exchange.client.watch(str(name), exists=False)
    path, made = f"/channels/{name}", Belongings(exchange.client)
    request = _request(exchange, name, number, timeout_s=timeout_s, caller_id=caller_id, variables=variables)
    try:
        await made.create(path, request)
        watch.exists = True
        await _answered(watch, timeout_s)
        await _have_recorded(exchange, watch)
    except BaseException as error:
        exchange.client.unwatch(str(name))
        made.drop(path, reason="no_answer")
        await made.drop_all()
        if isinstance(error, AriRefused):
            raise CallFailed(HangupCause.FAILED, rang=False, tech_cause=str(error)) from error
        raise
    return watch


async def _request(
    exchange: Exchange, name: Name, number: str, *, timeout_s: float, caller_id: str, variables: Mapping[str, str]
) -> None:
    reserved = dict(zip(_RESERVED, (name.call_id, name.app, number), strict=True))
    await exchange.client.request(
        "POST",
        "/channels",
        body={"variables": {**variables, **reserved}},  # in the query they are lost
        channelId=str(name),
        endpoint=exchange.config.dial.format(number=number),
        app=exchange.app,
        appArgs="dialled",
        timeout=math.ceil(timeout_s) + 1,
        callerId=caller_id,
    )


async def _answered(watch: Watch, timeout_s: float) -> None:
    rang = False
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                match await watch.events.get():
                    case StasisStart():
                        return
                    case DialProgress(status="RINGING" | "PROGRESS"):
                        rang = True
                    case ChannelDestroyed(cause=cause, tech_cause=tech):
                        raise CallFailed(not_reached(cause, tech, rang=rang), rang=rang, tech_cause=tech or None)
                    case Vanished():
                        raise CallFailed(HangupCause.FAILED, rang=rang)
    except TimeoutError:
        raise CallFailed(HangupCause.NO_ANSWER if rang else HangupCause.UNREACHABLE, rang=rang) from None


async def _have_recorded(exchange: Exchange, watch: Watch) -> None:
    """Only the dialplan can start a two-channel recording: send the channel there, it comes straight back.

    Whoever hangs up within these milliseconds has answered, but no conversation took place.
    """
    path = f"/channels/{watch.channel_id}/continue"
    try:
        await exchange.client.request("POST", path, context="outbound", extension="s", priority=1)
        async with asyncio.timeout(_RETURN_S):
            event = await watch.events.get()
            while not isinstance(event, StasisStart | ChannelDestroyed | Vanished):
                event = await watch.events.get()
    except (AriGone, TimeoutError):
        raise CallFailed(HangupCause.NORMAL, rang=True) from None
    if not isinstance(event, StasisStart):
        raise CallFailed(HangupCause.NORMAL, rang=True)
