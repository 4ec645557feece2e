"""A clinic's own transcripts into the queue: each row checked, masked, and taken once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.clock import Clock
from bot.domain.learning import IMPORTED, LONGEST_PHRASE, MaskedPhrase, Phrase, Why
from bot.learning.labels import Known
from bot.learning.phrases import SqlPhrases
from dialogs.nlu.masking import mask, teachable
from dialogs.port import Directory, Intent, State
from dialogs.slots.tokens import normalise

Names = Callable[[], Awaitable[Directory]]
"""The clinic's own names, which are not patients'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a clinic's transcripts; `state` is what had been asked (empty: nothing), `intent` may be empty."""

    number: int
    text: str
    state: str = ""
    intent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What became of the rows: `known` were there already; `errors` by row number say in Russian what is wrong."""

    new: int
    known: int
    errors: dict[int, str] = field(default_factory=dict)


class RowFault(ValueError):
    """A row cannot be taken; the text is Russian."""


class Transcripts:
    """Takes rows in; feeding them again changes nothing."""

    def __init__(self, phrases: SqlPhrases, clock: Clock, names: Names) -> None:
        self._phrases = phrases
        self._clock = clock
        self._names = names

    async def take_given(self, rows: Sequence[tuple[str, str, str]], *, by: str) -> TakenIn:
        """The same for (text, state, intent) without a file: numbers count from 1."""
        numbered = enumerate(rows, start=1)
        made = [Row(number=at, text=text, state=state, intent=intent) for at, (text, state, intent) in numbered]
        return await self.take(made, by=by)

    async def take(self, rows: Sequence[Row], *, by: str) -> TakenIn:
        """Mask the rows and put them into the queue, those with an intent as labelled ones."""
        order = _Rows(rows, await self._names(), self._clock.now(), await self._phrases.labelled())
        # thousands of rows take a minute: calls must not wait for that
        taken, errors = await asyncio.to_thread(order.read)
        new = await self._phrases.keep_imported(taken, by)
        return TakenIn(new=new, known=len(rows) - len(errors) - new, errors=errors)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows with all that it takes to read them, away from the event loop."""

    rows: Sequence[Row]
    names: Directory
    now: datetime
    labelled: Sequence[Phrase]

    def read(self) -> tuple[list[tuple[MaskedPhrase, str | None]], dict[int, str]]:
        """Phrases with their intents, each once; and what is wrong with the other rows."""
        known = Known(self.labelled)
        errors: dict[int, str] = {}
        taken: dict[tuple[str, str], tuple[MaskedPhrase, str | None]] = {}
        for row in self.rows:
            try:
                phrase = _phrase(row, self.names, self.now)
            except RowFault as fault:
                errors[row.number] = str(fault)
                continue
            stand_in = _as_row(phrase, row.intent, -row.number)
            clash = known.conflicts([stand_in], Intent(row.intent)) if row.intent else []
            if clash:
                errors[row.number] = f"{clash[0]}: уберите намерение или исправьте его"
                continue
            taken.setdefault((phrase.key, phrase.state), (phrase, row.intent or None))
            if row.intent:
                known.learn(stand_in)
        return list(taken.values()), errors


def _phrase(row: Row, names: Directory, now: datetime) -> MaskedPhrase:
    state = row.state or State.OPEN
    if state not in set(State):
        raise RowFault(f"Состояния «{row.state}» нет; есть: {', '.join(State)}; пусто — open")
    if row.intent and row.intent not in set(Intent):
        raise RowFault(f"Намерения «{row.intent}» нет; есть: {', '.join(Intent)}")
    text = mask(row.text, state=state, today=now.date(), directory=names)
    if not teachable(text):
        raise RowFault("Кроме личных данных и междометий в строке ничего нет: уберите её")
    key = normalise(text)
    if max(len(text), len(key)) > LONGEST_PHRASE:
        raise RowFault(f"Реплика длиннее {LONGEST_PHRASE} знаков: разделите её")
    return MaskedPhrase(text=text, key=key, state=state, why=Why.IMPORTED, call_id=IMPORTED, at=now)


def _as_row(phrase: MaskedPhrase, label: str, number: int) -> Phrase:
    return Phrase(
        id=number,
        text=phrase.text,
        key=phrase.key,
        state=phrase.state,
        why=phrase.why,
        guess="",
        confidence=0.0,
        times=1,
        first_at=phrase.at,
        last_at=phrase.at,
        call_id=phrase.call_id,
        label=label or None,
    )
