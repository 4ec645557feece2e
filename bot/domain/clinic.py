"""The clinic as the bot sees it: branches, doctors, services, openings, visits, requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

UNNAMED: Final = "Клиника"
"""The name of a clinic that was given none: no name to greet people with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Opening hours by ISO weekday (1 Monday .. 7 Sunday); a missing day is a day off."""

    by_weekday: Mapping[int, tuple[time, time]] = field(default_factory=dict)

    def on(self, day: date) -> tuple[time, time] | None:
        return self.by_weekday.get(day.isoweekday())


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A building of the clinic."""

    id: str
    name: str
    address: str
    timezone: str = "Europe/Moscow"
    hours: Hours = field(default_factory=Hours)
    lab_hours: Hours = field(default_factory=Hours)
    home_visit_until: time | None = None


class Funding(StrEnum):
    """Who pays for a visit."""

    PAID = "paid"
    OMS = "oms"
    DMS = "dms"


ANY_FUNDING = tuple(Funding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """Full name is «Фамилия Имя Отчество»; specialty in the canonical form of the label conventions."""

    id: str
    full_name: str
    specialty: str
    branch_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An examination, test, vaccination or other service booked by name; price in rubles.

    `prices` is what the patient pays over ОМС or ДМС, nothing unless told. `specialty` is who performs it, `documents`
    a text by funding or `default`, `resources` the kinds of rooms and devices it needs, `expensive` that it waits for
    approvals, `recall_days` when to come again after it.
    """

    id: str
    name: str
    duration_min: int = 20
    price: int | None = None
    prices: Mapping[str, int] = field(default_factory=dict)
    prep: str | None = None
    branch_id: str = ""
    bookable: bool = True
    specialty: str | None = None
    category: str | None = None
    fundings: tuple[Funding, ...] = ANY_FUNDING
    documents: Mapping[str, str] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    expensive: bool = False
    recall_days: int | None = None
    course_total: int | None = None
    course_interval_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicDirectory:
    """All that is said of the clinic without looking at anybody's record."""

    name: str
    branches: tuple[Branch, ...]
    doctors: tuple[Doctor, ...]
    services: tuple[Service, ...]
    prices: Mapping[str, int] = field(default_factory=dict)
    prep: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    streets: tuple[str, ...] = ()
    cancel_hours: int | None = None
    """So many hours before a visit cancelling it begins to count as late; None where there is no such rule."""

    @property
    def specialties(self) -> tuple[str, ...]:
        return tuple(sorted({doctor.specialty for doctor in self.doctors}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person; several may share one phone."""

    id: str
    full_name: str
    birth_date: date
    phone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A free interval (окно) of a doctor or of a service."""

    id: str
    starts_at: datetime
    ends_at: datetime
    branch_id: str
    doctor: Doctor | None = None
    service: Service | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningQuery:
    """Which openings suit; empty fields do not restrict. Dates inclusive, times half-open, clinic's local time."""

    specialty: str | None = None
    doctor: str | None = None
    service: str | None = None
    branch_id: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    time_from: time | None = None
    time_to: time | None = None
    funding: Funding | None = None
    limit: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An opening kept for one call until it expires."""

    id: str
    opening: Opening
    owner: str
    expires_at: datetime


class VisitStatus(StrEnum):
    """States of a visit (crm-apis.md B.4)."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_PAYMENT = "awaiting_payment"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A patient's appointment (приём); money in rubles.

    `deadline_at` is until when its opening waits for an approval or a payment, None once it is final. `late` tells a
    late cancellation, `moved` that it has been on another time, `cancelled_by` is patient, clinic or a rule's name.
    """

    id: str
    patient: Patient
    starts_at: datetime
    ends_at: datetime
    branch_id: str
    status: VisitStatus
    doctor: Doctor | None = None
    service: Service | None = None
    funding: Funding = Funding.PAID
    comment: str = ""
    price: int = 0
    paid: int = 0
    prepayment: int = 0
    deadline_at: datetime | None = None
    lead_id: str | None = None
    cancelled_by: str | None = None
    reason_id: str | None = None
    late: bool = False
    moved: bool = False
    undecided: bool = False
    prep_told: bool = False


class RequestKind(StrEnum):
    """Requests that a person sees and acts on."""

    HOME_VISIT = "home_visit"
    SICK_LEAVE = "sick_leave"
    CALLBACK = "callback"


class RequestStatus(StrEnum):
    """What has become of a request; a sick leave is `sent` when it has gone to Госуслуги."""

    NEW = "new"
    IN_WORK = "in_work"
    SENT = "sent"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicRequest:
    """Something a caller asked for that a person does: a doctor to the home, sick leave, a call back."""

    id: str
    kind: RequestKind
    created_at: datetime
    call_id: str | None
    phone: str | None
    patient: Patient | None
    fields: Mapping[str, str]
    status: RequestStatus = RequestStatus.NEW
    owner: str = "desk"
    next_action_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SickLeave:
    """A certificate of incapacity for work, as the clinic's system knows it."""

    number: str
    patient: Patient
    doctor: str
    starts_on: date
    ends_on: date
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """That a result is ready, never what it says."""

    patient: Patient
    service: str
    taken_on: date
    status: str
