"""What becomes of a task after an attempt; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.task import AttemptResult, TaskStatus
from bot.outbound.ports import Again, Final, Verdict
from bot.outbound.settings import RetrySettings

REACHED = frozenset(
    {
        AttemptResult.CONFIRMED,
        AttemptResult.MOVED,
        AttemptResult.CANCELLED,
        AttemptResult.WRONG_PERSON,
        AttemptResult.TALKED,
        AttemptResult.BOOKED,
        AttemptResult.REFUSED,
        AttemptResult.POSTPONED,
    }
)
"""Somebody answered, and was spoken with."""


def verdict(
    results: Sequence[AttemptResult],
    *,
    at: datetime,
    settings: RetrySettings,
    not_after: datetime | None = None,
    asked_at: datetime | None = None,
) -> Verdict:
    """Judge a task by how its attempts ended, the last one just now; nobody is phoned at or after `not_after`.

    Whoever was talked to is not phoned again, unless they asked for it, at `asked_at`.
    """
    last = results[-1]
    if last is AttemptResult.POSTPONED and asked_at is not None:
        calls = sum(1 for result in results if result is not AttemptResult.LINE_FAILED)
        too_late = not_after is not None and asked_at >= not_after
        return Final(status=TaskStatus.DONE) if too_late or calls >= settings.max_attempts else Again(at=asked_at)
    if last in REACHED:
        return Final(status=TaskStatus.DONE)
    wait, most = {
        AttemptResult.BUSY: (settings.busy, settings.max_attempts),
        AttemptResult.NO_ANSWER: (settings.no_answer, settings.max_attempts),
        AttemptResult.LINE_FAILED: (settings.line_failed, settings.max_line_failures),
    }.get(last, (settings.no_answer, 0))
    of_line = last is AttemptResult.LINE_FAILED
    tried = sum(1 for result in results if (result is AttemptResult.LINE_FAILED) == of_line)
    again = at + wait
    if tried >= most or (not_after is not None and again >= not_after):
        return Final(status=TaskStatus.FAILED)
    return Again(at=again)
