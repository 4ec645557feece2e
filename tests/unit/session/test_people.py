"""The way to a person from within a call, and callers who go at every point of it."""

from __future__ import annotations

import asyncio

from bot.domain.call import Speaker
from telephony.simulated.handset import Handset
from tests.unit.session.rig import CALLER, Rig, eventually, speech


async def asks_for_a_person(rig: Rig) -> Handset:
    caller = await rig.dial()
    await caller.press("0")
    return caller


async def takes(rig: Rig, keys: str) -> Handset:
    """The registrar answers, hears the summary begin and presses."""
    ringing = await asyncio.wait_for(rig.exchange.phone("reg-101").next_call(), 10)
    assert ringing.caller == CALLER
    desk = await ringing.answer()
    await eventually(lambda: any(desk.heard()))
    await desk.press(keys)
    return desk


async def test_registrar_joins_and_the_call_is_transferred(rig: Rig) -> None:
    caller = await asks_for_a_person(rig)
    desk = await takes(rig, "1")
    await asyncio.gather(desk.say(speech()), caller.say(speech()))
    assert any(caller.recent(0.2)), "they hear each other"
    await desk.hangup()
    record = await rig.record()
    assert record.outcome is not None
    assert record.outcome["outcome"] == "transferred"
    assert record.outcome["reason"] == "caller_request"
    assert "status" not in record.outcome
    told = [turn.text for turn in record.turns if turn.speaker is Speaker.REGISTRAR]
    assert told == ["[передача человеку: joined; Окно 1: accepted]"]
    await caller.wait_over()


async def test_nobody_accepts_and_the_bot_comes_back_with_a_callback(rig: Rig) -> None:
    caller = await asks_for_a_person(rig)
    desk = await takes(rig, "2")
    outcome = await rig.outcome()
    assert desk.over
    assert outcome["outcome"] == "transferred"
    assert outcome["status"] == "callback"
    assert "вам перезвонят" in rig.said()
    await caller.wait_over()


async def test_a_phone_that_does_not_exist_is_an_apology_and_a_callback(rig: Rig) -> None:
    del rig.exchange.phones["reg-101"]
    await asks_for_a_person(rig)
    outcome = await rig.outcome()
    assert outcome["status"] == "callback"
    record = await rig.record()
    assert any("Окно 1: invalid_number" in turn.text for turn in record.turns)


async def test_caller_gives_up_before_the_answer(rig: Rig) -> None:
    dialling = asyncio.create_task(rig.exchange.phone(CALLER).dial("registry"))
    await asyncio.sleep(0)  # the call is there, and nobody has answered it yet
    assert rig.exchange.wires
    dialling.cancel()
    assert (await rig.outcome())["outcome"] == "ended_by_caller"


async def test_caller_goes_during_the_greeting(rig: Rig) -> None:
    caller = await rig.dial()
    await caller.hangup()
    assert (await rig.outcome())["outcome"] == "ended_by_caller"


async def test_caller_goes_in_mid_sentence(rig: Rig) -> None:
    caller = await rig.dial()
    await rig.asked("open")
    await rig.quiet()
    speaking = asyncio.create_task(caller.say(speech(2000)))
    await eventually(lambda: rig.recognizer.open_streams == 1)
    await caller.hangup()
    assert (await rig.outcome())["outcome"] == "ended_by_caller"
    await eventually(lambda: rig.recognizer.open_streams == 0)
    await asyncio.gather(speaking, return_exceptions=True)


async def test_caller_goes_while_the_text_is_awaited(rig: Rig) -> None:
    rig.recognizer.decode_s = lambda: 0.5
    caller = await rig.dial()
    await rig.asked("open")
    await rig.quiet()
    rig.recognizer.say("запишите меня к хирургу")
    await caller.say(speech())
    await eventually(lambda: rig.recognizer.decodes == 1)
    await caller.hangup()
    record = await rig.record()
    assert record.outcome is not None
    assert record.outcome["outcome"] == "ended_by_caller"


async def test_caller_goes_while_a_registrar_is_rung(rig: Rig) -> None:
    caller = await asks_for_a_person(rig)
    ringing = await asyncio.wait_for(rig.exchange.phone("reg-101").next_call(), 10)
    await caller.hangup()
    await asyncio.wait_for(ringing.wait_cancelled(), 5)
    record = await rig.record()
    assert any("caller_gone" in turn.text for turn in record.turns)
    assert rig.line.busy_endpoints() == ()


async def test_caller_goes_while_the_registrar_listens_to_the_summary(rig: Rig) -> None:
    caller = await asks_for_a_person(rig)
    desk = await (await asyncio.wait_for(rig.exchange.phone("reg-101").next_call(), 10)).answer()
    await eventually(lambda: any(desk.heard()))
    await caller.hangup()
    await rig.record()
    await asyncio.wait_for(desk.wait_over(), 5)


async def test_caller_goes_in_the_talk_with_the_registrar(rig: Rig) -> None:
    caller = await asks_for_a_person(rig)
    desk = await takes(rig, "1")
    await caller.hangup()
    assert (await rig.outcome())["outcome"] == "transferred"
    await asyncio.wait_for(desk.wait_over(), 5)


async def test_caller_who_goes_gives_back_what_was_held(rig: Rig) -> None:
    caller = await rig.dial()
    await caller.press("1")
    await rig.asked("ask_specialty")
    await caller.press("3")
    await rig.asked("ask_date")
    await caller.press("1")
    await rig.asked("ask_name")
    await caller.hangup()
    first = await rig.record()
    assert first.outcome is not None
    assert first.outcome["outcome"] == "ended_by_caller"
    rig.events.events.clear()
    again = await rig.dial("+79165550009")
    await again.press("1")
    await rig.asked("ask_specialty")
    await again.press("3")
    await rig.asked("ask_date")
    assert "в девять часов" in rig.said(), "the opening is offered to the next caller"
    await again.hangup()
