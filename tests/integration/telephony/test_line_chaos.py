"""Callers who hang up at any instant, many at once: afterwards the exchange is empty."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest

from telephony.phone import CallRefused, PhoneCall
from telephony.port import CallLeg, LineError
from telephony.softphone import Softphone
from tests.integration.telephony.line_house import AsteriskHouse, bot_tone, eventually

pytestmark = pytest.mark.asterisk

CALLS = 40


async def handle(leg: CallLeg, house: AsteriskHouse) -> None:
    """What a session does on the way to a registrar; any step may find the caller gone."""
    try:
        await leg.answer()
        leg.media.send(bot_tone(100))
        await leg.media.drained()
        await leg.hold(True)
        person = await leg.ring("reg-101", timeout_s=5, caller_name="")
        await person.play(bot_tone(60))
        await leg.join(person)
    except LineError:
        return


async def caller(house: AsteriskHouse, phone: Softphone, *, after_s: float, patience_s: float) -> None:
    """Phones, and puts the phone down after that time whatever is going on."""
    await asyncio.sleep(after_s)
    dialling = asyncio.create_task(phone.dial(house.uri))
    await asyncio.sleep(patience_s)
    if not dialling.done():
        dialling.cancel()
    with contextlib.suppress(asyncio.CancelledError, CallRefused):
        await (await dialling).hangup()


async def registrar(phone: Softphone, taken: list[PhoneCall]) -> None:
    async for ringing in phone.incoming():
        with contextlib.suppress(CallRefused):
            taken.append(await ringing.answer())


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_stays_behind(asterisk_house: AsteriskHouse, seed: int) -> None:
    house, chance = asterisk_house, random.Random(seed)
    taken: list[PhoneCall] = []
    phones = [house.patient(f"7916{at:07}") for at in range(4)]
    at_desk = asyncio.create_task(registrar(house.registrar("reg-101"), taken))
    sessions: set[asyncio.Task[None]] = set()

    async def attend() -> None:
        async for leg in house.line.incoming():
            sessions.add(asyncio.create_task(handle(leg, house)))

    attending = asyncio.create_task(attend())
    await asyncio.gather(
        *(
            caller(house, phones[at % 4], after_s=at / CALLS, patience_s=chance.uniform(0.0, 1.5))
            for at in range(CALLS)
        ),
    )
    await caller(house, phones[0], after_s=0.0, patience_s=4.0)  # who waits is joined, also after all that
    assert taken
    await asyncio.wait_for(asyncio.gather(*sessions), 8)
    await house.nothing_left()
    await eventually(lambda: all(call.over for call in taken))
    assert house.line.busy_endpoints() == ()
    attending.cancel()
    at_desk.cancel()
    await asyncio.gather(attending, at_desk, return_exceptions=True)
