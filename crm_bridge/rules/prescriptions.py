"""When to phone about a prescription, and what its lead says (M2, M3)."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta

from crm_bridge.rules.calendar import workday_not_after
from crm_bridge.rules.settings import RuleSettings

_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)


def call_on(due_on: date, today: date, settings: RuleSettings, holidays: Container[date] = ()) -> date:
    """The day of the call: two days before the date, on a working day, and never in the past."""
    wanted = due_on - timedelta(days=settings.prescription_lead_days)
    if settings.prescription_workdays:
        wanted = workday_not_after(wanted, holidays)
    return max(wanted, today)


def lead_comment(doctor: str, what: str, due_on: date) -> str:
    """Who prescribed what for when; `doctor` is «Фамилия Имя Отчество»."""
    surname, *given = doctor.split()
    initials = " ".join(f"{name[0]}." for name in given)
    return f"Врач {f'{surname} {initials}'.strip()} назначил(а): {what} на {due_on.day} {_MONTHS[due_on.month - 1]}"
