"""Live events survive the way through Redis and back."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.domain.call import Speaker
from bot.domain.clock import MOSCOW
from bot.domain.events import (
    CallEnded,
    CallStarted,
    DeskChanged,
    DeskPart,
    EventError,
    LiveEvent,
    TurnTaken,
    WordsHeard,
    from_json,
    to_dict,
    to_json,
)

AT = datetime(2026, 11, 23, 10, 0, 5, tzinfo=MOSCOW)

EVENTS: list[LiveEvent] = [
    CallStarted(call_id="c1", direction="inbound", caller="…4567", at=AT),
    WordsHeard(call_id="c1", text="хочу запис", final=False),
    TurnTaken(
        call_id="c1",
        number=2,
        at=AT,
        speaker=Speaker.CALLER,
        text="Хочу записаться к лору",
        state="open",
        intent="book_appointment",
        confidence=0.94,
        timings={"nlu": 4.1, "total": 212.0},
    ),
    CallEnded(call_id="c1", at=AT, outcome={"outcome": "booked", "happened": ["booked"]}),
    DeskChanged(what=DeskPart.VISITS),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_reads_back_what_was_written(event: LiveEvent) -> None:
    assert from_json(to_json(event)) == event


def test_text_stays_readable_and_times_keep_their_offset() -> None:
    text = to_json(EVENTS[2])
    assert "лору" in text
    assert to_dict(EVENTS[2])["at"] == "2026-11-23T10:00:05+03:00"


def test_a_newer_version_may_add_keys() -> None:
    assert from_json('{"type": "desk_changed", "what": "tasks", "why": "new"}') == DeskChanged(what=DeskPart.TASKS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"type": "unheard_of"}',
        '{"type": "words_heard"}',
        '{"type": "desk_changed", "what": "weather"}',
        '{"type": "call_started", "call_id": "c", "direction": "inbound", "caller": "", "at": "2026-11-23T10:00:05"}',
    ],
)
def test_says_when_it_is_no_event(text: str) -> None:
    with pytest.raises(EventError):
        from_json(text)
