"""Weekly hours cut into the beginnings of openings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm_bridge.local.moments import Span


def slots(
    week: Mapping[int, Sequence[Span]], minutes: int, first: date, end: date, zone: ZoneInfo
) -> Iterator[datetime]:
    """Aware beginnings of whole slots on days in [first, end), in order; a slot that would end late is left out."""
    step = timedelta(minutes=minutes)
    day = first
    while day < end:
        for start, finish in week.get(day.isoweekday(), ()):
            moment = datetime.combine(day, start, tzinfo=zone)
            last = datetime.combine(day, finish, tzinfo=zone) - step
            while moment <= last:
                yield moment
                moment += step
        day += timedelta(days=1)
