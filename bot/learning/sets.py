"""Trainings and publications on SQL: what was taught, what came of it, what calls understand by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, update

from bot.domain.learning import Lesson, PhraseSet, Publication, SetStatus
from bot.storage.engine import rows_changed
from bot.storage.tables import PhrasePublicationRow, PhraseSetRow
from crm_bridge.local.listing import mapped, read_page
from crm_bridge.local.part import LocalPart
from crm_bridge.paging import Asked, Page

_OPEN = (SetStatus.ORDERED.value, SetStatus.RUNNING.value)


class SqlPhraseSets(LocalPart):
    """Sets of lessons and the log of what was published."""

    async def order(
        self, lessons: Sequence[Lesson], synonyms: Mapping[str, str], by: str, status: SetStatus
    ) -> PhraseSet:
        """Order a training of these lessons and words; a `RUNNING` one is done by who orders it."""
        async with self._write() as session:
            row = PhraseSetRow(
                status=status.value,
                ordered_by=by,
                ordered_at=self._clock.now(),
                lessons=[asdict(one) for one in lessons],
                synonyms=dict(synonyms),
                figures={},
                refusals=[],
            )
            session.add(row)
            await session.flush()
            return _set(row)

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

    async def publish(self, set_id: int | None, by: str) -> Publication:
        """From now on calls understand by this set; without one, by the shipped phrases alone."""
        async with self._write() as session:
            row = PhrasePublicationRow(set_id=set_id, at=self._clock.now(), by=by)
            session.add(row)
            await session.flush()
            return _publication(row)

    async def live(self) -> Publication | None:
        """The last publication."""
        found = await self.publications(1)
        return found[0] if found else None

    async def publications(self, most: int) -> Sequence[Publication]:
        """What was published, the newest first."""
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
