"""What must not be forgotten: prescriptions, leads, tasks, waiting-list entries, reasons, strikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from bot.domain.clinic import Doctor, Funding, Opening, Patient, Service, Visit


class ActorKind(StrEnum):
    """Who acts; the bot is one of the administrators in every report."""

    BOT = "bot"
    STAFF = "staff"
    PATIENT = "patient"
    API = "api"
    WEBHOOK = "webhook"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it; `id` is a user's, an API key's or a rule's."""

    kind: ActorKind
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}" if self.id else self.kind.value


BOT = Actor(kind=ActorKind.BOT)
SYSTEM = Actor(kind=ActorKind.SYSTEM)
BOT_OWNER = "bot"
"""The owner «Голосовой бот» of a lead or a task."""
DESK_OWNER = "desk"
"""The registry as a whole: what nobody has taken in person is still somebody's."""


class LeadStage(StrEnum):
    """Stages of a lead (M2-M13)."""

    NEW = "new"
    ASSIGNED = "assigned"
    BOOKED = "booked"
    WON = "won"
    LOST = "lost"


LEAD_TITLES = {
    LeadStage.NEW: "Новый",
    LeadStage.ASSIGNED: "Назначен ответственный",
    LeadStage.BOOKED: "Запись на приём",
    LeadStage.WON: "Успешно",
    LeadStage.LOST: "Провал",
}


class ReasonClass(StrEnum):
    """What a reason means for the patient's way (I17): only `needs_visit` asks for a follow-up."""

    NEEDS_VISIT = "needs_visit"
    NO_LONGER_NEEDS = "no_longer_needs"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """An entry of the dictionary of reasons."""

    id: str
    title: str
    reason_class: ReasonClass


NOT_SAID = "not_said"
"""The reason of a patient who was asked once and gave none: «не назвал(а)»."""


class FollowUp(StrEnum):
    """What follows a cancelled visit (I17)."""

    TASK = "task"
    WAITLIST = "waitlist"
    LATER = "later"
    NONE = "none"


PLANNED, CANCELLED, CHECK_UP = "planned", "cancelled", "check_up"
"""The standard types of tasks: «Запланированный приём», «Отменённый приём», «Профосмотр»."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskType:
    """A type of tasks; a custom one has nothing to do with visits, so no doctor and no duration (I3)."""

    id: str
    title: str
    about_visit: bool
    priority: int


STANDARD_TASKS = (
    TaskType(id=CANCELLED, title="Отменённый приём", about_visit=True, priority=20),
    TaskType(id=PLANNED, title="Запланированный приём", about_visit=True, priority=30),
    TaskType(id=CHECK_UP, title="Профосмотр", about_visit=True, priority=40),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a patient needs: a service, a doctor or any doctor of a specialty; the doctor wins (I9)."""

    service_id: str | None = None
    doctor_id: str | None = None
    specialty: str | None = None
    duration_min: int | None = None

    @property
    def problem(self) -> str | None:
        """What two needs have in common when they are one problem: service or profession (1.7)."""
        if self.service_id:
            return f"service:{self.service_id}"
        return f"specialty:{self.specialty}" if self.specialty else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicTask:
    """A patient needs a visit, not now (задача); or, of a custom type, anything else to be done."""

    id: str
    type: str
    patient_id: str | None
    phone: str | None
    need: Need
    comment: str
    active_from: date
    owner: str
    status: str
    visit_id: str | None = None
    lead_id: str | None = None
    history: tuple[str, ...] = ()


class WaitlistType(StrEnum):
    """Why somebody waits (I1)."""

    PLANNED = "planned"
    CANCELLED = "cancelled"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Days and hours that suit, clinic's local time; empty fields do not restrict. `days` are single dates."""

    weekdays: frozenset[int] = frozenset()
    days: frozenset[date] = frozenset()
    time_from: time | None = None
    time_to: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistEntry:
    """No suitable opening now (лист ожидания); valid up to and including `valid_to`."""

    id: str
    type: WaitlistType
    patient_id: str
    phone: str
    need: Need
    wish: Wish
    comment: str
    valid_from: date
    valid_to: date
    created_at: datetime
    acute: bool = False
    visit_id: str | None = None
    branch_id: str | None = None
    funding: Funding | None = None
    status: str = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """What a doctor ordered (назначение), to be done by `due_on` (M1)."""

    id: str
    patient_id: str
    doctor_id: str
    title: str
    due_on: date
    service_id: str | None = None
    lead_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A patient who is to come back, and how far that has got."""

    id: str
    patient_id: str
    need: Need
    stage: LeadStage
    owner: str
    comment: str
    next_action_on: date | None
    reason_id: str | None = None
    revenue: int = 0
    prescription_id: str | None = None
    history: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A task of «Голосовой бот» with whom and what it is about: what a call needs to know of it."""

    task: ClinicTask
    patient: Patient
    doctor: Doctor | None = None
    service: Service | None = None
    due_on: date | None = None
    """The date of the prescription behind it."""
    number: int | None = None
    """Which visit of a course it is about, of `total`."""
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitRequest:
    """What somebody asks who wants to wait; `phone` None is the one of their card.

    `refused` are openings not to be offered, `visit_id` is the visit to be left, else the soonest of the need.
    """

    patient_id: str
    need: Need
    wish: Wish = field(default_factory=Wish)
    comment: str = ""
    phone: str | None = None
    branch_id: str | None = None
    acute: bool = False
    funding: Funding | None = None
    refused: Sequence[str] = ()
    visit_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitOffer:
    """A freed opening that is kept for one entry of the waiting list until `until`, while its patient is asked."""

    id: str
    entry: WaitlistEntry
    patient: Patient
    opening: Opening
    until: datetime
    visit: Visit | None = None
    """The visit that «хочет раньше» would leave for it."""
