"""Trainings and publications on SQL: what was taught, what came of it, what calls understand by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, update

from bot.domain.learning import Lesson, PhraseSet, Publication, SetStatus
from bot.learning.phrases import mark_published
from bot.storage.engine import rows_changed
from bot.storage.tables import PhrasePublicationRow, PhraseSetRow
from bot.storage.upsert import insert_if_new
from crm_bridge.local.listing import mapped, read_page
from crm_bridge.local.part import LocalPart
from crm_bridge.paging import Asked, Page

_OPEN = (SetStatus.ORDERED.value, SetStatus.RUNNING.value)


class SqlPhraseSets(LocalPart):
    """Sets of lessons and the log of what was published."""

    async def order(
        self, lessons: Sequence[Lesson], synonyms: Mapping[str, str], by: str, status: SetStatus, *, after: int
    ) -> PhraseSet | None:
        """Order a training of these lessons and words; a `RUNNING` one is done by who orders it.

        `after` is the training that was the last one, 0 before the first; None when somebody has ordered meanwhile.
        """
        async with self._write() as session:
            ordered = await insert_if_new(
                session,
                PhraseSetRow,
                id=after + 1,
                status=status.value,
                ordered_by=by,
                ordered_at=self._clock.now(),
                lessons=[asdict(one) for one in lessons],
                synonyms=dict(synonyms),
                figures={},
                refusals=[],
            )
            return _set(await session.get_one(PhraseSetRow, after + 1)) if ordered else None

    async def open_sets(self) -> Sequence[PhraseSet]:
        """Trainings that have not ended, the oldest first."""
        query = select(PhraseSetRow).where(PhraseSetRow.status.in_(_OPEN)).order_by(PhraseSetRow.id)
        async with self._read() as session:
            return [_set(row) for row in await session.scalars(query)]

    async def begin(self, set_id: int) -> bool:
        """Take an ordered training; False when somebody else has."""
        ordered = update(PhraseSetRow).where(PhraseSetRow.id == set_id, PhraseSetRow.status == SetStatus.ORDERED.value)
        async with self._write() as session:
            return rows_changed(await session.execute(ordered.values(status=SetStatus.RUNNING.value))) == 1

    async def end(
        self, set_id: int, status: SetStatus, *, figures: Mapping[str, Any], refusals: Sequence[str]
    ) -> PhraseSet:
        """Write down what came of it."""
        async with self._write() as session:
            row = await session.get_one(PhraseSetRow, set_id)
            row.status, row.ended_at = status.value, self._clock.now()
            row.figures, row.refusals = dict(figures), list(refusals)
            await session.flush()
            return _set(row)

    async def one(self, set_id: int) -> PhraseSet | None:
        """One training."""
        async with self._read() as session:
            row = await session.get(PhraseSetRow, set_id)
            return None if row is None else _set(row)

    async def last(self) -> PhraseSet | None:
        """The training ordered last."""
        async with self._read() as session:
            row = await session.scalar(select(PhraseSetRow).order_by(PhraseSetRow.id.desc()).limit(1))
            return None if row is None else _set(row)

    async def page(self, asked: Asked) -> Page[PhraseSet]:
        """Trainings, the newest first."""
        async with self._read() as session:
            order = (PhraseSetRow.id,)
            return mapped(await read_page(session, select(PhraseSetRow), order, asked, newest_first=True), _set)

    async def publish(self, found: PhraseSet | None, by: str, *, after: int) -> Publication | None:
        """From now on calls understand by this set; without one, by the shipped phrases alone.

        `after` is the publication that was live, 0 before the first; None when somebody has published meanwhile.
        """
        made = Publication(id=after + 1, set_id=found.id if found else None, at=self._clock.now(), by=by)
        async with self._write() as session:
            if not await insert_if_new(session, PhrasePublicationRow, **asdict(made)):
                return None
            await mark_published(session, {one.phrase_id: one.intent for one in found.lessons} if found else {})
        return made

    async def live(self) -> Publication | None:
        """The last publication."""
        found = await self.publications(1)
        return found[0] if found else None

    async def publications(self, most: int | None = None) -> Sequence[Publication]:
        """What was published, the newest first; all of it unless `most` are enough."""
        query = select(PhrasePublicationRow).order_by(PhrasePublicationRow.id.desc()).limit(most)
        async with self._read() as session:
            return [_publication(row) for row in await session.scalars(query)]

    async def live_set(self) -> PhraseSet | None:
        """The training that calls understand by; None for the shipped phrases alone."""
        live = await self.live()
        return None if live is None or live.set_id is None else await self.one(live.set_id)


def _set(row: PhraseSetRow) -> PhraseSet:
    return PhraseSet(
        id=row.id,
        status=SetStatus(row.status),
        ordered_by=row.ordered_by,
        ordered_at=row.ordered_at,
        ended_at=row.ended_at,
        lessons=tuple(Lesson(**one) for one in row.lessons),
        synonyms=row.synonyms,
        figures=row.figures,
        refusals=tuple(row.refusals),
    )


def _publication(row: PhrasePublicationRow) -> Publication:
    return Publication(id=row.id, set_id=row.set_id, at=row.at, by=row.by)
