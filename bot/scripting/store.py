"""Versions of scripts and what was put live, on SQL; every change is in the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.domain.follow_up import Actor
from bot.domain.script_versions import (
    SHIPPED_VERSION,
    NoSuchVersion,
    Publication,
    ScriptConflict,
    ScriptVersion,
)
from bot.storage.tables import ScriptPublicationRow, ScriptVersionRow
from bot.storage.upsert import insert_if_new
from crm_bridge.local.part import LocalPart

_LAST: Final = 3


class ScriptStore(LocalPart):
    """Only ever adds: a version is never changed, going back is one more publication."""

    async def save(self, script: str, files: Mapping[str, str], *, base: int, by: Actor, note: str) -> ScriptVersion:
        """Keep a draft under the next number. Raises ScriptConflict unless `base` is the newest version."""
        async with self._work(by) as work:
            newest = await _newest(work.session, script)
            number = newest + 1
            made = newest == base and await insert_if_new(
                work.session,
                ScriptVersionRow,
                script_id=script,
                number=number,
                base=base,
                files=dict(files),
                note=note,
                created_at=work.now,
                created_by=str(by),
            )
            if not made:
                raise ScriptConflict(_outdated(script, base, newest if newest != base else number))
            work.audit("script.save", "script", script, version=number, base=base)
        return await self.version(script, number)

    async def version(self, script: str, number: int) -> ScriptVersion:
        """One version with its files. Raises NoSuchVersion."""
        async with self._read() as session:
            row = await session.get(ScriptVersionRow, (script, number))
            if row is None:
                raise NoSuchVersion(f"Версии {number} сценария «{script}» нет: посмотрите список версий")
            published = await _published(session, script)
            return replace(self._seen(row, published), files=dict(row.files))

    async def versions(self, script: str) -> Sequence[ScriptVersion]:
        """All versions without their files, the newest first."""
        query = select(ScriptVersionRow).where(ScriptVersionRow.script_id == script)
        async with self._read() as session:
            published = await _published(session, script)
            query = query.options(defer(ScriptVersionRow.files)).order_by(ScriptVersionRow.number.desc())
            return [self._seen(row, published) for row in await session.scalars(query)]

    async def publish(self, script: str, number: int, *, by: Actor) -> Publication:
        """Put a version live, 0 the shipped one; the one that is live already stays as it is. Raises NoSuchVersion."""
        async with self._work(by) as work:
            if number != SHIPPED_VERSION and await work.session.get(ScriptVersionRow, (script, number)) is None:
                raise NoSuchVersion(f"Версии {number} сценария «{script}» нет")
            last = await work.session.scalar(_newest_first(script).limit(1))
            before = last.number if last else SHIPPED_VERSION
            if last is None or before != number:
                last = ScriptPublicationRow(script_id=script, number=number, at=work.now, by=str(by))
                work.session.add(last)
                work.audit("script.publish", "script", script, version=number, before=before)
            return self._put_live(last)

    async def publications(self, script: str) -> Sequence[Publication]:
        """What was live, the newest first; empty while the shipped script has never been replaced."""
        async with self._read() as session:
            return [self._put_live(row) for row in await session.scalars(_newest_first(script))]

    async def newest(self, script: str) -> int:
        """The number of the newest saved version, 0 when there is none."""
        async with self._read() as session:
            return await _newest(session, script)

    async def live(self) -> Mapping[str, int]:
        """The number in force of every script that was ever published."""
        last = select(func.max(ScriptPublicationRow.id)).group_by(ScriptPublicationRow.script_id)
        query = select(ScriptPublicationRow).where(ScriptPublicationRow.id.in_(last))
        async with self._read() as session:
            return {row.script_id: row.number for row in await session.scalars(query)}

    async def in_force_since(self, moment: datetime) -> frozenset[tuple[str, int]]:
        """Versions that were live at that moment or later, the last three of each script in any case.

        Calls that began then may still be led by them; clocks of the command line and of a rehearsal may differ.
        """
        async with self._read() as session:
            rows = await session.scalars(select(ScriptPublicationRow).order_by(ScriptPublicationRow.id.desc()))
            found: dict[str, list[int]] = {}
            closed: set[str] = set()
            for row in rows:
                numbers = found.setdefault(row.script_id, [])
                if row.script_id not in closed or len(numbers) < _LAST:
                    numbers.append(row.number)
                if row.at <= moment:
                    closed.add(row.script_id)
            return frozenset((script, number) for script, numbers in found.items() for number in numbers)

    def _seen(self, row: ScriptVersionRow, published: Sequence[ScriptPublicationRow]) -> ScriptVersion:
        """A version without its files, at the clinic's own time."""
        zone = self._clock.now().tzinfo
        last = next((one.at.astimezone(zone) for one in published if one.number == row.number), None)
        return ScriptVersion(
            script=row.script_id,
            number=row.number,
            base=row.base,
            note=row.note,
            created_at=row.created_at.astimezone(zone),
            created_by=row.created_by,
            published_at=last,
            live=bool(published) and row.number == published[0].number,
        )

    def _put_live(self, row: ScriptPublicationRow) -> Publication:
        at = row.at.astimezone(self._clock.now().tzinfo)
        return Publication(script=row.script_id, number=row.number, at=at, by=row.by)


def _newest_first(script: str) -> Select[ScriptPublicationRow]:
    query = select(ScriptPublicationRow).where(ScriptPublicationRow.script_id == script)
    return query.order_by(ScriptPublicationRow.id.desc())


async def _newest(session: AsyncSession, script: str) -> int:
    query = select(func.max(ScriptVersionRow.number)).where(ScriptVersionRow.script_id == script)
    return int(await session.scalar(query) or SHIPPED_VERSION)


async def _published(session: AsyncSession, script: str) -> Sequence[ScriptPublicationRow]:
    return (await session.scalars(_newest_first(script))).all()


def _outdated(script: str, base: int, newest: int) -> str:
    if base > newest:
        return f"Версии {base} сценария «{script}» нет: последняя {newest}"
    return (
        f"Сценарий «{script}» уже изменили: вы правили версию {base}, а последняя {newest}. Ничего не записано. "
        f"Сравните версии {base} и {newest}, перенесите свои правки в {newest} и сохраните снова."
    )
