"""Dates as people mean them: the nearest weekday, next week, a bare day of the month."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def interval(start: date, end: date) -> str:
    """Write an interval of days in normal form."""
    return f"{start.isoformat()}/{end.isoformat()}"


def weekday_after(today: date, weekday: int) -> date:
    """Return the nearest such weekday after today (0 = Monday); today's own weekday is a week away."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def weekday_before(today: date, weekday: int) -> date:
    """Return the nearest such weekday before today."""
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def week_start(today: date, weeks: int) -> date:
    """Return the Monday of the week that lies `weeks` weeks from this one."""
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)


def week(today: date, weeks: int) -> str:
    """Return the whole week that lies `weeks` weeks from this one."""
    start = week_start(today, weeks)
    return interval(start, start + timedelta(days=6))


def weekend(today: date, weeks: int) -> str:
    """Return Saturday and Sunday of the week that lies `weeks` weeks from this one."""
    start = week_start(today, weeks) + timedelta(days=5)
    return interval(start, start + timedelta(days=1))


def month_span(year: int, month: int, first: int = 1, last: int = 31) -> str:
    """Return the days `first`..`last` of a month, cut to its length."""
    length = calendar.monthrange(year, month)[1]
    return interval(date(year, month, first), date(year, month, min(last, length)))


def add_months(day: date, months: int) -> date:
    """Move by whole months, keeping the day of the month where the month has it."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def valid(year: int, month: int, day: int) -> date | None:
    """Return the date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day_number(today: date, day: int) -> date | None:
    """Return the next day with this number, today included; months without it are skipped."""
    for ahead in range(3):
        first = add_months(today.replace(day=1), ahead)
        found = valid(first.year, first.month, day)
        if found is not None and found >= today:
            return found
    return None


def last_day_number(today: date, day: int) -> date | None:
    """Return the last day with this number before today or today."""
    for back in range(3):
        first = add_months(today.replace(day=1), -back)
        found = valid(first.year, first.month, day)
        if found is not None and found <= today:
            return found
    return None


def day_of_month(today: date, month: int, day: int, *, past: bool) -> date | None:
    """Return the date a day and a month without a year mean: the next one, or the last one when `past`.

    A day of the last two months is taken as past in any case: nobody books ten months ahead by phone.
    """
    this_year = valid(today.year, month, day)
    if this_year is None:
        return valid(today.year + 1, month, day)
    if this_year > today:
        return valid(today.year - 1, month, day) if past else this_year
    recent = (today - this_year).days <= 60
    return this_year if past or recent else valid(today.year + 1, month, day)


def full_year(number: int, *, pivot: int) -> int | None:
    """Return the year of two or four digits: up to `pivot` is this century, above it the last one."""
    if number >= 1900:
        return number if number <= 2100 else None
    if number > 99:
        return None
    return 2000 + number if number <= pivot else 1900 + number
