"""One 20 ms clock for every call of the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

TICK_S: Final = 0.02
_CATCH_UP_TICKS: Final = 10
"""After a longer stall the missed ticks are dropped: a burst of old sound helps nobody."""

Tick = Callable[[int], None]
"""Called with the number of ticks that were dropped just before this one, nearly always 0."""


class Clock(Protocol):
    """The part of an event loop that keeps time."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer: ...


class Timer(Protocol):
    """A call that is to come, and may be called off."""

    def cancel(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How late the ticks came, in milliseconds, since the last time it was asked."""

    ticks: int
    worst_ms: float
    dropped: int


class Pacer:
    """Calls every subscriber each 20 ms at absolute deadlines, so that lateness never adds up.

    `speed` above 1 lets simulated calls run faster than real time. Without `clock` the running event loop's is used.
    """

    def __init__(self, *, speed: float = 1.0, clock: Clock | None = None) -> None:
        self._period = TICK_S / speed
        self._clock = clock
        self._subscribers: dict[object, Tick] = {}
        self._timer: Timer | None = None
        self._deadline = 0.0
        self._ticks = 0
        self._worst = 0.0
        self._dropped = 0

    def add(self, key: object, tick: Tick) -> None:
        """Call `tick` from the next tick on; the clock starts with the first subscriber."""
        self._subscribers[key] = tick
        if self._timer is None:
            clock = self._clock or asyncio.get_running_loop()
            self._deadline = clock.time() + self._period
            self._arm(clock)

    def remove(self, key: object) -> None:
        """Stop calling; the clock stops with the last subscriber."""
        self._subscribers.pop(key, None)
        if not self._subscribers and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def align(self, key: object) -> None:
        """A packet of this call has just come: tick half-way between two of them, if no other call is paced.

        What is answered to a packet then waits for half a period; by chance it may be a whole one, in every turn.
        """
        clock = self._clock or asyncio.get_running_loop()
        if self._timer is not None and self._subscribers.keys() == {key} and clock.time() < self._deadline:
            self._timer.cancel()
            self._deadline = clock.time() + self._period / 2
            self._arm(clock)

    def lateness(self) -> Lateness:
        """The figures since the last call; a metric of how busy the event loop is."""
        measured = Lateness(ticks=self._ticks, worst_ms=round(self._worst * 1000, 1), dropped=self._dropped)
        self._ticks, self._worst, self._dropped = 0, 0.0, 0
        return measured

    def _arm(self, clock: Clock) -> None:
        self._timer = clock.call_at(self._deadline, lambda: self._fire(clock))

    def _fire(self, clock: Clock) -> None:
        now = clock.time()
        self._worst = max(self._worst, now - self._deadline)
        due = int((now - self._deadline) / self._period) + 1
        dropped = max(0, due - _CATCH_UP_TICKS)
        self._dropped += dropped
        # the next deadline stands before anybody is called: a subscriber may remove the last one and stop us
        self._deadline += due * self._period
        self._arm(clock)
        for turn in range(due - dropped):
            self._ticks += 1
            for tick in tuple(self._subscribers.values()):
                tick(dropped if turn == 0 else 0)
