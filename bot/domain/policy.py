"""May we phone this person now? The minimal check: hours and do-not-call (calling-rules.md C.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """Phone now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defer:
    """Phone later: not before `until`, by the named rule."""

    until: datetime
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """Never phone for this, by the named rule."""

    rule: str


Decision = Allow | Defer | Deny


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingWindow:
    """Local hours in which people may be phoned, half-open; None closes the day (setting `window.local`)."""

    weekdays: tuple[time, time] | None = (time(9, 0), time(20, 0))
    saturday: tuple[time, time] | None = (time(10, 0), time(18, 0))
    sunday: tuple[time, time] | None = None

    def on(self, day: date) -> tuple[time, time] | None:
        return {6: self.saturday, 7: self.sunday}.get(day.isoweekday(), self.weekdays)


def decide(*, now: datetime, zone: ZoneInfo, window: CallingWindow, do_not_call: bool) -> Decision:
    """Allow, defer to the next opening of the window in the patient's time zone, or deny."""
    if do_not_call:
        return Deny(rule="do_not_call")
    local = now.astimezone(zone)
    hours = window.on(local.date())
    if hours and hours[0] <= local.time() < hours[1]:
        return Allow()
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        hours = window.on(day)
        opening = datetime.combine(day, hours[0], tzinfo=zone) if hours else None
        if opening and opening > local:
            return Defer(until=opening, rule="calling_window")
    return Deny(rule="calling_window_never_opens")
