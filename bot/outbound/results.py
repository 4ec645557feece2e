"""How an attempt ended, told from what the line or the talk says of it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.task import AttemptResult
from telephony.port import HangupCause

_BY_CAUSE = {
    HangupCause.BUSY: AttemptResult.BUSY,
    HangupCause.REJECTED: AttemptResult.BUSY,
    HangupCause.NO_ANSWER: AttemptResult.NO_ANSWER,
    HangupCause.NORMAL: AttemptResult.NO_ANSWER,
    HangupCause.UNREACHABLE: AttemptResult.NO_ANSWER,
    HangupCause.INVALID_NUMBER: AttemptResult.INVALID_NUMBER,
    HangupCause.CONGESTION: AttemptResult.LINE_FAILED,
    HangupCause.FAILED: AttemptResult.LINE_FAILED,
}

_BY_OUTCOME = {
    "confirmed": AttemptResult.CONFIRMED,
    "rescheduled": AttemptResult.MOVED,
    "cancelled": AttemptResult.CANCELLED,
    "booked": AttemptResult.BOOKED,
    "invitation_refused": AttemptResult.REFUSED,
    "invitation_postponed": AttemptResult.POSTPONED,
    "offer_declined": AttemptResult.REFUSED,
    "offer_later": AttemptResult.POSTPONED,
    "wrong_person_handled": AttemptResult.WRONG_PERSON,
    # Answered, and not a word: a machine, or a phone in a pocket. Worth another try.
    "ended_no_input": AttemptResult.NO_ANSWER,
}

_SETTLED = frozenset(
    {
        *(AttemptResult.CONFIRMED, AttemptResult.MOVED, AttemptResult.CANCELLED),
        *(AttemptResult.BOOKED, AttemptResult.REFUSED, AttemptResult.POSTPONED),
    }
)
_A_PERSON_KNOWS = frozenset({"transferred", "emergency", "confirmed", "rescheduled", "cancelled"})
_AS_IT_WAS = "visit_kept"
"""Wanted another time, there was none, and the visit stays: the talk ended well, with nothing to be done."""


def of_failed_call(cause: HangupCause, *, rang: bool) -> AttemptResult:
    """A call that nobody answered; a phone that rang is the patient's matter, not the line's."""
    result = _BY_CAUSE[cause]
    return AttemptResult.NO_ANSWER if rang and result is AttemptResult.LINE_FAILED else result


def of_talk(outcome: Mapping[str, Any]) -> AttemptResult:
    """A call that was answered."""
    otherwise = AttemptResult.POSTPONED if outcome.get("call_again") else AttemptResult.TALKED
    return _BY_OUTCOME.get(str(outcome.get("outcome")), otherwise)


def asked_again_at(outcome: Mapping[str, Any] | None, *, now: datetime, later: timedelta) -> datetime | None:
    """When the patient asked to be phoned again, `later` from now where no hour was named; None who did not ask."""
    asked = str((outcome or {}).get("call_again") or "")
    if not asked:
        return None
    try:
        return datetime.fromisoformat(asked)
    except ValueError:
        return now + later


def needs_a_person(result: AttemptResult, outcome: Mapping[str, Any] | None) -> bool:
    """Whether, now that the bot phones no more, somebody at the clinic has to."""
    if (outcome or {}).get("call_again"):
        return True
    ended = str((outcome or {}).get("outcome"))
    return result not in _SETTLED and ended not in _A_PERSON_KNOWS and ended != _AS_IT_WAS


def cannot_be_asked(result: AttemptResult, outcome: Mapping[str, Any] | None) -> bool:
    """Whether the bot need not phone this patient about another freed opening either."""
    wrong = result in (AttemptResult.WRONG_PERSON, AttemptResult.INVALID_NUMBER)
    return wrong or bool((outcome or {}).get("do_not_call"))
