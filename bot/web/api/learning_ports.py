"""What the API needs of learning."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.domain.learning import (
    LearningStatus,
    Phrase,
    PhraseGroup,
    PhraseSet,
    PhraseStatus,
    Publication,
    Synonym,
)
from crm_bridge.paging import Asked, Page


class Labelled(Protocol):
    """What came of a label."""

    @property
    def count(self) -> int: ...

    @property
    def notes(self) -> Sequence[str]: ...


class Inbox(Protocol):
    """The queue «Непонятые фразы»."""

    async def page(self, asked: Asked, *, status: PhraseStatus | None = None) -> Page[Phrase]: ...

    async def phrase(self, phrase_id: int) -> Phrase: ...

    async def groups(self) -> Sequence[PhraseGroup]: ...

    async def label(self, ids: Collection[int], intent: str, *, by: str, force: bool = False) -> Labelled: ...

    async def ignore(self, ids: Collection[int], *, by: str) -> int: ...


class TakenIn(Protocol):
    """What became of a clinic's transcripts."""

    @property
    def new(self) -> int: ...

    @property
    def known(self) -> int: ...

    @property
    def errors(self) -> dict[int, str]: ...


class Transcripts(Protocol):
    """A clinic's own transcripts, as (text, state, intent)."""

    async def take_given(self, rows: Sequence[tuple[str, str, str]], *, by: str) -> TakenIn: ...


class School(Protocol):
    """Trainings and publications; a service does what is ordered."""

    async def order(self, *, by: str) -> PhraseSet: ...

    async def training(self, set_id: int) -> PhraseSet: ...

    async def trainings(self, asked: Asked) -> Page[PhraseSet]: ...

    async def publish(self, set_id: int | None, *, by: str) -> Publication: ...

    async def roll_back(self, *, by: str) -> Publication: ...

    async def publications(self) -> Sequence[Publication]: ...

    async def status(self) -> LearningStatus: ...


class Synonyms(Protocol):
    """The clinic's own words."""

    async def all(self) -> Sequence[Synonym]: ...

    async def add(self, said: str, meant: str, *, by: str) -> Synonym: ...

    async def remove(self, synonym_id: int) -> None: ...


class Learning(Protocol):
    """All of learning."""

    @property
    def inbox(self) -> Inbox: ...

    @property
    def transcripts(self) -> Transcripts: ...

    @property
    def synonyms(self) -> Synonyms: ...

    @property
    def school(self) -> School: ...
