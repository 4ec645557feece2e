"""The foreign outbox and its relay: outages wait, lost answers are looked for, nobody sends twice, people hear."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm_bridge.foreign import BookingWish, LeadDraft, WriteUnknown
from crm_bridge.foreign_memory import MemoryForeign
from crm_bridge.foreign_outbox import ForeignWrite, WriteKind, WriteState
from crm_bridge.foreign_relay import ForeignRelay, RelaySettings
from crm_bridge.foreign_system import ForeignSystem
from tests.unit.crm.foreign_stage import NOW, Stage, only

MINUTE = timedelta(minutes=1)


async def state_of(stage: Stage) -> tuple[WriteState, int]:
    [write] = stage.outbox.writes.values()
    return write.state, write.attempts


async def booked(stage: Stage) -> Stage:
    await stage.book()
    await stage.tell()
    return stage


class TestLostAnswers:
    async def test_looked_for_and_not_sent_again(self) -> None:
        stage = await booked(Stage())
        stage.foreign.faults.append("lost")
        assert await stage.relay.round() == 0
        assert await state_of(stage) == (WriteState.SENT, 1)
        assert await stage.later(MINUTE) == 1
        assert len(stage.foreign.wishes) == 1
        [write] = stage.outbox.writes.values()
        assert (write.state, write.reference) == (WriteState.DONE, "wish-1")

    async def test_not_found_and_sent_again(self) -> None:
        class Swallowing(MemoryForeign):
            async def request_booking(self, wish: BookingWish) -> str:
                if not self.closed:
                    self.closed = True
                    raise WriteUnknown("ответа нет, и записи тоже")
                return await super().request_booking(wish)

        stage = await booked(Stage(Swallowing()))
        await stage.relay.round()
        assert await stage.later(MINUTE) == 1
        assert len(stage.foreign.wishes) == 1

    async def test_a_crash_in_the_middle_of_an_attempt_is_looked_for(self) -> None:
        stage = await booked(Stage())
        [write] = stage.outbox.writes.values()
        assert await stage.outbox.claim(write, until=NOW + 2 * MINUTE)
        await stage.foreign.request_booking(BookingWish(request_id=write.id, full_name="", phone="", wished_at=None))
        assert await stage.relay.round() == 0, "the attempt of the dead worker still has its lease"
        assert await stage.later(2 * MINUTE) == 1
        assert len(stage.foreign.wishes) == 1

    async def test_an_outage_while_looking_does_not_lead_to_a_second_write(self) -> None:
        stage = await booked(Stage())
        stage.foreign.faults.extend(["lost", "down"])
        await stage.relay.round()
        assert await stage.later(MINUTE) == 0
        assert (await state_of(stage))[0] is WriteState.SENT
        assert await stage.later(MINUTE) == 1
        assert len(stage.foreign.wishes) == 1

    async def test_a_lead_that_cannot_be_looked_for_is_left_to_people(self) -> None:
        left: list[str] = []

        async def tell(write: ForeignWrite) -> None:
            left.append(write.id)

        foreign, stage = only(leads=True), Stage()
        relay = ForeignRelay(
            stage.outbox, [ForeignSystem(connector=foreign, leads=foreign)], stage.clock, given_up=tell
        )
        content = {"full_name": "Ким", "phone": "", "title": "УЗИ"}
        await stage.outbox.add(
            ForeignWrite(
                id="lead:1",
                system="only",
                kind=WriteKind.LEAD_OPENED,
                content=content,
                created_at=NOW,
                due_at=NOW,
            )
        )
        foreign.faults.append("lost")
        await relay.round()
        stage.clock.advance(MINUTE)
        await relay.round()
        assert (left, len(foreign.leads)) == (["lead:1"], 1)


class TestOutages:
    async def test_it_waits_ever_longer_and_goes_in_the_end(self) -> None:
        stage = await booked(Stage())
        stage.foreign.faults.extend(["down"] * 4)
        pauses = []
        await stage.relay.round()
        while (await state_of(stage))[0] is WriteState.WAITING:
            [write] = stage.outbox.writes.values()
            pauses.append((write.due_at - stage.clock.now()).total_seconds())
            await stage.later(write.due_at - stage.clock.now())
        assert pauses == [5, 10, 20, 40]
        assert len(stage.foreign.wishes) == 1

    async def test_nothing_is_tried_before_its_time(self) -> None:
        stage = await booked(Stage())
        stage.foreign.faults.append("down")
        await stage.relay.round()
        assert await stage.later(timedelta(seconds=4)) == 0
        assert (await state_of(stage))[1] == 1
        assert await stage.later(timedelta(seconds=1)) == 1

    @pytest.mark.parametrize(("after", "left"), [(timedelta(hours=24), 1), (timedelta(hours=24) - MINUTE, 0)])
    async def test_after_a_day_people_are_told(self, after: timedelta, left: int) -> None:
        stage = await booked(Stage())
        stage.foreign.faults.extend(["down"] * 2)
        await stage.relay.round()
        await stage.later(after)
        assert len(await stage.outbox.given_up()) == left
        waiting = [one for one in await stage.bridge.open_requests() if one.fields.get("reason") == "foreign_write"]
        assert len(waiting) == left

    async def test_one_that_is_refused_does_not_hold_up_the_others(self) -> None:
        stage = Stage()
        await stage.book("c1")
        await stage.book("c2")
        stage.foreign.faults.append("refused")
        assert await stage.pass_on() == 1
        assert (len(await stage.outbox.given_up()), len(stage.foreign.wishes)) == (1, 1)

    async def test_a_fault_of_ours_loses_nothing(self, caplog: Any) -> None:
        class Broken(MemoryForeign):
            async def open_lead(self, draft: LeadDraft) -> str:
                raise ZeroDivisionError

        stage = Stage(Broken())
        content = {"full_name": "Ким", "phone": "", "title": "УЗИ"}
        write = ForeignWrite(
            id="lead:1",
            system="memory",
            kind=WriteKind.LEAD_OPENED,
            content=content,
            created_at=NOW,
            due_at=NOW,
        )
        await stage.outbox.add(write)
        await stage.relay.round()
        assert (await state_of(stage))[0] is WriteState.SENT
        assert "Ким" not in caplog.text


class TestOneHandAtATime:
    async def test_two_workers_send_once(self) -> None:
        stage = await booked(Stage())
        [write] = await stage.outbox.due(NOW)
        assert await stage.outbox.claim(write, until=NOW + MINUTE)
        assert not await stage.outbox.claim(write, until=NOW + MINUTE)
        assert await stage.relay.round() == 0

    async def test_what_follows_a_lost_cause_is_left_too(self) -> None:
        stage = Stage(settings=RelaySettings(give_up_after=MINUTE))
        visit = await stage.book()
        stage.foreign.faults.append("refused")
        await stage.pass_on()
        await stage.bridge.cancel(visit.id, reason="", call_id=None)
        await stage.pass_on()
        assert len(await stage.outbox.given_up()) == 2
        assert not stage.foreign.wishes

    async def test_a_system_that_is_gone_leaves_its_writes_to_people(self) -> None:
        stage = await booked(Stage())
        await ForeignRelay(stage.outbox, [], stage.clock, given_up=stage.bridge.left_to_people).round()
        assert len(await stage.outbox.given_up()) == 1
