"""The journal's hand: turns in order, behind the call's back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.calls.conversation import Reply
from bot.calls.hearing import Heard
from bot.calls.scribe import Scribe
from bot.domain.call import CallRecord, Turn
from bot.domain.clock import ManualClock
from bot.domain.events import CallEnded, LiveEvent, TurnTaken
from dialogs.step import Say

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


class SlowJournal:
    """Takes a turn only when the disk is free."""

    def __init__(self) -> None:
        self.disk = asyncio.Event()
        self.broken = False
        self.turns: list[Turn] = []
        self.outcome: Mapping[str, Any] | None = None

    async def start_call(self, record: CallRecord) -> None: ...

    async def answered(self, call_id: str, at: datetime) -> None: ...

    async def add_turn(self, call_id: str, turn: Turn) -> None:
        await self.disk.wait()
        if self.broken:
            raise OSError("disk is full")
        self.turns.append(turn)

    async def end_call(self, call_id: str, *, at: datetime, outcome: Mapping[str, Any], recording: Path | None) -> None:
        self.outcome = outcome

    async def call(self, call_id: str) -> CallRecord | None:
        return None

    async def turns_taken(self, call_id: str) -> int:
        return 0


class Seen:
    """Live events in the order of their publishing."""

    def __init__(self) -> None:
        self.events: list[LiveEvent] = []

    async def publish(self, event: LiveEvent) -> None:
        self.events.append(event)


def made() -> tuple[Scribe, SlowJournal, Seen]:
    journal, seen = SlowJournal(), Seen()
    record = CallRecord(
        id="c1", direction="inbound", caller="", called="", started_at=NOW, script="inbound", line="simulated"
    )
    return Scribe(record=record, journal=journal, events=seen, clock=ManualClock(NOW)), journal, seen


def one_turn(scribe: Scribe) -> None:
    scribe.bot_speaks(Reply(say=(Say(text="Чем могу помочь?"),)))
    scribe.bot_spoke(None)
    scribe.caller_spoke(Heard(text="Запишите", confidence=0.9, speech_end=0.0), Reply())
    scribe.bot_speaks(Reply(say=(Say(text="К какому врачу?"),), state="ask_specialty"))


async def test_nobody_waits_for_the_disk_and_the_order_is_kept() -> None:
    scribe, journal, seen = made()
    one_turn(scribe)
    assert journal.turns == []
    journal.disk.set()
    await scribe.settled()
    assert [turn.number for turn in journal.turns] == [1, 2]
    shown = [(event.number, event.text) for event in seen.events if isinstance(event, TurnTaken)]
    assert shown == [(1, "Чем могу помочь?"), (1, "Чем могу помочь?"), (2, "Запишите"), (3, "К какому врачу?")]


async def test_a_call_ends_in_the_journal_after_its_turns() -> None:
    scribe, journal, seen = made()
    one_turn(scribe)
    ending = asyncio.create_task(scribe.ended({"outcome": "booked"}, None))
    await asyncio.sleep(0)
    assert journal.outcome is None
    journal.disk.set()
    await ending
    assert journal.outcome == {"outcome": "booked"}
    assert len(journal.turns) == 2
    assert isinstance(seen.events[-1], CallEnded)


async def test_a_broken_journal_still_shows_the_turns() -> None:
    scribe, journal, seen = made()
    journal.broken = True
    journal.disk.set()
    one_turn(scribe)
    await scribe.settled()
    assert journal.turns == []
    assert len(seen.events) == 4


async def test_what_is_more_urgent_comes_first_and_the_order_is_kept() -> None:
    scribe, journal, seen = made()
    journal.disk.set()
    voice = asyncio.Event()

    async def begun() -> None:
        await voice.wait()

    scribe.first(begun)
    one_turn(scribe)
    await asyncio.sleep(0)
    assert (journal.turns, seen.events) == ([], [])
    voice.set()
    await scribe.settled()
    assert [turn.number for turn in journal.turns] == [1, 2]
