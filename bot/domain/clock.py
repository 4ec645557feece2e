"""Time as a dependency: rules at 24 hours or 6 weeks are tested in milliseconds."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")


class Clock(Protocol):
    """The only source of now; every datetime is aware."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float:
        """Seconds for durations; never goes back."""


class SystemClock:
    """The wall clock, optionally shifted so that it starts at a chosen moment and runs on (rehearsals)."""

    def __init__(self, zone: ZoneInfo = MOSCOW, start_at: datetime | None = None) -> None:
        self._zone = zone
        real = datetime.now(zone)
        self._shift = (start_at - real) if start_at else timedelta(0)

    def now(self) -> datetime:
        return datetime.now(self._zone) + self._shift

    def monotonic(self) -> float:
        return time.monotonic()


class JumpingClock(SystemClock):
    """A wall clock that runs on and can be moved ahead: rehearsals in which days pass in minutes."""

    def advance(self, delta: timedelta) -> None:
        """Move the time of day on; durations are not lengthened by it."""
        self._shift += delta


class ManualClock:
    """A clock that moves only when told to: for tests, replays and rehearsals of rules."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._now = now
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, delta: timedelta) -> None:
        """Move both clocks on."""
        self._now += delta
        self._monotonic += delta.total_seconds()
