"""What people on the phone know of the bot's turns."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from bot.demo.watch import CallWatch
from bot.domain.call import Speaker
from bot.domain.events import CallEnded, CallStarted, TurnTaken

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ASKED = TurnTaken(call_id="c", number=1, at=NOW, speaker=Speaker.BOT, text="Слушаю вас.", state="open")


async def _watched() -> CallWatch:
    watch = CallWatch()
    await watch.take(CallStarted(call_id="c", direction="inbound", caller="+7 *** *** 12 34", at=NOW))
    await watch.take(ASKED)
    return watch


async def test_a_turn_is_heard_out_when_it_is_told_again() -> None:
    watch = await _watched()
    waiting = asyncio.create_task(watch.until_heard_out(watch.calls["c"], 1))
    await asyncio.sleep(0)
    assert not waiting.done()
    await watch.take(ASKED)
    await asyncio.wait_for(waiting, 1)


async def test_nobody_waits_for_a_call_that_has_ended() -> None:
    watch = await _watched()
    await watch.take(CallEnded(call_id="c", at=NOW, outcome={"outcome": "ended_by_caller"}))
    await asyncio.wait_for(watch.until_heard_out(watch.calls["c"], 1), 1)
    assert not watch.calls["c"].heard_out
