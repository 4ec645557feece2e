"""Answers about the whole: reports, what is overdue, a patient's history and courses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from bot.web.api.views import View


class ReportView(View):
    """A table; the first of `columns` names the row, `totals` are the sums of the rows."""

    name: str
    title: str
    columns: Mapping[str, str]
    rows: list[Mapping[str, str | int | float]]
    totals: Mapping[str, int]


class OverdueView(View):
    kind: str
    id: str
    owner: str
    since: datetime


class MomentView(View):
    at: datetime
    kind: str
    id: str
    text: str


class BehaviourView(View):
    visits: int
    missed: int
    cancelled: int
    late: int
    doctors: int
    channels: list[str]


class CourseView(View):
    id: str
    patient_id: str
    service_id: str
    title: str
    total: int
    done: int
    booked: int
    interval_days: int
    next_on: date | None
    next_number: int
