"""Every row of the table that was measured on Asterisk 22."""

from __future__ import annotations

import pytest

from telephony.causes import ended, not_reached
from telephony.port import HangupCause


@pytest.mark.parametrize(
    ("cause", "tech_cause", "rang", "expected"),
    [
        (17, "486", True, HangupCause.BUSY),
        (21, "603", True, HangupCause.REJECTED),
        (1, "404", False, HangupCause.INVALID_NUMBER),
        (19, "480", True, HangupCause.NO_ANSWER),
        (19, "480", False, HangupCause.UNREACHABLE),
        (28, "484", False, HangupCause.INVALID_NUMBER),
        (38, "500", False, HangupCause.FAILED),
        (34, "503", False, HangupCause.CONGESTION),
        (17, "", False, HangupCause.BUSY),
        (20, "", False, HangupCause.UNREACHABLE),
        (0, "", False, HangupCause.FAILED),
        (16, "", True, HangupCause.FAILED),
        (99, "999", False, HangupCause.FAILED),
    ],
)
def test_legs_that_never_came_up(cause: int, tech_cause: str, rang: bool, expected: HangupCause) -> None:
    assert not_reached(cause, tech_cause, rang=rang) is expected


def test_sip_status_goes_before_the_cause() -> None:
    assert not_reached(21, "486", rang=True) is HangupCause.BUSY


@pytest.mark.parametrize("cause", [0, 16, 26, 31, 32])
def test_ordinary_ends(cause: int) -> None:
    assert ended(cause) is HangupCause.NORMAL


def test_unknown_end_is_a_failure() -> None:
    assert ended(102) is HangupCause.FAILED
