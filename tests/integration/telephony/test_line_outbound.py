"""Calls that we make, and calls that a restart found, whatever line carries them."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from speech.pcm import read_channels
from telephony.port import (
    CallFailed,
    Direction,
    HangupCause,
)
from tests.integration.telephony.line_house import (
    BOT_HZ,
    CALLER_HZ,
    PERSON_HZ,
    House,
    Listener,
    bot_tone,
    caller_tone,
    connected,
    eventually,
    has_tone,
    hung_up,
    is_silent,
    person_tone,
    reached,
    recorded,
)


class TestOutbound:
    async def test_answered_call_has_sound_and_a_recording(self, house: House) -> None:
        city, call_id = house.city("79165554433"), str(uuid.uuid4())
        dialling = asyncio.create_task(
            house.line.originate("79165554433", call_id=call_id, timeout_s=5, caller_id="78123334455")
        )
        ringing = await asyncio.wait_for(city.next_call(), 10)
        assert (ringing.called, ringing.caller) == ("79165554433", "78123334455")
        call = await ringing.answer()
        leg = await asyncio.wait_for(dialling, 10)
        assert (leg.call_id, leg.direction) == (call_id, Direction.OUTBOUND)
        assert leg.caller == "79165554433"
        listener = Listener(leg)
        leg.media.send(bot_tone())
        await call.say(caller_tone())
        await eventually(lambda: has_tone(call.heard(), BOT_HZ))
        await eventually(lambda: has_tone(bytes(listener.heard), CALLER_HZ))
        await call.hangup()
        assert (await hung_up(leg)).cause is HangupCause.NORMAL
        left, right = read_channels(await recorded(leg))
        assert has_tone(left, CALLER_HZ)
        assert has_tone(right, BOT_HZ)
        await house.nothing_left()

    @pytest.mark.parametrize(
        ("code", "cause"),
        [
            (486, HangupCause.BUSY),
            (603, HangupCause.REJECTED),
            (404, HangupCause.INVALID_NUMBER),
            (503, HangupCause.CONGESTION),
        ],
    )
    async def test_refusals_are_told_apart(self, house: House, code: int, cause: HangupCause) -> None:
        city = house.city("79165554434")
        dialling = asyncio.create_task(
            house.line.originate("79165554434", call_id=str(uuid.uuid4()), timeout_s=5, caller_id="78123334455")
        )
        await (await asyncio.wait_for(city.next_call(), 10)).reject(code)
        with pytest.raises(CallFailed) as failed:
            await asyncio.wait_for(dialling, 10)
        assert (failed.value.cause, failed.value.tech_cause) == (cause, str(code))
        await house.nothing_left()

    async def test_nobody_answers(self, house: House) -> None:
        city = house.city("79165554435")
        with pytest.raises(CallFailed) as failed:
            await house.line.originate("79165554435", call_id=str(uuid.uuid4()), timeout_s=0.5, caller_id="1")
        assert (failed.value.cause, failed.value.rang) == (HangupCause.NO_ANSWER, True)
        await asyncio.wait_for((await city.next_call()).wait_cancelled(), 10)
        await house.nothing_left()

    async def test_bot_hangs_up(self, house: House) -> None:
        city = house.city("79165554436")
        dialling = asyncio.create_task(
            house.line.originate("79165554436", call_id=str(uuid.uuid4()), timeout_s=5, caller_id="78123334455")
        )
        call = await (await asyncio.wait_for(city.next_call(), 10)).answer()
        leg = await asyncio.wait_for(dialling, 10)
        await leg.hangup()
        await asyncio.wait_for(call.wait_over(), 10)
        await house.nothing_left()


class TestRestart:
    async def test_caller_who_stayed_is_taken_up_with_the_state(self, house: House) -> None:
        leg, call = await connected(house)
        leg.media.send(bot_tone(600))
        await leg.media.drained()
        await leg.save_state('{"step": "дата"}')
        line = await house.restart()
        again = await asyncio.wait_for(anext(line.incoming()), 10)
        assert (again.call_id, again.caller) == (leg.call_id, leg.caller)
        assert again.resumed_state == '{"step": "дата"}'
        await again.answer()
        listener = Listener(again)
        again.media.send(person_tone())
        await call.say(caller_tone())
        await eventually(lambda: has_tone(call.recent(1), PERSON_HZ))
        await eventually(lambda: has_tone(bytes(listener.heard), CALLER_HZ))
        await call.hangup()
        await hung_up(again)
        _, right = read_channels(await recorded(again))
        assert has_tone(right, BOT_HZ)
        assert has_tone(right, PERSON_HZ)
        await house.nothing_left()

    async def test_caller_on_hold_is_taken_off_it(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.save_state("{}")
        await leg.hold(True)
        line = await house.restart()
        again = await asyncio.wait_for(anext(line.incoming()), 10)
        await again.answer()
        again.media.send(bot_tone(600))
        await eventually(lambda: has_tone(call.recent(0.5), BOT_HZ))
        await again.media.drained()
        await eventually(lambda: is_silent(call.recent(0.2)))  # no music under the bot
        await call.hangup()

    async def test_talk_with_a_registrar_is_left_alone(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        person, phone = await reached(house, leg)
        await leg.join(person)
        line = await house.restart()
        again = await asyncio.wait_for(anext(line.incoming()), 10)
        assert again.with_person
        await again.answer()
        await phone.say(person_tone())
        await eventually(lambda: has_tone(call.heard(), PERSON_HZ))
        assert not phone.over
        await phone.hangup()
        await asyncio.wait_for(call.wait_over(), 10)
        await hung_up(again)
        await house.nothing_left()

    async def test_state_is_limited(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.save_state("x" * 2048)
        with pytest.raises(ValueError):
            await leg.save_state("x" * 2049)
        await call.hangup()
