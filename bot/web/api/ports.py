"""What the API needs of the clinic: schedule, what must not be forgotten, money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.domain.clinic import (
    ClinicDirectory,
    ClinicRequest,
    Funding,
    Hold,
    Opening,
    OpeningQuery,
    Patient,
    RequestKind,
    RequestStatus,
    Visit,
    VisitStatus,
)
from bot.domain.follow_up import (
    Actor,
    ClinicTask,
    FollowUp,
    Lead,
    LeadStage,
    Need,
    Prescription,
    TaskType,
    WaitlistEntry,
    WaitlistType,
    Wish,
)
from bot.web.api.facts import GivenService, Offer, Payment, Policy
from crm_bridge.paging import Asked, Page
from crm_bridge.rules.rights import Identity


class Clinic(Protocol):
    """Patients, schedule and visits."""

    async def directory(self) -> ClinicDirectory: ...

    async def openings(self, query: OpeningQuery) -> Sequence[Opening]: ...

    async def register_patient(self, *, full_name: str, birth_date: date, phone: str | None) -> Patient: ...

    async def find_patient(self, full_name: str, birth_date: date) -> Patient | None: ...

    async def do_not_call(self, phone: str, *, call_id: str | None, by: Actor) -> None: ...

    async def hold(self, opening_id: str, *, owner: str, service_id: str | None = None, by: Actor) -> Hold: ...

    async def release(self, hold_id: str, *, by: Actor) -> None: ...

    async def book(
        self,
        hold_id: str,
        *,
        patient_id: str,
        call_id: str | None,
        service_id: str | None = None,
        funding: Funding = Funding.PAID,
        comment: str = "",
        by: Actor,
        source: str = "phone",
        checked: bool = True,
        course_id: str | None = None,
    ) -> Visit: ...

    async def visit(self, visit_id: str) -> Visit: ...

    async def move(self, visit_id: str, hold_id: str, *, call_id: str | None, by: Actor) -> Visit: ...

    async def confirm(self, visit_id: str, *, call_id: str | None, by: Actor) -> Visit: ...

    async def cancel_visit(
        self,
        visit_id: str,
        *,
        cancelled_by: str,
        reason_id: str | None,
        by: Actor,
        follow_up: FollowUp | None = None,
        call_id: str | None = None,
    ) -> Visit: ...

    async def check(self, visit_id: str, *, by: Actor) -> Visit: ...

    async def approve(self, visit_id: str, side: str, *, by: Actor) -> Visit: ...

    async def no_show(self, visit_id: str, *, by: Actor) -> Visit: ...

    async def prep_told(self, visit_id: str, *, call_id: str | None, by: Actor) -> None: ...

    async def create_request(
        self,
        kind: RequestKind,
        fields: Mapping[str, str],
        *,
        call_id: str | None,
        phone: str | None,
        patient_id: str | None,
    ) -> ClinicRequest: ...

    async def open_requests(self) -> Sequence[ClinicRequest]: ...

    async def take_request(self, request_id: str, owner: str, *, by: Actor) -> ClinicRequest: ...

    async def advance_request(
        self, request_id: str, status: RequestStatus, *, by: Actor, note: str = ""
    ) -> ClinicRequest: ...


class Attendance(Protocol):
    """The fact of a visit."""

    async def attend(
        self, visit_id: str, *, by: Actor, given: Sequence[GivenService] = (), comment: str = ""
    ) -> Visit: ...


class Leads(Protocol):
    """Prescriptions and leads."""

    async def prescribe(
        self,
        *,
        patient_id: str,
        doctor_id: str,
        title: str,
        due_on: date | None,
        by: Actor,
        service_id: str | None = None,
        visit_id: str | None = None,
        event_key: str | None = None,
    ) -> Prescription: ...

    async def move_prescription(self, prescription_id: str, due_on: date, *, by: Actor) -> Prescription: ...

    async def prescriptions(self, patient_id: str) -> Sequence[Prescription]: ...

    async def lead(self, lead_id: str) -> Lead: ...

    async def assign(self, lead_id: str, owner: str, *, by: Actor) -> Lead: ...

    async def refuse(
        self, lead_id: str, *, reason_id: str | None, by: Actor, answers: Mapping[str, str] | None = None
    ) -> Lead: ...


class Tasks(Protocol):
    """What is to be done for a patient, not now."""

    async def create_task(
        self,
        *,
        patient_id: str | None,
        need: Need,
        comment: str,
        by: Actor,
        type: str,
        active_from: date | None = None,
        in_days: int | None = None,
        owner: str | None = None,
        visit_id: str | None = None,
        call_id: str | None = None,
    ) -> ClinicTask: ...

    async def clinic_task(self, task_id: str, *, reader: Identity | None = None) -> ClinicTask: ...

    async def postpone(self, task_id: str, active_from: date, *, by: Actor, comment: str = "") -> ClinicTask: ...

    async def complete(
        self, task_id: str, outcome: str, *, by: Actor, reason_id: str | None = None, call_id: str | None = None
    ) -> ClinicTask: ...

    async def give(self, task_id: str, owner: str, *, by: Actor) -> ClinicTask: ...

    async def task_types(self) -> Sequence[TaskType]: ...

    async def add_task_type(self, id: str, title: str, *, by: Actor, priority: int = 50) -> TaskType: ...


class Waitlist(Protocol):
    """Who waits for an opening."""

    async def add_to_waitlist(
        self,
        *,
        patient_id: str,
        need: Need,
        comment: str,
        by: Actor,
        type: WaitlistType,
        wish: Wish,
        phone: str | None = None,
        branch_id: str | None = None,
        valid_to: date | None = None,
        acute: bool = False,
        visit_id: str | None = None,
        close_task_id: str | None = None,
        call_id: str | None = None,
    ) -> WaitlistEntry: ...

    async def close_waitlist(self, entry_id: str, outcome: str, *, by: Actor) -> None: ...

    async def offer_openings(self, *, by: Actor) -> Sequence[Offer]: ...

    async def decline_offer(self, entry_id: str, *, by: Actor) -> WaitlistEntry: ...

    async def accept_offer(self, entry_id: str, *, by: Actor, call_id: str | None = None) -> Visit: ...


class Payments(Protocol):
    """Demands, payments, balances."""

    async def payments_of(self, visit_id: str) -> Sequence[Payment]: ...

    async def invoice(self, visit_id: str, amount: int, *, by: Actor) -> Payment: ...

    async def pay_at_desk(self, visit_id: str, amount: int, *, by: Actor) -> Payment: ...

    async def by_token(self, token: str) -> Payment: ...

    async def accept_offer_terms(self, token: str, *, by: Actor) -> None: ...

    async def paid(self, token: str, *, provider_id: str, payer: str = "", by: Actor) -> Payment: ...

    async def balance(self, patient_id: str) -> int: ...


class Rules(Protocol):
    """The clinic's numbers and its patients' standing."""

    async def values(self) -> Mapping[str, int]: ...

    async def set(self, key: str, value: int, *, by: Actor) -> None: ...

    async def set_holidays(self, days: Mapping[date, str], *, by: Actor) -> None: ...

    async def booking_policy(self, patient_id: str, *, by: Actor) -> Policy: ...

    async def lift_strikes(self, patient_id: str, why: str, *, by: Actor) -> None: ...


class Registers(Protocol):
    """The lists, page by page."""

    async def patient(self, patient_id: str) -> Patient: ...

    async def patients(self, asked: Asked, *, phone: str | None = None) -> Page[Patient]: ...

    async def visits(
        self,
        asked: Asked,
        *,
        starts_from: datetime | None = None,
        starts_before: datetime | None = None,
        status: VisitStatus | None = None,
        patient_id: str | None = None,
        doctor_id: str | None = None,
        branch_id: str | None = None,
    ) -> Page[Visit]: ...

    async def tasks(
        self,
        asked: Asked,
        *,
        owner: str | None = None,
        type: str | None = None,
        status: str | None = None,
        patient_id: str | None = None,
        active_by: date | None = None,
        reader: Identity | None = None,
    ) -> Page[ClinicTask]: ...

    async def leads(
        self,
        asked: Asked,
        *,
        stage: LeadStage | None = None,
        owner: str | None = None,
        patient_id: str | None = None,
    ) -> Page[Lead]: ...

    async def waitlist(self, asked: Asked, *, patient_id: str | None = None) -> Page[WaitlistEntry]: ...

    async def entry(self, entry_id: str) -> WaitlistEntry: ...
