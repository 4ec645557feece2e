"""What does not suit and what would do as well, out of the caller's own words."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.calls.wishes import avoided, either

MONDAY = date(2026, 11, 23)
NOW = datetime.fromisoformat("2026-11-23T10:00:00+03:00")


@pytest.mark.parametrize(
    ("words", "weekdays"),
    [
        ("на этой неделе, но не в среду", {3}),
        ("кроме среды и пятницы", {3, 5}),
        ("в среду не могу, лучше в четверг", {3}),
        ("в среду", set()),
        ("нет, в среду", set()),
        ("не в десять, а в одиннадцать", set()),
    ],
)
def test_days_that_do_not_suit(words: str, weekdays: set[int]) -> None:
    assert avoided(words, MONDAY).weekdays == weekdays


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("завтра, только не утром", [0]),
        ("кроме утра", [0]),
        ("утром я работаю", [0]),
        ("вечером не получится", [17]),
        ("не рано утром и не вечером", [0, 17]),
        ("утром", []),
        ("вечером можно", []),
    ],
)
def test_hours_that_do_not_suit(words: str, refused: list[int]) -> None:
    assert [start.hour for start, _ in avoided(words, MONDAY).hours] == refused


def test_tomorrow_that_does_not_suit_is_that_day_only() -> None:
    assert avoided("завтра не могу", MONDAY).dates == {date(2026, 11, 24)}
    assert avoided("только не послезавтра", MONDAY).dates == {date(2026, 11, 25)}
    assert avoided("давайте завтра", MONDAY).dates == frozenset()


def test_a_choice_of_two_days_is_both() -> None:
    assert either("к кардиологу завтра или в четверг", NOW) == (("2026-11-24", ""), ("2026-11-26", ""))


def test_a_choice_of_two_hours_is_both_on_that_day() -> None:
    assert either("завтра в десять или в одиннадцать тридцать", NOW) == (
        ("2026-11-24", "10:00"),
        ("2026-11-24", "11:30"),
    )


def test_no_choice_of_times_is_none() -> None:
    assert either("к терапевту или к кардиологу завтра", NOW) == ()
    assert either("завтра", NOW) == ()
