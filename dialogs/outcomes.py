"""Names of what can come of a call (nlu.md), by how much they weigh."""

from __future__ import annotations

FIRST = ("emergency", "transferred")
"""These decide the outcome whatever else happened."""
COMMITTED = (
    "booked",
    "rescheduled",
    "cancelled",
    "confirmed",
    "home_visit_created",
    "sick_leave_request",
    "invitation_refused",
    "invitation_postponed",
    "offer_declined",
    "offer_later",
    "visit_kept",
)
"""Something was written or agreed; the last of these is the outcome."""
ANSWERED = ("wrong_person_handled", "not_found_handled", "no_slot_handled", "info_given")
LAST = ("spam_ended", "ended_no_input", "ended_by_caller")
OUTCOMES = (*FIRST, *COMMITTED, *ANSWERED, *LAST)
