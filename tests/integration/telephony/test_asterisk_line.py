"""What only a real Asterisk can show: lost sockets, absent workers, orphans, codecs, silence."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from speech.pcm import read_channels
from telephony.asterisk.line import AsteriskLine
from telephony.asterisk.sandbox import (
    Sandbox,
)
from telephony.phone import CallRefused
from telephony.port import CallFailed, Dtmf, HangupCause, HungUp, LineDown, MediaLost
from telephony.recording import finish
from telephony.softphone.sdp import G729_ONLY
from tests.integration.telephony.line_house import (
    BOT_HZ,
    CALLER_HZ,
    PERSON_HZ,
    AsteriskHouse,
    Cable,
    Listener,
    bot_tone,
    caller_tone,
    connected,
    connection,
    eventually,
    has_tone,
    person_tone,
)

pytestmark = pytest.mark.asterisk


def newest_recording(house: AsteriskHouse) -> tuple[Path, str]:
    """Folder and call id; a call at the desk has no leg to ask."""
    newest = max(Path(house.state.recordings).iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return newest.parent, newest.name.partition(".")[0]


class TestNoCommonCodec:
    async def test_caller_gets_a_clean_488_and_the_next_one_is_served(self, asterisk_house: AsteriskHouse) -> None:
        with pytest.raises(CallRefused) as refused:
            await asterisk_house.patient("79160000003").dial(asterisk_house.uri, codecs=G729_ONLY)
        assert refused.value.code == 488
        _, call = await connected(asterisk_house)
        await call.hangup()


class TestNobodyAtTheApplication:
    async def test_desk_rings_at_once_and_the_talk_is_recorded(self, asterisk_house: AsteriskHouse) -> None:
        await asterisk_house.line.close()
        desk = asterisk_house.registrar("reg-101")
        dialling = asyncio.create_task(asterisk_house.patient("79160000004").dial(asterisk_house.uri))
        ringing = await asyncio.wait_for(desk.next_call(), 10)
        assert ringing.caller == "79160000004"
        phone = await ringing.answer()
        call = await asyncio.wait_for(dialling, 10)
        await asyncio.gather(call.say(caller_tone()), phone.say(person_tone()))
        await eventually(lambda: has_tone(phone.heard(), CALLER_HZ) and has_tone(call.heard(), PERSON_HZ))
        await call.hangup()
        await asterisk_house.restart()
        await asterisk_house.nothing_left()
        wav = await finish(*newest_recording(asterisk_house))
        assert wav is not None
        left, right = read_channels(wav)
        assert has_tone(left, CALLER_HZ)
        assert has_tone(right, PERSON_HZ)

    async def test_caller_at_the_desk_is_not_taken_away_by_a_restart(self, asterisk_house: AsteriskHouse) -> None:
        await asterisk_house.line.close()
        dialling = asyncio.create_task(asterisk_house.patient("79160000005").dial(asterisk_house.uri))
        phone = await (await asyncio.wait_for(asterisk_house.registrar("reg-101").next_call(), 10)).answer()
        call = await asyncio.wait_for(dialling, 10)
        line = await asterisk_house.restart()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(line.incoming()), 0.3)
        assert not call.over
        assert not phone.over
        await call.hangup()


class TestReconnect:
    async def test_live_call_goes_on_after_the_event_socket_was_lost(
        self, asterisk_house: AsteriskHouse, cable: Cable
    ) -> None:
        leg, call = await connected(asterisk_house)
        cable.cut()
        await eventually(lambda: not connection(asterisk_house).is_set())
        leg.media.send(bot_tone())
        await eventually(lambda: has_tone(call.heard(), BOT_HZ))  # sound needs no events
        cable.mend()
        await asyncio.wait_for(connection(asterisk_house).wait(), 10)
        await call.press("7")
        assert await asyncio.wait_for(anext(leg.events()), 10) == Dtmf(digit="7")
        again, second = await connected(asterisk_house, "79160000006")
        assert again.call_id != leg.call_id
        await asyncio.gather(call.hangup(), second.hangup())

    async def test_what_happened_meanwhile_is_noticed(self, asterisk_house: AsteriskHouse, cable: Cable) -> None:
        leg, call = await connected(asterisk_house)
        cable.cut()
        await eventually(lambda: not connection(asterisk_house).is_set())
        await call.hangup()
        dialling = asyncio.create_task(asterisk_house.patient("79160000008").dial(asterisk_house.uri))
        cable.mend()
        async with asyncio.timeout(10):
            events = [event async for event in leg.events()]
            assert isinstance(events[-1], HungUp)
            second = await (await asterisk_house.registrar("reg-101").next_call()).answer()
            await dialling
        await second.hangup()
        await asterisk_house.nothing_left()

    async def test_requests_without_a_connection_say_so(self, asterisk_house: AsteriskHouse, cable: Cable) -> None:
        leg, call = await connected(asterisk_house)
        cable.cut()
        with pytest.raises(LineDown):
            await leg.hold(True)
        cable.mend()
        await asyncio.wait_for(connection(asterisk_house).wait(), 10)
        await leg.hold(True)
        await leg.hold(False)
        await call.hangup()

    async def test_orphans_of_a_killed_worker_are_swept(self, asterisk_house: AsteriskHouse) -> None:
        leg, call = await connected(asterisk_house)
        person_ringing = asyncio.create_task(leg.ring("reg-101", timeout_s=20, caller_name=""))
        ringing = await asyncio.wait_for(asterisk_house.registrar("reg-101").next_call(), 10)
        await asterisk_house.line.close()
        person_ringing.cancel()
        await asyncio.gather(person_ringing, return_exceptions=True)
        await call.hangup()
        await asterisk_house.restart()
        await asyncio.wait_for(ringing.wait_cancelled(), 10)
        await asterisk_house.nothing_left()

    async def test_second_worker_of_the_same_name_wins(self, asterisk_house: AsteriskHouse) -> None:
        first = asterisk_house.line
        assert isinstance(first, AsteriskLine)
        leg, call = await connected(asterisk_house)
        await leg.save_state("{}")
        second = asterisk_house.new_line()
        await second.start()
        await asyncio.wait_for(first.replaced.wait(), 10)
        taken = await asyncio.wait_for(anext(second.incoming()), 10)
        assert taken.call_id == leg.call_id
        await first.close()
        asterisk_house.line = second
        await taken.answer()
        taken.media.send(bot_tone())
        await eventually(lambda: has_tone(call.heard(), BOT_HZ))
        await call.hangup()

    async def test_no_asterisk_is_a_clear_error(self, asterisk_house: AsteriskHouse) -> None:
        line = asterisk_house.new_line("http://127.0.0.250:1/ari")
        with pytest.raises(LineDown):
            await line.start()
        with pytest.raises(LineDown):
            await line.originate("79160000007", call_id="x", timeout_s=1, caller_id="1")


class TestMedia:
    async def test_lost_media_is_renewed(self, asterisk_house: AsteriskHouse, sandbox: Sandbox) -> None:
        leg, call = await connected(asterisk_house)
        listener = Listener(leg)
        channels = (await sandbox.console("core show channels concise")).splitlines()
        external = next(line.split("!")[0] for line in channels if "UnicastRTP" in line)
        await sandbox.console(f"channel request hangup {external}")
        async with asyncio.timeout(10):
            assert isinstance(await anext(leg.events()), MediaLost)
        await call.say(caller_tone(500))
        leg.media.send(bot_tone())
        await eventually(
            lambda: has_tone(bytes(listener.heard[-16000:]), CALLER_HZ) and has_tone(call.recent(1), BOT_HZ)
        )
        await call.hangup()

    async def test_frames_go_on_when_the_phone_falls_silent(self, asterisk_house: AsteriskHouse) -> None:
        leg, call = await connected(asterisk_house)
        listener = Listener(leg)
        call._sound._pacer.remove(call._sound)
        before = len(listener.heard)
        await eventually(lambda: len(listener.heard) - before > 8000)
        await call.hangup()

    async def test_hold_by_the_phone_itself(self, asterisk_house: AsteriskHouse) -> None:
        leg, call = await connected(asterisk_house)
        assert await call.reinvite("sendonly") == 200
        assert await call.reinvite("sendrecv") == 200
        leg.media.send(bot_tone())
        await eventually(lambda: has_tone(call.recent(1), BOT_HZ))
        await call.hangup()


class TestOutbound:
    async def test_put_down_as_soon_as_it_was_picked_up(self, asterisk_house: AsteriskHouse) -> None:
        city = asterisk_house.city("79165554440")
        for _ in range(5):
            dialling = asyncio.create_task(
                asterisk_house.line.originate("79165554440", call_id=str(uuid.uuid4()), timeout_s=5, caller_id="1")
            )
            call = await (await asyncio.wait_for(city.next_call(), 10)).answer()
            await call.hangup()
            (outcome,) = await asyncio.gather(dialling, return_exceptions=True)
            if isinstance(outcome, CallFailed):
                assert outcome.cause is HangupCause.NORMAL
            else:
                assert isinstance([event async for event in outcome.events()][-1], HungUp)
        await asterisk_house.nothing_left()

    async def test_number_that_is_no_number_is_not_dialled(self, asterisk_house: AsteriskHouse) -> None:
        for number in ("", "7916@evil.example", "7916&PJSIP/reg-101", "abc"):
            with pytest.raises(CallFailed) as failed:
                await asterisk_house.line.originate(number, call_id=str(uuid.uuid4()), timeout_s=1, caller_id="1")
            assert failed.value.cause is HangupCause.INVALID_NUMBER

    async def test_cancelled_while_it_rings(self, asterisk_house: AsteriskHouse) -> None:
        city = asterisk_house.city("79165554441")
        dialling = asyncio.create_task(
            asterisk_house.line.originate("79165554441", call_id=str(uuid.uuid4()), timeout_s=20, caller_id="1")
        )
        ringing = await asyncio.wait_for(city.next_call(), 10)
        dialling.cancel()
        await asyncio.gather(dialling, return_exceptions=True)
        await asyncio.wait_for(ringing.wait_cancelled(), 10)
        await asterisk_house.nothing_left()
