"""The queue «Непонятые фразы» on SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.learning import MaskedPhrase, Phrase, PhraseStatus, Why
from bot.storage.engine import rows_changed
from bot.storage.tables import PhraseRow
from bot.storage.upsert import insert_if_new
from crm_bridge.local.listing import equal, filtered, mapped, read_page
from crm_bridge.local.part import LocalPart
from crm_bridge.paging import Asked, Page

_UNDECIDED = (PhraseStatus.NEW.value, PhraseStatus.IGNORED.value)
_DECIDED = (PhraseStatus.LABELLED.value, PhraseStatus.PUBLISHED.value)
_AT_ONCE = 500
"""Ids in one statement: databases have limits."""


class SqlPhrases(LocalPart):
    """Phrases, one row for each normal form and state."""

    async def keep(self, phrases: Sequence[MaskedPhrase]) -> int:
        """Write phrases down; one that is known is counted once more. Returns how many were new."""
        new = 0
        async with self._write() as session:
            for one in phrases:
                first = await insert_if_new(
                    session,
                    PhraseRow,
                    text=one.text,
                    key=one.key,
                    state=one.state,
                    why=one.why.value,
                    guess=one.guess,
                    confidence=one.confidence,
                    times=1,
                    first_at=one.at,
                    last_at=one.at,
                    call_id=one.call_id,
                    status=PhraseStatus.NEW.value,
                )
                new += first
                if not first:
                    again = update(PhraseRow).where(PhraseRow.key == one.key, PhraseRow.state == one.state)
                    await session.execute(
                        again.values(
                            times=PhraseRow.times + 1,
                            last_at=one.at,
                            why=one.why.value,
                            guess=one.guess,
                            confidence=one.confidence,
                            call_id=one.call_id,
                        )
                    )
        return new

    async def keep_imported(self, phrases: Sequence[tuple[MaskedPhrase, str | None]], by: str) -> int:
        """Write phrases of a file with the intents it gives; one that somebody has dealt with stays as it stands.

        Returns how many were new.
        """
        new = 0
        async with self._write() as session:
            for one, label in phrases:
                first = await insert_if_new(
                    session,
                    PhraseRow,
                    text=one.text,
                    key=one.key,
                    state=one.state,
                    why=one.why.value,
                    guess="",
                    confidence=0.0,
                    times=1,
                    first_at=one.at,
                    last_at=one.at,
                    call_id=one.call_id,
                    status=(PhraseStatus.LABELLED if label else PhraseStatus.NEW).value,
                    label=label,
                    labelled_by=by if label else None,
                    labelled_at=one.at if label else None,
                )
                new += first
                if label and not first:
                    waiting = update(PhraseRow).where(
                        PhraseRow.key == one.key,
                        PhraseRow.state == one.state,
                        PhraseRow.status == PhraseStatus.NEW.value,
                    )
                    labelled = {"status": PhraseStatus.LABELLED.value, "label": label}
                    await session.execute(waiting.values(**labelled, labelled_by=by, labelled_at=one.at))
        return new

    async def phrase(self, phrase_id: int) -> Phrase | None:
        """One phrase."""
        async with self._read() as session:
            row = await session.get(PhraseRow, phrase_id)
            return None if row is None else _phrase(row)

    async def page(self, asked: Asked, *, status: PhraseStatus | None = None) -> Page[Phrase]:
        """Phrases in the order in which they were first heard."""
        query = filtered(select(PhraseRow), equal(PhraseRow.status, status.value if status else None))
        async with self._read() as session:
            return mapped(await read_page(session, query, (PhraseRow.id,), asked), _phrase)

    async def waiting(self, most: int) -> Sequence[Phrase]:
        """Phrases that nobody has dealt with, the most frequent first."""
        query = select(PhraseRow).where(PhraseRow.status == PhraseStatus.NEW.value)
        ordered = query.order_by(PhraseRow.times.desc(), PhraseRow.id).limit(most)
        async with self._read() as session:
            return [_phrase(row) for row in await session.scalars(ordered)]

    async def labelled(self) -> Sequence[Phrase]:
        """Phrases with a label, published or not."""
        query = select(PhraseRow).where(PhraseRow.status.in_(_DECIDED)).order_by(PhraseRow.id)
        async with self._read() as session:
            return [_phrase(row) for row in await session.scalars(query)]

    async def by_ids(self, ids: Collection[int]) -> Sequence[Phrase]:
        """Those that are there."""
        found: list[Phrase] = []
        async with self._read() as session:
            for part in _parts(ids):
                found += [
                    _phrase(row) for row in await session.scalars(select(PhraseRow).where(PhraseRow.id.in_(part)))
                ]
        return sorted(found, key=lambda one: one.id)

    async def set_label(self, ids: Collection[int], label: str | None, by: str, at: datetime) -> None:
        """Give phrases an intent; without one they are ignored."""
        status = PhraseStatus.LABELLED if label else PhraseStatus.IGNORED
        async with self._write() as session:
            for part in _parts(ids):
                changed = update(PhraseRow).where(PhraseRow.id.in_(part))
                await session.execute(changed.values(status=status.value, label=label, labelled_by=by, labelled_at=at))

    async def forget(self, before: datetime) -> int:
        """Delete what nobody has labelled and nobody has said since then. Returns how many."""
        old = delete(PhraseRow).where(PhraseRow.status.in_(_UNDECIDED), PhraseRow.last_at < before)
        async with self._write() as session:
            return rows_changed(await session.execute(old))

    async def counts(self) -> Mapping[str, int]:
        """How many phrases stand where; every status is there."""
        query = select(PhraseRow.status, func.count()).group_by(PhraseRow.status)
        async with self._read() as session:
            found = {status: int(count) for status, count in await session.execute(query)}
        return {status.value: found.get(status.value, 0) for status in PhraseStatus}


async def mark_published(session: AsyncSession, taught: Mapping[int, str]) -> None:
    """These phrases with these intents are live, no others; together with the publication that says so."""
    back = update(PhraseRow).where(PhraseRow.status == PhraseStatus.PUBLISHED.value)
    await session.execute(back.values(status=PhraseStatus.LABELLED.value))
    for intent in sorted(set(taught.values())):
        for part in _parts([id for id, meant in taught.items() if meant == intent]):
            live = update(PhraseRow).where(PhraseRow.id.in_(part), PhraseRow.label == intent)
            await session.execute(live.values(status=PhraseStatus.PUBLISHED.value))


def _parts(ids: Iterable[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return (ordered[at : at + _AT_ONCE] for at in range(0, len(ordered), _AT_ONCE))


def _phrase(row: PhraseRow) -> Phrase:
    return Phrase(
        id=row.id,
        text=row.text,
        key=row.key,
        state=row.state,
        why=Why(row.why),
        guess=row.guess,
        confidence=row.confidence,
        times=row.times,
        first_at=row.first_at,
        last_at=row.last_at,
        call_id=row.call_id,
        status=PhraseStatus(row.status),
        label=row.label,
        labelled_by=row.labelled_by,
        labelled_at=row.labelled_at,
    )
