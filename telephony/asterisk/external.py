"""Asterisk's end of our media: the external channel, from the request to its entry into Stasis."""

from __future__ import annotations

import asyncio
from typing import Final

from telephony.asterisk.ari import AriClient
from telephony.asterisk.belongings import Belongings
from telephony.asterisk.events import ChannelDestroyed, StasisEnd, StasisStart, Vanished
from telephony.asterisk.media import RtpMedia
from telephony.asterisk.naming import Name
from telephony.port import LineDown

_ENTRY_S: Final = 5.0


async def open_external(client: AriClient, belongings: Belongings, name: Name, media: RtpMedia) -> str:
    """Create the external channel `name` and connect `media` to it; returns its path.

    Only its own StasisStart says that it may be put into a bridge: the request returns earlier than that.
    Raises LegGone if the call ends meanwhile, LineDown if the channel never enters.
    """
    path = f"/channels/{name}"
    watch = client.watch(str(name), exists=False)
    try:
        request = client.request(
            "POST",
            "/channels/externalMedia",
            channelId=str(name),
            app=client.address.app,
            external_host=media.local,
            format="alaw",
        )
        await belongings.create(path, request)
        watch.exists = True
        async with asyncio.timeout(_ENTRY_S):
            event = await watch.events.get()
            while not isinstance(event, StasisStart | StasisEnd | ChannelDestroyed | Vanished):
                event = await watch.events.get()
    except TimeoutError as error:
        belongings.drop(path)
        raise LineDown("Внешний канал не вошёл в приложение") from error
    finally:
        client.unwatch(str(name))
    if not isinstance(event, StasisStart):
        belongings.drop(path)
        raise LineDown("Внешний канал закрылся, не начав работать")
    sent_along = event.channel.variables
    media.attach((sent_along["UNICASTRTP_LOCAL_ADDRESS"], int(sent_along["UNICASTRTP_LOCAL_PORT"])))
    return path
