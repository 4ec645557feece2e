"""The registrar's telephone with somebody at it: takes what rings, listens to the summary, accepts, talks a little."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bot.demo.stage import Stage
from speech.port import Voice
from telephony.phone import CallRefused

TALK_SECONDS = 2.0
_REGISTRAR = Voice(name="Elena")


async def answer_at_the_desk(stage: Stage) -> bytes:
    """Take the next call that has not been given up before; returns what was heard."""
    while True:
        ringing = await stage.registrar.next_call()
        with suppress(CallRefused):  # it rang when nobody was there
            phone = await ringing.answer()
            break
    await asyncio.sleep(TALK_SECONDS)
    await phone.press("1")
    hello = [chunk async for chunk in stage.voices.stream("Регистратура, здравствуйте, слушаю вас.", _REGISTRAR)]
    await phone.say(b"".join(hello))
    await asyncio.sleep(TALK_SECONDS)
    heard = phone.heard()
    await phone.hangup()
    return heard
