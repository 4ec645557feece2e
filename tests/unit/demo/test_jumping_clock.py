"""The clock of a rehearsal in which days pass."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.clock import MOSCOW, JumpingClock

MONDAY = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


def test_the_time_of_day_jumps_and_runs_on_while_durations_stay_what_they_are() -> None:
    clock = JumpingClock(MOSCOW, MONDAY)
    before = clock.monotonic()
    clock.advance(timedelta(days=2))
    assert timedelta(days=2) <= clock.now() - MONDAY < timedelta(days=2, minutes=5)
    assert clock.monotonic() - before < timedelta(minutes=5).total_seconds()
    first = clock.now()
    assert clock.now() >= first
