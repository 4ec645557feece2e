"""The waiting list: whom an opening suits, who is asked first, how long an entry is valid (C14, I9-I12, I27)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.domain.clinic import Opening
from bot.domain.follow_up import WaitlistEntry, WaitlistType, Wish
from crm_bridge.rules.settings import RuleSettings

_ORDER = {WaitlistType.CANCELLED: 0, WaitlistType.PLANNED: 1, WaitlistType.EARLIER: 2}


def valid_until(created: date, settings: RuleSettings, *, acute: bool = False) -> date:
    """The last day of validity: six weeks, for an acute pain one day."""
    if acute:
        return created + timedelta(days=settings.acute_wait_days)
    return created + timedelta(weeks=settings.waitlist_weeks)


def is_valid(entry: WaitlistEntry, today: date) -> bool:
    """Its last day included."""
    return entry.valid_from <= today <= entry.valid_to


def ask_again_at(now: datetime, before: datetime | None, settings: RuleSettings, *, answered: bool) -> datetime:
    """From when the bot may phone the patient about another opening: after a talk or a day's second call another day.

    `before` is what was answered here the last time; what still lies ahead stays.
    """
    if before is not None and before > now:
        return before
    if answered or (before is not None and before.astimezone(now.tzinfo).date() == now.date()):
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=settings.offer_again_days)
    return now + timedelta(hours=settings.offer_again_hours)


def suits(entry: WaitlistEntry, opening: Opening, *, earlier_than: datetime | None = None) -> bool:
    """Whether the opening is what the entry waits for; `earlier_than` is the compromise visit of «хочет раньше»."""
    need = entry.need
    if entry.branch_id and entry.branch_id != opening.branch_id:
        return False
    if need.duration_min and opening.ends_at - opening.starts_at < timedelta(minutes=need.duration_min):
        return False
    if not _is_of(entry, opening) or not wished(entry.wish, opening):
        return False
    if entry.type is WaitlistType.EARLIER:
        return earlier_than is not None and opening.starts_at < earlier_than
    return True


def _is_of(entry: WaitlistEntry, opening: Opening) -> bool:
    """The doctor wins over the profession; a service is booked by its own openings or by its doctor's."""
    need = entry.need
    if opening.doctor is None:
        return opening.service is not None and opening.service.id == need.service_id
    if need.doctor_id:
        return opening.doctor.id == need.doctor_id
    return opening.doctor.specialty == need.specialty


def wished(wish: Wish, opening: Opening) -> bool:
    """Whether day and hour suit, in the branch's own time."""
    day, hour = opening.starts_at.date(), opening.starts_at.time()
    if wish.days and day not in wish.days:
        return False
    if wish.weekdays and day.isoweekday() not in wish.weekdays:
        return False
    return (wish.time_from is None or hour >= wish.time_from) and (wish.time_to is None or hour < wish.time_to)


def rank(entry: WaitlistEntry) -> tuple[bool, int, datetime, str]:
    """Who is asked first: acute pain, then cancelled, planned and earlier visits, then who has waited longest."""
    return (not entry.acute, _ORDER[entry.type], entry.created_at, entry.id)
