"""The journal on both databases: turns, outcomes with their events, what a crash left open."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.domain.call import CallRecord, Speaker, Turn
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.events import DeskChanged, DeskPart, LiveEvent
from bot.storage.desk_news import desk_news
from bot.storage.engine import Database
from bot.storage.journal import CallJournal
from bot.storage.outbox import Outbox, OutboxEvent, OutboxRelay, publish
from bot.storage.tables import CallRow

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def journal(database: Database, clock: ManualClock) -> CallJournal:
    return CallJournal(database, clock)


def record(call_id: str, *, minutes: int = 0) -> CallRecord:
    return CallRecord(
        id=call_id,
        direction="inbound",
        caller="+79161110001",
        called="100",
        started_at=NOW + timedelta(minutes=minutes),
        script="inbound",
        line="simulated",
        task_id="t1",
        script_version=3,
    )


def turn(number: int, text: str) -> Turn:
    return Turn(
        number=number,
        at=NOW + timedelta(seconds=number),
        speaker=Speaker.CALLER,
        state="open",
        text=text,
        intent="book_appointment",
        confidence=0.93,
        asr_confidence=0.8,
        timings={"nlu": 3.5, "total": 210.0},
    )


async def test_a_call_is_written_and_read_back(journal: CallJournal) -> None:
    await journal.start_call(record("c1"))
    await journal.answered("c1", NOW + timedelta(seconds=1))
    await journal.add_turn("c1", turn(1, "запишите к терап"))
    await journal.add_turn("c1", turn(1, "запишите к терапевту"))
    await journal.add_turn("c1", turn(2, "да"))
    assert await journal.turns_taken("c1") == 2
    [live] = await journal.live()
    assert [item.text for item in live.turns] == ["запишите к терапевту", "да"]
    assert live.turns[0] == turn(1, "запишите к терапевту")

    ended = NOW + timedelta(minutes=2)
    await journal.end_call(
        "c1", at=ended, outcome={"outcome": "booked", "patient": "Петрова"}, recording=Path("c1.wav")
    )
    call = await journal.call("c1")
    assert call is not None
    assert (call.started_at, call.answered_at, call.ended_at) == (NOW, NOW + timedelta(seconds=1), ended)
    assert (call.outcome, call.recording, call.task_id) == ({"outcome": "booked", "patient": "Петрова"}, "c1.wav", "t1")
    assert call.script_version == 3
    assert list(await journal.live()) == []


async def test_a_resumed_call_goes_on_where_it_was(
    journal: CallJournal, database: Database, clock: ManualClock
) -> None:
    outbox = Outbox(database, clock)
    await journal.start_call(record("c1"))
    await journal.add_turn("c1", turn(4, "да"))
    await journal.answered("c1", NOW)
    await journal.start_call(record("c1", minutes=5))
    await journal.answered("c1", NOW + timedelta(minutes=5))
    call = await journal.call("c1")
    assert call is not None
    assert (call.started_at, call.answered_at, await journal.turns_taken("c1")) == (NOW, NOW, 4)
    assert await outbox.backlog() == 1, "it began once"


async def test_outcome_and_event_are_committed_together_and_the_first_stands(
    journal: CallJournal, database: Database, clock: ManualClock
) -> None:
    await journal.start_call(record("c1"))
    for outcome in ("booked", "ended_by_caller"):
        await journal.end_call("c1", at=NOW, outcome={"outcome": outcome}, recording=None)
    call = await journal.call("c1")
    assert call is not None
    assert call.outcome == {"outcome": "booked"}
    [began, event] = await Outbox(database, clock).pending()
    assert (began.topic, began.payload) == ("call.started", {"call_id": "c1"})
    assert (event.topic, event.payload) == ("call.ended", {"call_id": "c1", "outcome": "booked"})


async def test_no_event_without_its_outcome(journal: CallJournal, database: Database, clock: ManualClock) -> None:
    await journal.end_call("unknown", at=NOW, outcome={"outcome": "booked"}, recording=None)
    assert list(await Outbox(database, clock).pending()) == []


async def test_a_call_does_not_end_without_a_named_outcome(journal: CallJournal) -> None:
    await journal.start_call(record("c1"))
    with pytest.raises(ValueError, match="outcome"):
        await journal.end_call("c1", at=NOW, outcome={}, recording=None)
    assert [call.id for call in await journal.live()] == ["c1"]


async def test_what_a_crash_left_open_is_closed_except_live_calls(journal: CallJournal) -> None:
    for number in range(3):
        await journal.start_call(record(f"c{number}", minutes=number))
    await journal.end_call("c0", at=NOW, outcome={"outcome": "booked"}, recording=None)
    assert list(await journal.close_unfinished("service_restarted", live={"c2"})) == ["c1"]
    assert list(await journal.close_unfinished("service_restarted", live={"c2"})) == []
    closed = await journal.call("c1")
    assert closed is not None
    assert closed.outcome is not None
    assert (closed.outcome["outcome"], closed.outcome["reason"]) == ("ended_by_caller", "service_restarted")
    assert [call.id for call in await journal.live()] == ["c2"]


async def test_past_calls_newest_first_page_by_page(journal: CallJournal) -> None:
    for number in range(5):
        await journal.start_call(record(f"c{number}", minutes=number))
        await journal.add_turn(f"c{number}", turn(1, "да"))
        if number != 4:
            await journal.end_call(f"c{number}", at=NOW, outcome={"outcome": "booked"}, recording=None)
    page = await journal.past(before=None, limit=2)
    assert [call.id for call in page] == ["c3", "c2"]
    rest = await journal.past(before=page[-1].started_at, limit=9)
    assert [call.id for call in rest] == ["c1", "c0"]
    last = await journal.last_calls(2)
    assert [(call.id, len(call.turns)) for call in last] == [("c4", 1), ("c3", 1)]
    assert await journal.call("c9") is None


async def test_the_relay_keeps_the_order_and_stops_at_a_failure(
    journal: CallJournal, database: Database, clock: ManualClock
) -> None:
    for number in range(3):
        await journal.start_call(record(f"c{number}"))
        await journal.end_call(f"c{number}", at=NOW, outcome={"outcome": "booked"}, recording=None)
    outbox, taken = Outbox(database, clock), []
    broken = True

    async def listener(event: OutboxEvent) -> None:
        if broken and event.payload["call_id"] == "c1":
            raise ConnectionError
        taken.append(event.payload["call_id"])

    assert await outbox.relay(listener) == 2
    assert await outbox.backlog() == 4
    assert [event.attempts for event in await outbox.pending()] == [1, 0, 0, 0]
    broken = False
    assert await outbox.relay(listener) == 4
    assert await outbox.relay(listener) == 0
    assert taken == ["c0", "c0", "c1", "c1", "c2", "c2"]


async def test_the_relay_tells_the_page_which_list_to_read_and_forgets_in_time(
    database: Database, clock: ManualClock
) -> None:
    topics = ["visit.booked", "request.created", "task.closed", "call.ended", "clinic.loaded"]
    async with database.write() as session:
        for topic in topics:
            publish(session, topic, {}, NOW)
    outbox, told, complete = Outbox(database, clock), [], asyncio.Event()

    class Page:
        async def publish(self, event: LiveEvent) -> None:
            assert isinstance(event, DeskChanged)
            told.append(event.what)
            if len(told) == 4:
                complete.set()

    relay = OutboxRelay(outbox, desk_news(Page()), round_s=0.01, keep=timedelta(days=1))
    await relay.start()
    async with asyncio.timeout(10):
        await complete.wait()
        while await outbox.backlog():
            await asyncio.sleep(0.01)
    await relay.close()
    await relay.close()
    assert told == [DeskPart.VISITS, DeskPart.REQUESTS, DeskPart.TASKS, DeskPart.VISITS]

    assert await outbox.forget(timedelta(days=1)) == 0
    clock.advance(timedelta(days=1, seconds=1))
    assert await outbox.forget(timedelta(days=1)) == 5


async def test_turns_go_with_their_call(journal: CallJournal, database: Database) -> None:
    await journal.start_call(record("c1"))
    await journal.add_turn("c1", turn(1, "да"))
    async with database.write() as session:
        await session.execute(delete(CallRow))
    assert await journal.turns_taken("c1") == 0
