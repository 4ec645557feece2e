"""What the API answers with: the domain's values as JSON, and their schema in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from bot.domain.clinic import Funding, RequestKind, RequestStatus, VisitStatus
from bot.domain.follow_up import LeadStage, WaitlistType

Sorted = BeforeValidator(sorted)


class View(BaseModel):
    """Read from the attributes of a value; moments are ISO 8601 with offset, money is whole rubles."""

    model_config = ConfigDict(from_attributes=True)

    def conceal(self) -> None:
        """Take out whom it is about, for somebody without the right to patients' cards."""


class PatientView(View):
    id: str
    full_name: str
    birth_date: date
    phone: str | None


class HoursView(View):
    by_weekday: Mapping[int, tuple[time, time]]


class BranchView(View):
    id: str
    name: str
    address: str
    timezone: str
    hours: HoursView
    lab_hours: HoursView


class DoctorView(View):
    id: str
    full_name: str
    specialty: str
    branch_id: str


class ServiceView(View):
    id: str
    name: str
    duration_min: int
    price: int | None
    prices: Mapping[str, int]
    prep: str | None
    branch_id: str
    bookable: bool
    specialty: str | None
    category: str | None
    fundings: list[Funding]
    documents: Mapping[str, str]
    resources: list[str]
    expensive: bool
    recall_days: int | None
    course_total: int | None
    course_interval_days: int | None


class OpeningView(View):
    id: str
    starts_at: datetime
    ends_at: datetime
    branch_id: str
    doctor: DoctorView | None
    service: ServiceView | None


class HoldView(View):
    id: str
    opening: OpeningView
    owner: str
    expires_at: datetime


class VisitView(View):
    id: str
    patient: PatientView | None
    starts_at: datetime
    ends_at: datetime
    branch_id: str
    status: VisitStatus
    doctor: DoctorView | None
    service: ServiceView | None
    funding: Funding
    comment: str
    price: int
    paid: int
    prepayment: int
    deadline_at: datetime | None
    lead_id: str | None
    cancelled_by: str | None
    reason_id: str | None
    late: bool
    moved: bool
    undecided: bool
    prep_told: bool

    def conceal(self) -> None:
        self.patient = None


class NeedView(View):
    service_id: str | None
    doctor_id: str | None
    specialty: str | None
    duration_min: int | None


class PrescriptionView(View):
    id: str
    patient_id: str
    doctor_id: str
    title: str
    due_on: date
    service_id: str | None
    lead_id: str | None


class LeadView(View):
    id: str
    patient_id: str
    need: NeedView
    stage: LeadStage
    owner: str
    comment: str
    next_action_on: date | None
    reason_id: str | None
    revenue: int
    prescription_id: str | None


class TaskView(View):
    id: str
    type: str
    patient_id: str | None
    phone: str | None
    need: NeedView
    comment: str
    active_from: date
    owner: str
    status: str
    visit_id: str | None
    lead_id: str | None
    history: list[str]

    def conceal(self) -> None:
        self.phone = None


class TaskTypeView(View):
    id: str
    title: str
    about_visit: bool
    priority: int


class WishView(View):
    weekdays: Annotated[list[int], Sorted]
    days: Annotated[list[date], Sorted]
    time_from: time | None
    time_to: time | None


class WaitView(View):
    id: str
    type: WaitlistType
    patient_id: str
    phone: str | None
    need: NeedView
    wish: WishView
    comment: str
    valid_from: date
    valid_to: date
    created_at: datetime
    acute: bool
    visit_id: str | None
    branch_id: str | None
    status: str

    def conceal(self) -> None:
        self.phone = None


class OfferView(View):
    entry: WaitView
    opening: OpeningView
    until: datetime

    def conceal(self) -> None:
        self.entry.conceal()


class PaymentView(View):
    id: str
    patient_id: str
    visit_id: str | None
    purpose: str
    amount: int
    status: str
    token: str | None
    paid_at: datetime | None


class RequestView(View):
    id: str
    kind: RequestKind
    created_at: datetime
    call_id: str | None
    phone: str | None
    patient: PatientView | None
    fields: Mapping[str, str]
    status: RequestStatus

    def conceal(self) -> None:
        self.phone = self.patient = None


class PolicyView(View):
    strikes: int
    prepayment: bool


class BalanceView(View):
    balance: int


class ClinicView(View):
    name: str
    specialties: list[str]
    branches: list[BranchView]


class LinkView(View):
    """What a patient sees who opens a payment's link."""

    purpose: str
    amount: int
    status: str
    paid_at: datetime | None
