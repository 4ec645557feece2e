"""The 20 ms clock, on a clock that the test turns by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from telephony.pacer import Pacer


class HandTimer:
    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when, self.callback, self.cancelled = when, callback, False

    def cancel(self) -> None:
        self.cancelled = True


class HandClock:
    """Time stands still unless the test moves it; `stall` passes without anybody being called."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[HandTimer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> HandTimer:
        timer = HandTimer(when, callback)
        self.timers.append(timer)
        return timer

    def pass_ms(self, ms: float) -> None:
        until = self.now + ms / 1000
        while due := [timer for timer in self.timers if not timer.cancelled and timer.when <= until + 1e-9]:
            first = min(due, key=lambda timer: timer.when)
            self.timers.remove(first)
            self.now = max(self.now, first.when)
            first.callback()
        self.now = until

    def stall(self, ms: float) -> None:
        self.now += ms / 1000


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_fifty_ticks_a_second_for_everybody(clock: HandClock) -> None:
    pacer, first, second = Pacer(clock=clock), [], []
    pacer.add("a", first.append)
    pacer.add("b", second.append)
    clock.pass_ms(1000)
    assert first == second == [0] * 50


def test_lateness_does_not_add_up(clock: HandClock) -> None:
    pacer, ticks = Pacer(clock=clock), []
    pacer.add("a", ticks.append)
    for _ in range(50):
        clock.stall(27)
        clock.pass_ms(13)
    assert len(ticks) == 100
    assert pacer.lateness().worst_ms == pytest.approx(7)


def test_short_stall_is_made_up_in_a_burst(clock: HandClock) -> None:
    pacer, ticks = Pacer(clock=clock), []
    pacer.add("a", ticks.append)
    clock.stall(105)
    clock.pass_ms(0)
    assert ticks == [0] * 5
    assert pacer.lateness().worst_ms == pytest.approx(85)


def test_long_stall_drops_what_is_too_old_and_says_how_much(clock: HandClock) -> None:
    pacer, ticks = Pacer(clock=clock), []
    pacer.add("a", ticks.append)
    clock.stall(6000)
    clock.pass_ms(0)
    assert ticks == [290] + [0] * 9
    assert pacer.lateness().dropped == 290
    clock.pass_ms(100)
    assert len(ticks) == 15


def test_clock_stops_with_the_last_subscriber_and_starts_again(clock: HandClock) -> None:
    pacer, ticks = Pacer(clock=clock), []
    pacer.add("a", ticks.append)
    clock.pass_ms(40)
    pacer.remove("a")
    clock.pass_ms(1000)
    assert len(ticks) == 2
    assert all(timer.cancelled for timer in clock.timers)
    pacer.add("a", ticks.append)
    clock.pass_ms(40)
    assert len(ticks) == 4


def test_subscriber_may_leave_during_its_own_tick(clock: HandClock) -> None:
    pacer, ticks = Pacer(clock=clock), []

    def once(dropped: int) -> None:
        ticks.append(dropped)
        pacer.remove("a")

    pacer.add("a", once)
    clock.pass_ms(200)
    assert ticks == [0]


def test_faster_than_real_time(clock: HandClock) -> None:
    pacer, ticks = Pacer(clock=clock, speed=10), []
    pacer.add("a", ticks.append)
    clock.pass_ms(100)
    assert len(ticks) == 50


def test_a_lone_call_is_answered_half_way_between_its_packets(clock: HandClock) -> None:
    pacer, ticks = Pacer(clock=clock), list[float]()
    pacer.add("call", lambda dropped: ticks.append(clock.now))
    clock.pass_ms(55)
    pacer.align("call")
    clock.pass_ms(50)
    assert [round((moment - 100) * 1000) for moment in ticks] == [20, 40, 65, 85, 105]


def test_a_call_among_others_does_not_move_the_clock(clock: HandClock) -> None:
    pacer, ticks = Pacer(clock=clock), list[float]()
    pacer.add("first", lambda dropped: ticks.append(clock.now))
    pacer.add("second", lambda dropped: None)
    clock.pass_ms(35)
    pacer.align("second")
    clock.pass_ms(30)
    assert [round((moment - 100) * 1000) for moment in ticks] == [20, 40, 60]


def test_a_call_that_is_not_paced_starts_no_clock(clock: HandClock) -> None:
    pacer = Pacer(clock=clock)
    pacer.align("call")
    assert clock.timers == []
