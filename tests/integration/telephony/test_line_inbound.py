"""What an inbound call may rely on, whatever line carries it."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from speech.pcm import read_channels
from telephony.phone import CallRefused
from telephony.port import (
    Direction,
    Dtmf,
    HangupCause,
    LegGone,
)
from tests.integration.telephony.line_house import (
    BOT_HZ,
    CALLER_HZ,
    House,
    Listener,
    bot_tone,
    caller_tone,
    connected,
    eventually,
    has_tone,
    hung_up,
    is_silent,
    loud_ms,
    recorded,
)

KEYS = "11005#"
"""What is pressed twice comes twice, and no key more often than it was pressed."""


class TestInbound:
    async def test_names_both_numbers(self, house: House) -> None:
        leg, call = await connected(house, "79031112233")
        assert (leg.caller, leg.called, leg.direction) == ("79031112233", "registry", Direction.INBOUND)
        assert uuid.UUID(leg.call_id)
        assert leg.resumed_state is None
        assert not leg.with_person
        await call.hangup()

    async def test_sound_flows_both_ways_and_ends_with_the_call(self, house: House) -> None:
        leg, call = await connected(house)
        listener = Listener(leg)
        leg.media.send(bot_tone())
        await leg.media.drained()
        await eventually(lambda: has_tone(call.heard(), BOT_HZ))
        assert leg.media.first_sent_at is not None
        await call.say(caller_tone())
        await eventually(lambda: has_tone(bytes(listener.heard), CALLER_HZ))
        await call.hangup()
        await eventually(lambda: listener.ended)

    async def test_first_words_are_not_clipped(self, house: House) -> None:
        leg, call = await connected(house)
        leg.media.send(bot_tone(200))
        await leg.media.drained()
        await eventually(lambda: has_tone(call.recent(0.4), BOT_HZ))
        await asyncio.sleep(0.1)
        assert loud_ms(call.heard()) > 180
        await call.hangup()

    async def test_keys_come_in_order(self, house: House) -> None:
        leg, call = await connected(house)
        await call.press(KEYS)
        events = leg.events()
        async with asyncio.timeout(10):
            assert [await anext(events) for _ in KEYS] == [Dtmf(digit=key) for key in KEYS]
        await call.hangup()

    async def test_flush_silences_within_a_few_frames(self, house: House) -> None:
        leg, call = await connected(house)
        leg.media.send(bot_tone(5000))
        await eventually(lambda: has_tone(call.recent(0.3), BOT_HZ))
        before = len(call.heard())
        dropped = leg.media.flush()
        assert dropped > 3000
        assert leg.media.pending_ms() == 0
        await eventually(lambda: is_silent(call.recent(0.04)), within_s=0.3)
        await asyncio.wait_for(leg.media.drained(), 0.1)
        assert loud_ms(call.heard()[before:]) <= 40  # the packet on its way and one more
        await call.hangup()

    async def test_duck_to_nothing_and_back(self, house: House) -> None:
        leg, call = await connected(house)
        leg.media.send(bot_tone(3000))
        await eventually(lambda: has_tone(call.recent(0.3), BOT_HZ))
        leg.media.duck(0.0)
        await eventually(lambda: not has_tone(call.recent(0.3), BOT_HZ), within_s=1)
        leg.media.duck(1.0)
        await eventually(lambda: has_tone(call.recent(0.3), BOT_HZ), within_s=1)
        await call.hangup()

    async def test_bot_hangs_up(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hangup()
        await leg.hangup()
        await asyncio.wait_for(call.wait_over(), 10)
        assert (await hung_up(leg)).cause is HangupCause.NORMAL
        await house.nothing_left()

    async def test_refused_before_answering(self, house: House) -> None:
        dialling = asyncio.create_task(house.patient("79160000001").dial(house.uri))
        leg = await asyncio.wait_for(anext(house.line.incoming()), 10)
        await leg.hangup()
        with pytest.raises(CallRefused):
            await asyncio.wait_for(dialling, 10)
        await hung_up(leg)

    async def test_caller_gives_up_before_the_answer(self, house: House) -> None:
        dialling = asyncio.create_task(house.patient("79160000002").dial(house.uri))
        leg = await asyncio.wait_for(anext(house.line.incoming()), 10)
        dialling.cancel()
        await asyncio.gather(dialling, return_exceptions=True)
        await hung_up(leg)
        with pytest.raises(LegGone):
            await leg.answer()
        await house.nothing_left()

    async def test_everything_after_the_end_says_gone(self, house: House) -> None:
        leg, call = await connected(house)
        await call.hangup()
        await hung_up(leg)
        for attempt in (leg.hold(True), leg.save_state("{}"), leg.ring("reg-101", timeout_s=1, caller_name="")):
            with pytest.raises(LegGone):
                await attempt
        assert leg.media.pending_ms() == 0

    async def test_recording_has_caller_left_and_bot_right(self, house: House) -> None:
        leg, call = await connected(house)
        await call.say(caller_tone(400))
        leg.media.send(bot_tone(400))
        await leg.media.drained()
        await asyncio.sleep(0.1)
        await call.hangup()
        await hung_up(leg)
        left, right = read_channels(await recorded(leg))
        assert has_tone(left, CALLER_HZ)
        assert not has_tone(left, BOT_HZ)
        assert has_tone(right, BOT_HZ)
        assert not has_tone(right, CALLER_HZ)
        assert await leg.finish_recording() == await leg.finish_recording()
