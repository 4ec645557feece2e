"""The circuit breaker: every state, by a clock that moves only when told to."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.clock import ManualClock
from dialogs.nlu.breaker import Circuit, CircuitBreaker


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 23, 10, 0, tzinfo=UTC))


@pytest.fixture
def breaker(clock) -> CircuitBreaker:
    return CircuitBreaker(clock, failures=3, pause_s=10)


@pytest.fixture
def closed(breaker) -> CircuitBreaker:
    breaker.succeeded(breaker.ask())
    return breaker


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        breaker.failed(breaker.ask())


def test_the_first_to_ask_is_the_probe_and_the_others_wait(breaker):
    permit = breaker.ask()
    assert permit.probe
    assert breaker.circuit is Circuit.PROBED
    assert breaker.ask() is None
    breaker.succeeded(permit)
    assert breaker.circuit is Circuit.CLOSED
    assert not breaker.ask().probe


def test_it_opens_only_after_failures_in_a_row(closed):
    fail(closed, 2)
    closed.succeeded(closed.ask())
    fail(closed, 2)
    assert closed.circuit is Circuit.CLOSED
    fail(closed, 1)
    assert closed.circuit is Circuit.OPEN
    assert closed.ask() is None


def test_after_the_pause_one_probe_decides(closed, clock):
    fail(closed, 3)
    clock.advance(timedelta(seconds=9.9))
    assert closed.ask() is None
    clock.advance(timedelta(seconds=0.1))
    permit = closed.ask()
    assert permit.probe
    closed.failed(permit)
    assert closed.ask() is None, "the pause begins anew"
    clock.advance(timedelta(seconds=10))
    closed.succeeded(closed.ask())
    assert closed.circuit is Circuit.CLOSED


def test_after_a_repair_it_takes_as_many_failures_again(closed, clock):
    fail(closed, 3)
    clock.advance(timedelta(seconds=10))
    closed.succeeded(closed.ask())
    fail(closed, 2)
    assert closed.circuit is Circuit.CLOSED


def test_a_late_failure_neither_lengthens_the_pause_nor_a_late_success_ends_it(closed, clock):
    late, later = closed.ask(), closed.ask()
    fail(closed, 3)
    clock.advance(timedelta(seconds=9))
    closed.failed(late)
    closed.succeeded(later)
    assert closed.circuit is Circuit.OPEN
    clock.advance(timedelta(seconds=1))
    assert closed.ask().probe


def test_a_probe_whose_caller_has_gone_is_given_to_the_next_one(breaker):
    breaker.returned(breaker.ask())
    assert breaker.ask().probe


def test_an_ordinary_permit_returned_changes_nothing(closed):
    closed.returned(closed.ask())
    assert closed.circuit is Circuit.CLOSED
