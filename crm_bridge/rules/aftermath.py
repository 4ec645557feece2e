"""What an event of a visit means for lead, task, waiting list and strikes: the table of rules.md 1.7."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.follow_up import CANCELLED, CHECK_UP, FollowUp, LeadStage, ReasonClass
from crm_bridge.rules.settings import RuleSettings


class VisitEvent(StrEnum):
    """What may happen to a visit; the rows of the table."""

    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_CLINIC = "cancelled_by_clinic"
    UNPAID = "unpaid"
    EXPIRED = "expired"
    MOVED = "moved"
    NO_SHOW = "no_show"
    ATTENDED = "attended"
    BOOKED = "booked"
    PAID = "paid"


class StrikeChange(StrEnum):
    """What becomes of the patient's strikes."""

    KEEP = "keep"
    ADD = "add"
    TAKE_BACK = "take_back"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known as the event happens. `now` and `starts_at` aware, `today` the branch's own day.

    `covered`: a future visit or a waiting-list entry of this patient that makes a no-show's task needless.
    `prescription_due`: the date of the prescription behind the visit's lead.
    """

    event: VisitEvent
    now: datetime
    today: date
    starts_at: datetime
    reason: ReasonClass = ReasonClass.NEEDS_VISIT
    follow_up: FollowUp = FollowUp.TASK
    covered: bool = False
    prescription_due: date | None = None
    was_no_show: bool = False
    prepaid: bool = False
    paid_in_full: bool = False
    recall_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task to be made, or to be merged into the open one of the same problem."""

    type: str
    active_from: date
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What is to be done in the same transaction; None and False where nothing changes."""

    lead: LeadStage | None = None
    task: NewTask | None = None
    waitlist: bool = False
    undecided: bool = False
    close_tasks: bool = False
    strike: StrikeChange = StrikeChange.KEEP
    late: bool = False
    tell_doctor: bool = False


def is_late(now: datetime, starts_at: datetime, settings: RuleSettings) -> bool:
    """Whether a change now is a late one: exactly at the limit it is not (C15)."""
    return starts_at - now < settings.late_before


def aftermath(facts: Facts, settings: RuleSettings) -> Aftermath:
    """The row of the table that the event belongs to."""
    match facts.event:
        case VisitEvent.CANCELLED_BY_PATIENT:
            return _cancelled_by_patient(facts, settings)
        case VisitEvent.CANCELLED_BY_CLINIC:
            return Aftermath(lead=LeadStage.ASSIGNED, task=_task(CANCELLED, facts.today, "P6"), tell_doctor=True)
        case VisitEvent.UNPAID | VisitEvent.EXPIRED:
            rule = "C17" if facts.event is VisitEvent.UNPAID else "P4"
            return Aftermath(lead=LeadStage.ASSIGNED, task=_task(CANCELLED, facts.today, rule))
        case VisitEvent.MOVED:
            late = is_late(facts.now, facts.starts_at, settings)
            strike = StrikeChange.ADD if late and settings.late_move_counts else StrikeChange.KEEP
            return Aftermath(lead=LeadStage.BOOKED, close_tasks=True, late=late, strike=strike, tell_doctor=True)
        case VisitEvent.NO_SHOW:
            return _no_show(facts)
        case VisitEvent.ATTENDED:
            return _attended(facts, settings)
        case VisitEvent.PAID:
            return _paid(facts)
        case VisitEvent.BOOKED:
            return Aftermath(lead=LeadStage.BOOKED, close_tasks=True)


def _cancelled_by_patient(facts: Facts, settings: RuleSettings) -> Aftermath:
    late = is_late(facts.now, facts.starts_at, settings)
    strike = StrikeChange.ADD if late else StrikeChange.KEEP
    common = Aftermath(lead=LeadStage.ASSIGNED, late=late, strike=strike, tell_doctor=True)
    match facts.reason, facts.follow_up:
        case ReasonClass.REFUSAL, _:
            return replace(common, lead=LeadStage.LOST, close_tasks=True)
        case ReasonClass.NO_LONGER_NEEDS, _:
            return replace(common, lead=LeadStage.LOST, close_tasks=True)
        case _, FollowUp.WAITLIST:
            return replace(common, waitlist=True)
        case _, FollowUp.LATER:
            return replace(common, undecided=True)
        case _:
            return replace(common, task=_task(CANCELLED, active_after_cancel(facts, settings), "I18"))


def active_after_cancel(facts: Facts, settings: RuleSettings) -> date:
    """In seven days, or two days before the prescription's date if that is sooner; never before tomorrow."""
    wanted = facts.today + timedelta(days=settings.cancelled_active_days)
    if facts.prescription_due is not None:
        wanted = min(wanted, facts.prescription_due - timedelta(days=settings.prescription_lead_days))
    return max(wanted, facts.today + timedelta(days=1))


def _no_show(facts: Facts) -> Aftermath:
    if facts.covered:
        return Aftermath(strike=StrikeChange.ADD)
    return Aftermath(lead=LeadStage.ASSIGNED, task=_task(CANCELLED, facts.today, "I20"), strike=StrikeChange.ADD)


def _attended(facts: Facts, settings: RuleSettings) -> Aftermath:
    strike = StrikeChange.KEEP
    if facts.prepaid and settings.strikes_reset:
        strike = StrikeChange.RESET
    elif facts.was_no_show:
        strike = StrikeChange.TAKE_BACK
    return Aftermath(lead=LeadStage.BOOKED, close_tasks=facts.was_no_show, strike=strike, task=_recall(facts))


def _paid(facts: Facts) -> Aftermath:
    return Aftermath(lead=LeadStage.WON) if facts.paid_in_full else Aftermath()


def _recall(facts: Facts) -> NewTask | None:
    """The next observation, counted from the visit's own day (C3, C5, C6)."""
    if facts.recall_days is None:
        return None
    return _task(CHECK_UP, facts.today + timedelta(days=facts.recall_days), "C5")


def _task(kind: str, active_from: date, rule: str) -> NewTask:
    return NewTask(type=kind, active_from=active_from, rule=rule)
