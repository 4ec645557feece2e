"""Calls to be made: the task, its attempts and what the line said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TaskKind(StrEnum):
    """Why we phone (rules.md): an invitation carries out a task of the clinic's, an offer is of a freed opening."""

    REMINDER = "reminder"
    INVITATION = "invitation"
    WAITLIST_OFFER = "waitlist_offer"
    CALLBACK = "callback"


class TaskStatus(StrEnum):
    """Open tasks have a next action; closed ones a result."""

    PENDING = "pending"
    QUEUED = "queued"
    IN_CALL = "in_call"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AttemptResult(StrEnum):
    """How one attempt to phone ended."""

    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    WRONG_PERSON = "wrong_person"
    INVALID_NUMBER = "invalid_number"
    LINE_FAILED = "line_failed"
    TALKED = "talked"
    BOOKED = "booked"
    REFUSED = "refused"
    POSTPONED = "postponed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTask:
    """A call to be made (задача): to whom, why, not before when, how often tried."""

    id: str
    kind: TaskKind
    phone: str
    due_at: datetime
    status: TaskStatus
    visit_id: str | None = None
    visit_at: datetime | None = None
    """When the visit was to begin as the task was made: a visit that has moved since needs another task."""
    patient_id: str | None = None
    errand_id: str | None = None
    """The clinic's task that this call carries out."""
    offer_id: str | None = None
    """The offer of a freed opening that this call makes."""
    not_after: datetime | None = None
    """From then on the offer cannot be made any more."""
    attempts: int = 0
    note: str = ""
    result: str | None = None

    @property
    def last_moment(self) -> datetime | None:
        """Nobody is phoned about it at that moment or later."""
        return self.not_after or self.visit_at
