"""The record of a call: turns, stage timings, outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Speaker(StrEnum):
    """Who spoke a turn."""

    BOT = "bot"
    CALLER = "caller"
    REGISTRAR = "registrar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One utterance. `timings` in milliseconds by stage: silence, decode, wait, nlu, dialog, crm, tts, total."""

    number: int
    at: datetime
    speaker: Speaker
    state: str
    text: str
    intent: str | None = None
    confidence: float | None = None
    asr_confidence: float | None = None
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A call as the journal keeps it; at the end `outcome` is never empty (its keys: docs/reference/outcome.md).

    `script_version` is the version of the script that it began with, 0 the shipped one; None of calls before that was
    written down.
    """

    id: str
    direction: str
    caller: str
    called: str
    started_at: datetime
    script: str
    line: str
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Mapping[str, Any] | None = None
    recording: str | None = None
    task_id: str | None = None
    script_version: int | None = None
    turns: tuple[Turn, ...] = ()
