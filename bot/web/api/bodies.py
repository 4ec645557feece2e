"""What the API takes: bodies of requests; a field that does not exist is refused, not ignored."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.domain.clinic import Funding, RequestKind, RequestStatus
from bot.domain.follow_up import FollowUp, WaitlistType
from bot.web.api.scalars import WHOLE, Day

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-zА-Яа-яЁё0-9_.:-]{1,64}$")]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,200}$")]
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=2000)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()-]{4,24}$")]
Rubles = Annotated[int, Field(ge=1, le=10_000_000), WHOLE]
Weekday = Annotated[int, Field(ge=1, le=7), WHOLE]
Days = Annotated[int, Field(ge=0, le=3650), WHOLE]


class Body(BaseModel):
    """A request's body: strict types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


class RegisterPatient(Body):
    full_name: Line
    birth_date: Day
    phone: Phone | None = None


class DoNotCall(Body):
    phone: Phone


class TakeHold(Body):
    """`owner` tells this caller's own customers apart: the same owner renews a hold, another is refused."""

    opening_id: Id
    owner: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,20}$")] = "api"
    service_id: Id | None = None


class BookVisit(Body):
    hold_id: Id
    patient_id: Id
    service_id: Id | None = None
    funding: Funding = Funding.PAID
    comment: Text = ""
    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")] = "api"
    checked: bool = True
    course_id: Id | None = None


class MoveVisit(Body):
    hold_id: Id


class CancelledBy(StrEnum):
    PATIENT = "patient"
    CLINIC = "clinic"


class CancelVisit(Body):
    cancelled_by: CancelledBy
    reason_id: Id
    follow_up: FollowUp | None = None


class Given(Body):
    service_id: Id
    quantity: Annotated[int, Field(ge=1, le=1000), WHOLE] = 1
    materials: Text = ""


class AttendVisit(Body):
    given: Annotated[list[Given], Field(max_length=50)] = Field(default_factory=list)
    comment: Text = ""


class Prescribe(Body):
    patient_id: Id
    doctor_id: Id
    title: Line
    due_on: Day
    service_id: Id | None = None
    visit_id: Id | None = None
    event_key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")] | None = None


class MovePrescription(Body):
    due_on: Day


class Assign(Body):
    owner: Id


class RefuseLead(Body):
    reason_id: Id
    answers: dict[Line, Text] = Field(default_factory=dict)


class NeedBody(Body):
    service_id: Id | None = None
    doctor_id: Id | None = None
    specialty: Line | None = None
    duration_min: Annotated[int, Field(ge=1, le=1440), WHOLE] | None = None


class CreateTask(Body):
    type: Id = "planned"
    patient_id: Id | None = None
    need: NeedBody = Field(default_factory=NeedBody)
    comment: Text
    active_from: Day | None = None
    in_days: Days | None = None
    owner: Id | None = None
    visit_id: Id | None = None


class PostponeTask(Body):
    active_from: Day
    comment: Text = ""


class CompleteTask(Body):
    outcome: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]
    reason_id: Id | None = None


class AddTaskType(Body):
    id: Id
    title: Line
    priority: Annotated[int, Field(ge=0, le=1000), WHOLE] = 50


class WishBody(Body):
    weekdays: Annotated[list[Weekday], Field(max_length=7)] = Field(default_factory=list)
    days: Annotated[list[Day], Field(max_length=60)] = Field(default_factory=list)
    time_from: time | None = None
    time_to: time | None = None


class JoinWaitlist(Body):
    patient_id: Id
    need: NeedBody = Field(default_factory=NeedBody)
    comment: Text
    type: WaitlistType = WaitlistType.PLANNED
    wish: WishBody = Field(default_factory=WishBody)
    phone: Phone | None = None
    branch_id: Id | None = None
    valid_to: Day | None = None
    acute: bool = False
    visit_id: Id | None = None
    close_task_id: Id | None = None


class CloseWaitlist(Body):
    outcome: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]


class Money(Body):
    amount: Rubles


class MakeRequest(Body):
    kind: RequestKind
    fields: dict[Line, Text] = Field(default_factory=dict)
    phone: Phone | None = None
    patient_id: Id | None = None


class AdvanceRequest(Body):
    status: RequestStatus
    note: Text = ""


class LiftStrikes(Body):
    why: Text


class Paid(Body):
    """What the payment provider says; the same `provider_id` twice is one payment."""

    provider_id: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")]
    payer: Text = ""


class StartCourse(Body):
    """Without `total` and `interval_days` the service's own numbers count."""

    patient_id: Id
    service_id: Id
    title: Line
    total: Annotated[int, Field(ge=1, le=100), WHOLE] | None = None
    interval_days: Annotated[int, Field(ge=1, le=3650), WHOLE] | None = None
