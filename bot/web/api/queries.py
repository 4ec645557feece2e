"""Parameters of the API's lists."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.domain.clinic import VisitStatus
from bot.domain.follow_up import LeadStage
from bot.domain.webhook import DeliveryStatus
from bot.web.api.bodies import Id, Line, Phone
from bot.web.api.scalars import Day, Moment

Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,400}$")]


class Query(BaseModel):
    """Parameters of an address; one that does not exist is refused."""

    model_config = ConfigDict(extra="forbid")


class Pages(Query):
    """`cursor` is `next` of the page before."""

    limit: Limit = 50
    cursor: Cursor | None = None


class Patients(Pages):
    phone: Phone | None = None


class FindPatient(Query):
    full_name: Line
    birth_date: Day


class Openings(Query):
    """Dates inclusive, times half-open, of the branch's own clock."""

    specialty: Line | None = None
    doctor: Line | None = None
    service: Line | None = None
    branch_id: Id | None = None
    date_from: Day | None = None
    date_to: Day | None = None
    time_from: time | None = None
    time_to: time | None = None
    limit: Limit = 20


class Visits(Pages):
    starts_from: Moment | None = None
    starts_before: Moment | None = None
    status: VisitStatus | None = None
    patient_id: Id | None = None
    doctor_id: Id | None = None
    branch_id: Id | None = None


class Tasks(Pages):
    owner: Id | None = None
    type: Id | None = None
    status: Annotated[str, StringConstraints(pattern=r"^(open|done|withdrawn)$")] | None = "open"
    patient_id: Id | None = None
    active_by: Day | None = None


class Leads(Pages):
    stage: LeadStage | None = None
    owner: Id | None = None
    patient_id: Id | None = None


class OfPatient(Pages):
    patient_id: Id | None = None


class Ratings(Pages):
    max_score: Annotated[int, Field(ge=1, le=5)] | None = None


class Notices(Pages):
    seen: bool = False


class Audit(Pages):
    subject: Id | None = None
    subject_id: Id | None = None
    actor: Id | None = None
    action: Id | None = None


class Deliveries(Pages):
    subscription_id: Id | None = None
    status: DeliveryStatus | None = None


class Period(Query):
    """Both days included."""

    start: Day
    end: Day
    branch_id: Id | None = None
