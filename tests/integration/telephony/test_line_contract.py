"""What a call may rely on, whatever line carries it."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from speech.pcm import read_channels
from telephony.phone import CallRefused, PhoneCall
from telephony.port import (
    CallFailed,
    CallLeg,
    Direction,
    Dtmf,
    HangupCause,
    HungUp,
    LegGone,
    PersonLeg,
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
    is_silent,
    loud_ms,
    person_tone,
)


async def hung_up(leg: CallLeg) -> HungUp:
    """The last event of the leg; keys and the rest are passed over."""
    async with asyncio.timeout(3):
        seen = [event async for event in leg.events()]
    assert isinstance(seen[-1], HungUp)
    assert not any(isinstance(event, HungUp) for event in seen[:-1])
    return seen[-1]


async def reached(house: House, leg: CallLeg, endpoint: str = "reg-101") -> tuple[PersonLeg, PhoneCall]:
    """A registrar who is rung and answers."""
    phone = house.registrar(endpoint)
    ringing = asyncio.create_task(leg.ring(endpoint, timeout_s=5, caller_name="Пациент"))
    call = await (await asyncio.wait_for(phone.next_call(), 3)).answer()
    return await asyncio.wait_for(ringing, 3), call


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
        await call.press("12#")
        events = leg.events()
        async with asyncio.timeout(3):
            assert [await anext(events) for _ in range(3)] == [Dtmf(digit="1"), Dtmf(digit="2"), Dtmf(digit="#")]
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
        await asyncio.wait_for(call.wait_over(), 2)
        assert (await hung_up(leg)).cause is HangupCause.NORMAL
        await house.nothing_left()

    async def test_refused_before_answering(self, house: House) -> None:
        dialling = asyncio.create_task(house.patient("79160000001").dial(house.uri))
        leg = await asyncio.wait_for(anext(house.line.incoming()), 3)
        await leg.hangup()
        with pytest.raises(CallRefused):
            await asyncio.wait_for(dialling, 3)
        await hung_up(leg)

    async def test_caller_gives_up_before_the_answer(self, house: House) -> None:
        dialling = asyncio.create_task(house.patient("79160000002").dial(house.uri))
        leg = await asyncio.wait_for(anext(house.line.incoming()), 3)
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


async def recorded(leg: CallLeg) -> Path:
    path = await leg.finish_recording()
    assert path is not None
    assert path.suffix == ".wav"
    return path


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
        await asyncio.wait_for(call.wait_over(), 2)
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
        await asyncio.wait_for(phone.wait_over(), 2)
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
        await (await asyncio.wait_for(house.registrar("reg-101").next_call(), 3)).reject(code)
        with pytest.raises(PersonNotReached) as refused:
            await asyncio.wait_for(ringing, 3)
        assert refused.value.cause is cause
        assert not call.over
        await call.hangup()

    async def test_registrar_sees_who_calls(self, house: House) -> None:
        leg, call = await connected(house, "79163334455")
        rung = asyncio.create_task(leg.ring("reg-101", timeout_s=5, caller_name='Регистратура: "Анна"'))
        ringing = await asyncio.wait_for(house.registrar("reg-101").next_call(), 3)
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
        ringing = await asyncio.wait_for(phone.next_call(), 1)
        await asyncio.wait_for(ringing.wait_cancelled(), 2)
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
            await asyncio.wait_for(playing, 2)
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
        at_phone = await asyncio.wait_for(house.registrar("reg-101").next_call(), 3)
        await call.hangup()
        with pytest.raises(LegGone):
            await asyncio.wait_for(ringing, 2)
        await asyncio.wait_for(at_phone.wait_cancelled(), 2)
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
            await asyncio.wait_for(playing, 2)
        await asyncio.wait_for(phone.wait_over(), 2)
        await house.nothing_left()

    async def test_in_the_very_moment_of_joining(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        person, phone = await reached(house, leg)
        await asyncio.gather(call.hangup(), leg.join(person), return_exceptions=True)
        await asyncio.wait_for(phone.wait_over(), 2)
        await hung_up(leg)
        await house.nothing_left()

    async def test_while_talking_with_the_registrar(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.hold(True)
        person, phone = await reached(house, leg)
        await leg.join(person)
        await call.hangup()
        await asyncio.wait_for(phone.wait_over(), 2)
        await hung_up(leg)
        await house.nothing_left()

    async def test_session_is_cancelled_while_ringing(self, house: House) -> None:
        leg, call = await connected(house)
        ringing = asyncio.create_task(leg.ring("reg-101", timeout_s=10, caller_name=""))
        at_phone = await asyncio.wait_for(house.registrar("reg-101").next_call(), 3)
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)
        await asyncio.wait_for(at_phone.wait_cancelled(), 2)
        assert not call.over
        assert house.line.busy_endpoints() == ()
        await call.hangup()


class TestOutbound:
    async def test_answered_call_has_sound_and_a_recording(self, house: House) -> None:
        city, call_id = house.city("79165554433"), str(uuid.uuid4())
        dialling = asyncio.create_task(
            house.line.originate("79165554433", call_id=call_id, timeout_s=5, caller_id="78123334455")
        )
        ringing = await asyncio.wait_for(city.next_call(), 3)
        assert (ringing.called, ringing.caller) == ("79165554433", "78123334455")
        call = await ringing.answer()
        leg = await asyncio.wait_for(dialling, 3)
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
        await (await asyncio.wait_for(city.next_call(), 3)).reject(code)
        with pytest.raises(CallFailed) as failed:
            await asyncio.wait_for(dialling, 3)
        assert (failed.value.cause, failed.value.tech_cause) == (cause, str(code))
        await house.nothing_left()

    async def test_nobody_answers(self, house: House) -> None:
        city = house.city("79165554435")
        with pytest.raises(CallFailed) as failed:
            await house.line.originate("79165554435", call_id=str(uuid.uuid4()), timeout_s=0.5, caller_id="1")
        assert (failed.value.cause, failed.value.rang) == (HangupCause.NO_ANSWER, True)
        await asyncio.wait_for((await city.next_call()).wait_cancelled(), 2)
        await house.nothing_left()

    async def test_bot_hangs_up(self, house: House) -> None:
        city = house.city("79165554436")
        dialling = asyncio.create_task(
            house.line.originate("79165554436", call_id=str(uuid.uuid4()), timeout_s=5, caller_id="78123334455")
        )
        call = await (await asyncio.wait_for(city.next_call(), 3)).answer()
        leg = await asyncio.wait_for(dialling, 3)
        await leg.hangup()
        await asyncio.wait_for(call.wait_over(), 2)
        await house.nothing_left()


class TestRestart:
    async def test_caller_who_stayed_is_taken_up_with_the_state(self, house: House) -> None:
        leg, call = await connected(house)
        leg.media.send(bot_tone(600))
        await leg.media.drained()
        await leg.save_state('{"step": "дата"}')
        line = await house.restart()
        again = await asyncio.wait_for(anext(line.incoming()), 3)
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
        again = await asyncio.wait_for(anext(line.incoming()), 3)
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
        again = await asyncio.wait_for(anext(line.incoming()), 3)
        assert again.with_person
        await again.answer()
        await phone.say(person_tone())
        await eventually(lambda: has_tone(call.heard(), PERSON_HZ))
        assert not phone.over
        await phone.hangup()
        await asyncio.wait_for(call.wait_over(), 2)
        await hung_up(again)
        await house.nothing_left()

    async def test_state_is_limited(self, house: House) -> None:
        leg, call = await connected(house)
        await leg.save_state("x" * 2048)
        with pytest.raises(ValueError):
            await leg.save_state("x" * 2049)
        await call.hangup()
