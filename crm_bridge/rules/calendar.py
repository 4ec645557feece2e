"""Days that rules count by: working days, months."""

from __future__ import annotations

import calendar
from collections.abc import Container
from datetime import date, datetime, timedelta
from typing import TypeVar

Moment = TypeVar("Moment", date, datetime)
_DAYS_OFF = (6, 7)


def is_workday(day: date, holidays: Container[date] = ()) -> bool:
    """Monday to Friday, unless it is a holiday."""
    return day.isoweekday() not in _DAYS_OFF and day not in holidays


def workday_not_after(day: date, holidays: Container[date] = ()) -> date:
    """The day itself, or the working day before it."""
    while not is_workday(day, holidays):
        day -= timedelta(days=1)
    return day


def months_before(moment: Moment, months: int) -> Moment:
    """The same day so many months earlier, or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
