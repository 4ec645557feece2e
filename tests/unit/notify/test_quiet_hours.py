"""Do-not-disturb hours at their edges, by the patient's own clock."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.domain.clock import MOSCOW
from bot.notify.quiet import quiet_until

VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")
NINE, EVENING = time(9), time(21)


def at(day: int, clock: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.combine(datetime(2026, 11, day), time.fromisoformat(clock), tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(23, "20:59:59.999999"), None),
        (at(23, "21:00"), at(24, "09:00")),
        (at(23, "23:59:59"), at(24, "09:00")),
        (at(24, "00:00"), at(24, "09:00")),
        (at(24, "08:59:59.999999"), at(24, "09:00")),
        (at(24, "09:00"), None),
    ],
)
def test_over_midnight(now: datetime, until: datetime | None) -> None:
    assert quiet_until(now, MOSCOW, EVENING, NINE) == until


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(23, "12:59:59"), None),
        (at(23, "13:00"), at(23, "14:00")),
        (at(23, "13:59"), at(23, "14:00")),
        (at(23, "14:00"), None),
    ],
)
def test_within_a_day(now: datetime, until: datetime | None) -> None:
    assert quiet_until(now, MOSCOW, time(13), time(14)) == until


def test_equal_times_switch_it_off() -> None:
    assert quiet_until(at(23, "03:00"), MOSCOW, NINE, NINE) is None


def test_the_patients_clock_counts() -> None:
    noon = at(23, "14:30")  # half past nine in the evening in Vladivostok
    assert quiet_until(noon, MOSCOW, EVENING, NINE) is None
    assert quiet_until(noon, VLADIVOSTOK, EVENING, NINE) == at(24, "09:00", VLADIVOSTOK)


def test_the_last_night_of_a_month() -> None:
    assert quiet_until(at(30, "22:00"), MOSCOW, EVENING, NINE) == datetime(2026, 12, 1, 9, tzinfo=MOSCOW)
