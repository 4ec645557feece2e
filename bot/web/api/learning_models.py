"""What requests about learning hold, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from bot.domain.learning import PhraseStatus, SetStatus, Why
from bot.web.api.bodies import Body
from bot.web.api.queries import Limit, Pages, Query
from bot.web.api.scalars import WHOLE
from bot.web.api.views import View

PhraseId = Annotated[int, Field(ge=1, le=2_000_000_000), WHOLE]
PhraseIds = Annotated[list[PhraseId], Field(min_length=1, max_length=1000)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")]
Said = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,500}$")]


class Phrases(Pages):
    status: PhraseStatus | None = None


class Groups(Query):
    limit: Limit = 50


class Label(Body):
    """`force` teaches a phrase anew that another intent has already; an emergency is never taught away."""

    phrase_ids: PhraseIds
    intent: Word
    force: bool = False


class Ignore(Body):
    phrase_ids: PhraseIds


class AddSynonym(Body):
    """A word, or some, that people say here, and what everybody says for it."""

    said: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,100}$")]
    meant: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,100}$")]


class Transcript(Body):
    """`state`: what had been asked, as scripts name it; `intent`: what it means, if that is known."""

    text: Said
    state: Annotated[str, StringConstraints(pattern=r"^[a-z_]{0,64}$")] = ""
    intent: Annotated[str, StringConstraints(pattern=r"^[a-z_]{0,64}$")] = ""


class ImportPhrases(Body):
    items: Annotated[list[Transcript], Field(min_length=1, max_length=500)]


class PhraseView(View):
    """Names, phones, addresses and numbers of people are placeholders."""

    id: int
    text: str
    state: str
    why: Why
    guess: str
    confidence: float
    times: int
    first_at: datetime
    last_at: datetime
    call_id: str
    status: PhraseStatus
    label: str | None
    labelled_by: str | None
    labelled_at: datetime | None


class GroupView(View):
    """Phrases alike, the most typical first; `share` is the suggested intent's probability."""

    id: int
    times: int
    suggested: str
    share: float
    phrases: list[PhraseView]


class LabelledView(View):
    count: int
    notes: list[str]


class CountView(View):
    count: int


class RowErrorView(View):
    """`number` counts the items from 1."""

    number: int
    message: str


class ImportedView(View):
    new: int
    known: int
    errors: list[RowErrorView]


class SynonymView(View):
    """Both in normal form; calls know it once a training with it is published."""

    id: int
    said: str
    meant: str
    by: str
    at: datetime


class TrainingView(View):
    """`figures` before and after; `refusals` say why it cannot be published."""

    id: int
    status: SetStatus
    ordered_by: str
    ordered_at: datetime
    ended_at: datetime | None
    figures: Mapping[str, Any]
    refusals: list[str]


class PublicationView(View):
    """Without a training the shipped phrases alone are live."""

    id: int
    set_id: int | None
    at: datetime
    by: str


class StatusView(View):
    counts: Mapping[str, int]
    dealt_with: float
    live: PublicationView | None
    last_set: TrainingView | None
