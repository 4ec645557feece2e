"""A simulated call in a tenth of its time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from speech.pcm import read_channels, tone
from telephony.simulated import SimulatedExchange, SimulatedLine


async def test_three_seconds_of_talk_take_a_tenth_of_it(tmp_path: Path) -> None:
    exchange = SimulatedExchange(tmp_path, speed=20)
    line = SimulatedLine(exchange)
    await line.start()
    dialling = asyncio.create_task(exchange.phone("79161234567").dial("registry"))
    leg = await anext(line.incoming())
    await leg.answer()
    call = await dialling
    began = time.monotonic()
    leg.media.send(tone(440, 3000))
    await asyncio.gather(call.say(tone(700, 3000)), leg.media.drained())
    assert time.monotonic() - began < 1.0
    await call.hangup()
    async for _ in leg.events():
        pass
    path = await leg.finish_recording()
    assert path is not None
    left, right = read_channels(path)
    assert len(left) == len(right) >= 3000 * 16
    await line.close()


async def test_without_a_line_nobody_answers(tmp_path: Path) -> None:
    exchange = SimulatedExchange(tmp_path)
    wire = exchange.call_in("79161234567", "registry")
    assert wire.over.is_set()
    assert not exchange.wires
