"""Days, moments and hours as a clinic file writes them; days may count from the day of loading."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

Span = tuple[time, time]

_RELATIVE = {"today": 0, "сегодня": 0, "tomorrow": 1, "завтра": 1, "yesterday": -1, "вчера": -1}
_DAYS = {
    name: number
    for number, names in enumerate(
        ("mon пн", "tue вт", "wed ср", "thu чт", "fri пт", "sat сб", "sun вс"),
        start=1,
    )
    for name in names.split()
}
_DAY_HELP = "нужна дата вида 2026-11-24, либо «сегодня», «завтра», «+3» (дней от загрузки)"
_MOMENT_HELP = "нужны дата и время вида 2026-11-24T09:00 или «завтра 09:00», «+3 09:00»"


@dataclass(frozen=True, slots=True)
class DayRef:
    """A calendar date, or a number of days from the day of loading."""

    value: date | int

    def on(self, today: date) -> date:
        return today + timedelta(days=self.value) if isinstance(self.value, int) else self.value


@dataclass(frozen=True, slots=True)
class MomentRef:
    """A day and a wall-clock time of the branch; `exact` when the file gave an offset of its own."""

    day: DayRef
    at: time
    exact: datetime | None = None

    def on(self, today: date, zone: ZoneInfo) -> datetime:
        if self.exact:
            return self.exact.astimezone(zone)
        return datetime.combine(self.day.on(today), self.at, tzinfo=zone)


def parse_day(value: Any) -> DayRef:
    """Read a day. Raises ValueError in Russian."""
    if isinstance(value, DayRef):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return DayRef(value)
    text = str(value).strip().casefold()
    if text in _RELATIVE:
        return DayRef(_RELATIVE[text])
    if re.fullmatch(r"[+-]\d{1,4}", text):
        return DayRef(int(text))
    try:
        return DayRef(date.fromisoformat(text))
    except ValueError:
        raise ValueError(f"«{value}» — не дата: {_DAY_HELP}") from None


def parse_moment(value: Any) -> MomentRef:
    """Read a day and a time. Raises ValueError in Russian."""
    if isinstance(value, MomentRef):
        return value
    if isinstance(value, datetime):
        return _moment_of(value)
    text = str(value).strip()
    day, _, clock_time = text.partition(" ")
    try:
        if day.casefold() in _RELATIVE or day[:1] in "+-":
            return MomentRef(parse_day(day), time.fromisoformat(clock_time.strip()))
        if len(text) <= len("2026-11-24"):
            raise ValueError("a date alone")
        return _moment_of(datetime.fromisoformat(text))
    except ValueError:
        raise ValueError(f"«{value}» — не дата со временем: {_MOMENT_HELP}") from None


def _moment_of(value: datetime) -> MomentRef:
    return MomentRef(DayRef(value.date()), value.time(), value if value.tzinfo else None)


def parse_time(value: Any) -> time:
    """Read `09:00`. Raises ValueError in Russian."""
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f"«{value}» — не время: нужно время вида 09:00") from None


def parse_span(text: str) -> Span:
    """Read `08:00-14:00`. Raises ValueError in Russian."""
    parts = re.split(r"\s*[-–—]\s*", text.strip())
    if len(parts) != 2:
        raise ValueError(f"«{text}» — не часы: нужны часы вида 08:00-20:00")
    start, end = parse_time(parts[0]), parse_time(parts[1])
    if start >= end:
        raise ValueError(f"«{text}»: конец должен быть позже начала")
    return start, end


def parse_week(value: Any) -> dict[int, list[Span]]:
    """Read `{"mon-fri": "08:00-20:00", "sat": ["09:00-12:00", "13:00-15:00"], "sun": null}` by ISO weekday."""
    if not isinstance(value, Mapping):
        raise ValueError("нужны дни недели и часы, например mon-fri: 08:00-20:00")
    week: dict[int, list[Span]] = {}
    for names, spans in value.items():
        for day in _weekdays(str(names)):
            if day in week:
                raise ValueError(f"день «{names}» указан дважды")
            week[day] = _spans(spans)
    return {day: spans for day, spans in week.items() if spans}


def parse_hours(value: Any) -> dict[int, list[Span]]:
    """Read a week with at most one span a day: opening hours."""
    week = parse_week(value)
    if any(len(spans) > 1 for spans in week.values()):
        raise ValueError("часы работы на день — один промежуток; перерывы указывайте у врачей")
    return week


def _spans(value: Any) -> list[Span]:
    if value is None:
        return []
    if isinstance(value, str):
        return [parse_span(value)]
    if isinstance(value, Sequence):
        return sorted(parse_span(str(item)) for item in value)
    raise ValueError(f"«{value}» — не часы: нужны часы вида 08:00-20:00")


def _weekdays(text: str) -> list[int]:
    days: list[int] = []
    for part in text.casefold().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last and last not in _DAYS):
            raise ValueError(f"«{text}» — не день недели: нужно mon, mon-fri или mon,wed (или пн-пт)")
        days.extend(range(_DAYS[first], _DAYS[last or first] + 1))
    return days


Day = Annotated[DayRef, BeforeValidator(parse_day)]
Moment = Annotated[MomentRef, BeforeValidator(parse_moment)]
ClockTime = Annotated[time, BeforeValidator(parse_time)]
Week = Annotated[dict[int, list[Span]], BeforeValidator(parse_week)]
OpeningHours = Annotated[dict[int, list[Span]], BeforeValidator(parse_hours)]
