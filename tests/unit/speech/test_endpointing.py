"""The endpointer as a pure machine: frames in, decisions out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.endpointing import Began, Dropped, Ended, Endpointer, EndpointEvent, Paused, Resumed, TimedOut
from speech.port import Expected
from speech.unfinished import unfinished


def run(endpointer: Endpointer, *stretches: tuple[bool, int], partial: str | None = None) -> list[EndpointEvent]:
    """Feed stretches of (speech?, milliseconds)."""
    frames = (is_speech for is_speech, ms in stretches for _ in range(ms // 20))
    return [event for is_speech in frames if (event := endpointer.feed(is_speech, partial=partial))]


@pytest.mark.parametrize(
    ("expected", "silence"),
    [
        (Expected.YES_NO, 400),
        (Expected.FREE, 700),
        (Expected.DATE, 800),
        (Expected.NAME, 1000),
        (Expected.DIGITS, 1200),
    ],
)
def test_each_state_waits_its_own_silence_and_decodes_before_it(expected: Expected, silence: int) -> None:
    events = run(Endpointer(expected, 5000), (False, 200), (True, 400), (False, 2000))
    began, paused, ended = events
    assert began == Began(at_ms=160)
    assert isinstance(ended, Ended)
    assert ended.at_ms - ended.end_ms == silence
    assert isinstance(paused, Paused)
    assert paused.at_ms <= ended.at_ms - 250


def test_a_pause_inside_is_not_the_end_and_voids_the_early_decode() -> None:
    events = run(Endpointer(Expected.FREE, 5000), (True, 400), (False, 400), (True, 400), (False, 1000))
    assert [type(event) for event in events] == [Began, Paused, Resumed, Paused, Ended]


def test_a_short_gap_starts_no_decode() -> None:
    events = run(Endpointer(Expected.FREE, 5000), (True, 400), (False, 100), (True, 400), (False, 1000))
    assert [type(event) for event in events] == [Began, Paused, Ended]


def test_dictated_digits_are_not_cut_between_groups() -> None:
    groups = [(True, 600), (False, 1000)] * 3 + [(True, 400), (False, 1300)]
    events = run(Endpointer(Expected.DIGITS, 5000), *groups)
    assert [type(event) for event in events].count(Ended) == 1
    assert events[-1] == Ended(start_ms=0, end_ms=5180, at_ms=6380)


def test_an_unfinished_text_is_waited_for_longer_and_then_let_go() -> None:
    plain = run(Endpointer(Expected.FREE, 5000), (True, 400), (False, 3000), partial="запишите меня к терапевту")
    held = run(Endpointer(Expected.FREE, 5000), (True, 400), (False, 3000), partial="запишите меня к терапевту и")
    assert isinstance(plain[-1], Ended)
    assert isinstance(held[-1], Ended)
    assert held[-1].at_ms - plain[-1].at_ms == 800


@pytest.mark.parametrize("expected", list(Expected))
def test_a_click_is_dropped_undecoded_and_costs_no_patience(expected: Expected) -> None:
    endpointer = Endpointer(expected, 2000)
    events = run(endpointer, (False, 500), (True, 60), (False, 3000))
    assert [type(event) for event in events] == [Began, Dropped, TimedOut]
    assert events[-1].at_ms == 2000


def test_endless_speech_is_capped() -> None:
    events = run(Endpointer(Expected.FREE, 5000), (True, 20000))
    assert events[-1] == Ended(start_ms=0, end_ms=15000, at_ms=15000, capped=True)


def test_no_input_counts_only_while_no_prompt_plays() -> None:
    endpointer = Endpointer(Expected.FREE, 1000)
    for _ in range(500):
        assert endpointer.feed(False, clock_runs=False) is None
    assert run(endpointer, (False, 1000)) == [TimedOut(at_ms=11000)]


def test_rejected_noise_is_deaf_for_a_moment_and_uses_up_the_patience() -> None:
    endpointer = Endpointer(Expected.FREE, 2000)
    run(endpointer, (True, 500))
    endpointer.reject(600)
    events = run(endpointer, (True, 600))
    assert events == []
    assert [type(event) for event in run(endpointer, (True, 60), (False, 2000))] == [Began, Dropped, TimedOut]


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(20, 3000)), max_size=12))
def test_whatever_comes_events_alternate_and_end_once(stretches: list[tuple[bool, int]]) -> None:
    endpointer = Endpointer(Expected.FREE, 4000)
    events = run(endpointer, *stretches, (False, 9000))
    kinds = [type(event) for event in events]
    assert kinds[-1] in (Ended, TimedOut)
    assert sum(kind in (Ended, TimedOut) for kind in kinds) == 1
    assert kinds.count(Began) == kinds.count(Dropped) + kinds.count(Ended)
    assert [event.at_ms for event in events] == sorted(event.at_ms for event in events)


@pytest.mark.parametrize(
    ("text", "expected", "more"),
    [
        ("Запишите меня к", Expected.FREE, True),
        ("хочу записаться или", Expected.FREE, True),
        ("мой номер", Expected.FREE, True),
        ("меня зовут", Expected.NAME, True),
        ("вызвать врача на дом", Expected.FREE, False),
        ("улица Ленина, дом", Expected.ADDRESS, True),
        ("улица Ленина, дом 5", Expected.ADDRESS, False),
        ("двадцать", Expected.DATE, True),
        ("двадцать пятое число", Expected.DATE, False),
        ("8 916 123", Expected.DIGITS, True),
        ("8 916 123 45 67", Expected.DIGITS, False),
        ("восемь девятьсот шестнадцать сто двадцать три", Expected.DIGITS, True),
        ("девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь", Expected.DIGITS, False),
        ("да", Expected.YES_NO, False),
        ("ну", Expected.YES_NO, False),
        ("", Expected.FREE, False),
    ],
)
def test_what_sounds_unfinished(text: str, expected: Expected, more: bool) -> None:
    assert unfinished(text, expected) is more
