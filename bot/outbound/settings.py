"""How the clinic phones out: hours, lines, patience."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta

from bot.domain.policy import CallingWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySettings:
    """When to dial again; a line that failed is not counted as an attempt at the patient."""

    busy: timedelta = timedelta(minutes=10)
    no_answer: timedelta = timedelta(minutes=60)
    line_failed: timedelta = timedelta(minutes=5)
    max_attempts: int = 3
    max_line_failures: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundSettings:
    """Settings `outbound.*`; without `enabled` nobody is phoned, and only the rules of time are looked after.

    `caller_id` is the number shown to patients; `lines` bounds the calls at once.
    """

    enabled: bool = True
    window: CallingWindow = field(default_factory=CallingWindow)
    retry: RetrySettings = field(default_factory=RetrySettings)
    lines: int = 2
    remind_from: time = time(10, 0)
    ring_seconds: float = 35.0
    line_busy_wait: timedelta = timedelta(seconds=30)
    longest_call: timedelta = timedelta(minutes=25)
    caller_id: str = ""
