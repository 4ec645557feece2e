"""When somebody who has no time now wants to be phoned again."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.calls.again import call_again

NOW = datetime.fromisoformat("2026-11-23T10:00:00+03:00")


@pytest.mark.parametrize(
    ("words", "slots", "at"),
    [
        ("перезвоните через час", {}, "2026-11-23T11:00+03:00"),
        ("перезвоните через два часа", {}, "2026-11-23T12:00+03:00"),
        ("через полчасика наберите", {}, "2026-11-23T10:30+03:00"),
        ("наберите через часик", {}, "2026-11-23T11:00+03:00"),
        ("минут через двадцать позвоните", {}, "2026-11-23T10:20+03:00"),
        ("через пару часов", {}, "2026-11-23T12:00+03:00"),
        ("через полтора часа", {}, "2026-11-23T11:30+03:00"),
        ("перезвоните в три", {"time": "15:00"}, "2026-11-23T15:00+03:00"),
        ("перезвоните в девять утра", {"time": "09:00"}, "2026-11-24T09:00+03:00"),
        ("после шести", {"time": "18:00/.."}, "2026-11-23T18:00+03:00"),
        ("вечером", {}, "2026-11-23T18:00+03:00"),
        ("завтра утром", {"date": "2026-11-24", "time": "08:00/12:00"}, "2026-11-24T08:00+03:00"),
        ("завтра", {"date": "2026-11-24"}, "2026-11-24T10:00+03:00"),
        ("попозже", {}, ""),
        ("сегодня попозже", {"date": "2026-11-23"}, ""),
    ],
)
def test_the_moment_is_read_out_of_the_words(words: str, slots: dict[str, str], at: str) -> None:
    assert call_again({"words": words, **slots, "before": "2026-11-25T10:00"}, NOW) == {"at": at, "possible": True}


def test_after_the_visit_has_begun_it_is_too_late() -> None:
    tomorrow = {"words": "завтра", "date": "2026-11-24"}
    assert not call_again({**tomorrow, "before": "2026-11-24T10:00"}, NOW)["possible"]
    assert call_again({**tomorrow, "before": "2026-11-24T10:01"}, NOW)["possible"]
    assert call_again(tomorrow, NOW)["possible"]
