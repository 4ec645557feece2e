"""Learning: phrases that were not understood, what people say they mean, and the sets that understanding is taught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

LONGEST_PHRASE = 300
"""Characters; a longer utterance is no example of anything."""
IMPORTED = "import"
"""Stands for the call of a phrase that came from a file."""


class Why(StrEnum):
    """Why a phrase is kept."""

    REJECTED = "rejected"
    UNCLEAR = "unclear"
    DENIED = "denied"
    CHOICE = "choice"
    UNSURE = "unsure"
    IMPORTED = "imported"


class PhraseStatus(StrEnum):
    """Where a phrase stands: `published` is taught to calls, `labelled` waits for the next training."""

    NEW = "new"
    LABELLED = "labelled"
    IGNORED = "ignored"
    PUBLISHED = "published"


class SetStatus(StrEnum):
    """Where a training stands; only a `ready` one can be published."""

    ORDERED = "ordered"
    RUNNING = "running"
    READY = "ready"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedPhrase:
    """A phrase as it may be kept: without names and numbers of people. `key` is its normal form."""

    text: str
    key: str
    state: str
    why: Why
    call_id: str
    at: datetime
    guess: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A kept phrase; one row for each normal form and state. `guess` and `confidence` are the last hearing's."""

    id: int
    text: str
    key: str
    state: str
    why: Why
    guess: str
    confidence: float
    times: int
    first_at: datetime
    last_at: datetime
    call_id: str
    status: PhraseStatus = PhraseStatus.NEW
    label: str | None = None
    labelled_by: str | None = None
    labelled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseGroup:
    """Phrases that say alike, the most typical one first; `share` of the suggested intent's probability, 0..1."""

    phrases: tuple[Phrase, ...]
    suggested: str
    share: float

    @property
    def id(self) -> int:
        """The most typical phrase's."""
        return self.phrases[0].id

    @property
    def times(self) -> int:
        """How often any of them was heard."""
        return sum(one.times for one in self.phrases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One labelled phrase as a training takes it."""

    phrase_id: int
    text: str
    state: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonym:
    """A clinic's own word, or words, for something known; both in normal form."""

    id: int
    said: str
    meant: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseSet:
    """One training: what was taught, `figures` before and after, and why it cannot be published, if so (Russian)."""

    id: int
    status: SetStatus
    ordered_by: str
    ordered_at: datetime
    ended_at: datetime | None = None
    lessons: tuple[Lesson, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What calls understand by since then; without a set, by the shipped phrases alone."""

    id: int
    set_id: int | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningStatus:
    """Phrases by status, the share of them that somebody has dealt with, and what is live."""

    counts: Mapping[str, int]
    dealt_with: float
    live: Publication | None
    last_set: PhraseSet | None
