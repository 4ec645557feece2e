"""The way to a registrar, whatever line it is on, and callers who hang up on that way."""

from __future__ import annotations

import asyncio

import pytest

from speech.pcm import read_channels
from telephony.port import (
    HangupCause,
    LegGone,
    PersonNotReached,
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


class TestHandover:
    async def test_registrar_is_briefed_in_private_then_talks(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        await eventually(lambda: not is_silent(call.recent(0.2)))  # music
        person, phone = await reached(house, leg)
        assert house.line.busy_endpoints() == ("reg-101",)
        before = len(call.heard())
        await person.play(bot_tone(400))
        assert has_tone(phone.heard(), BOT_HZ)
        assert not has_tone(call.heard()[before:], BOT_HZ)
        await phone.press("1")
        assert await person.key(2) == "1"
        await leg.join(person)
        assert leg.with_person
        await asyncio.gather(phone.say(person_tone(500)), call.say(caller_tone(500)))
        await eventually(lambda: has_tone(call.heard(), PERSON_HZ) and has_tone(phone.heard(), CALLER_HZ))
        await phone.hangup()
        await asyncio.wait_for(call.wait_over(), 10)
        await hung_up(leg)
        assert house.line.busy_endpoints() == ()
        left, right = read_channels(await recorded(leg))
        assert has_tone(left, CALLER_HZ)
        assert has_tone(right, PERSON_HZ)
        await house.nothing_left()

    async def test_key_during_the_briefing_counts(self, house: House) -> None:
        leg, call = await connected(house)
        person, phone = await reached(house, leg)
        playing = asyncio.create_task(person.play(bot_tone(3000)))
        await eventually(lambda: has_tone(phone.recent(0.3), BOT_HZ))
        await phone.press("2")
        assert await person.key(2) == "2"
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await eventually(lambda: not has_tone(phone.recent(0.2), BOT_HZ))
        assert await person.key(0.05) is None
        await call.hangup()

    async def test_declined_by_key_and_the_bot_goes_on(self, house: House) -> None:
        leg, call = await connected(house)
        listener = Listener(leg)
        await leg.hold(True)
        person, phone = await reached(house, leg)
        await person.hangup()
        await asyncio.wait_for(phone.wait_over(), 10)
        await leg.hold(False)
        assert house.line.busy_endpoints() == ()
        leg.media.send(bot_tone())
        await call.say(caller_tone(400))
        await eventually(lambda: has_tone(call.heard(), BOT_HZ))
        await eventually(lambda: has_tone(bytes(listener.heard), CALLER_HZ))
        await call.hangup()

    @pytest.mark.parametrize(("code", "cause"), [(486, HangupCause.BUSY), (603, HangupCause.REJECTED)])
    async def test_registrar_refuses(self, house: House, code: int, cause: HangupCause) -> None:
        leg, call = await connected(house)
        ringing = asyncio.create_task(leg.ring("reg-101", timeout_s=5, caller_name=""))
        await (await asyncio.wait_for(house.registrar("reg-101").next_call(), 10)).reject(code)
        with pytest.raises(PersonNotReached) as refused:
            await asyncio.wait_for(ringing, 10)
        assert refused.value.cause is cause
        assert not call.over
        await call.hangup()

    async def test_registrar_sees_who_calls(self, house: House) -> None:
        leg, call = await connected(house, "79163334455")
        rung = asyncio.create_task(leg.ring("reg-101", timeout_s=5, caller_name='Регистратура: "Анна"'))
        ringing = await asyncio.wait_for(house.registrar("reg-101").next_call(), 10)
        assert (ringing.caller, ringing.caller_name) == ("79163334455", "Регистратура: Анна")
        await ringing.reject(486)
        with pytest.raises(PersonNotReached):
            await rung
        await call.hangup()

    async def test_registrar_does_not_answer(self, house: House) -> None:
        leg, call = await connected(house)
        phone = house.registrar("reg-101")
        with pytest.raises(PersonNotReached) as silent:
            await leg.ring("reg-101", timeout_s=0.5, caller_name="")
        assert silent.value.cause is HangupCause.NO_ANSWER
        ringing = await asyncio.wait_for(phone.next_call(), 10)
        await asyncio.wait_for(ringing.wait_cancelled(), 10)
        await call.hangup()

    async def test_phone_that_does_not_exist_is_named(self, house: House) -> None:
        leg, call = await connected(house)
        with pytest.raises(PersonNotReached, match="reg-999") as unknown:
            await leg.ring("reg-999", timeout_s=5, caller_name="")
        assert unknown.value.cause is HangupCause.INVALID_NUMBER
        await call.hangup()

    async def test_phone_without_power(self, house: House) -> None:
        leg, call = await connected(house)
        with pytest.raises(PersonNotReached) as dead:
            await leg.ring("reg-102", timeout_s=0.5, caller_name="")
        assert dead.value.cause is HangupCause.UNREACHABLE
        await call.hangup()

    async def test_registrar_hangs_up_during_the_briefing(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        person, phone = await reached(house, leg)
        playing = asyncio.create_task(person.play(bot_tone(3000)))
        await eventually(lambda: has_tone(phone.recent(0.3), BOT_HZ))
        await phone.hangup()
        with pytest.raises(LegGone):
            await asyncio.wait_for(playing, 10)
        with pytest.raises(LegGone):
            await person.key(1)
        with pytest.raises(PersonNotReached):
            await leg.join(person)
        await leg.hold(False)
        leg.media.send(bot_tone())
        await eventually(lambda: has_tone(call.recent(0.4), BOT_HZ))
        await call.hangup()


class TestCallerHangsUpDuringTheHandover:
    async def test_on_hold(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        await call.hangup()
        await hung_up(leg)
        await house.nothing_left()

    async def test_while_the_registrar_is_rung(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        ringing = asyncio.create_task(leg.ring("reg-101", timeout_s=10, caller_name=""))
        at_phone = await asyncio.wait_for(house.registrar("reg-101").next_call(), 10)
        await call.hangup()
        with pytest.raises(LegGone):
            await asyncio.wait_for(ringing, 10)
        await asyncio.wait_for(at_phone.wait_cancelled(), 10)
        await house.nothing_left()
        assert house.line.busy_endpoints() == ()

    async def test_in_the_very_moment_of_ringing(self, house: House) -> None:
        leg, call = await connected(house)
        house.registrar("reg-101")
        _, outcome = await asyncio.gather(
            call.hangup(), leg.ring("reg-101", timeout_s=10, caller_name=""), return_exceptions=True
        )
        assert isinstance(outcome, LegGone)
        await house.nothing_left()

    async def test_during_the_briefing(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        person, phone = await reached(house, leg)
        playing = asyncio.create_task(person.play(bot_tone(3000)))
        await eventually(lambda: has_tone(phone.recent(0.3), BOT_HZ))
        await call.hangup()
        with pytest.raises(LegGone):
            await asyncio.wait_for(playing, 10)
        await asyncio.wait_for(phone.wait_over(), 10)
        await house.nothing_left()

    async def test_in_the_very_moment_of_joining(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        person, phone = await reached(house, leg)
        await asyncio.gather(call.hangup(), leg.join(person), return_exceptions=True)
        await asyncio.wait_for(phone.wait_over(), 10)
        await hung_up(leg)
        await house.nothing_left()

    async def test_while_talking_with_the_registrar(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        person, phone = await reached(house, leg)
        await leg.join(person)
        await call.hangup()
        await asyncio.wait_for(phone.wait_over(), 10)
        await hung_up(leg)
        await house.nothing_left()

    async def test_session_is_cancelled_while_ringing(self, house: House) -> None:
        leg, call = await connected(house)
        ringing = asyncio.create_task(leg.ring("reg-101", timeout_s=10, caller_name=""))
        at_phone = await asyncio.wait_for(house.registrar("reg-101").next_call(), 10)
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)
        await asyncio.wait_for(at_phone.wait_cancelled(), 10)
        assert not call.over
        assert house.line.busy_endpoints() == ()
        await call.hangup()
