"""The clinic's own words, as people keep them; calls know those of the published training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from bot.domain.learning import Synonym
from bot.storage.engine import rows_changed
from bot.storage.tables import PhraseSynonymRow
from crm_bridge.local.part import LocalPart
from crm_bridge.port import NotFound, Refused
from dialogs.nlu.closed import closed_answer
from dialogs.port import State
from dialogs.safety import RedFlag, red_flag
from dialogs.slots.tokens import normalise

LONGEST = 100
"""Characters of a word or of what it means."""


class SqlSynonyms(LocalPart):
    """Said -> meant, in normal form."""

    async def all(self) -> Sequence[Synonym]:
        """All of them, in the order of their letters."""
        async with self._read() as session:
            rows = await session.scalars(select(PhraseSynonymRow).order_by(PhraseSynonymRow.said))
            return [Synonym(id=row.id, said=row.said, meant=row.meant, by=row.by, at=row.at) for row in rows]

    async def as_mapping(self) -> Mapping[str, str]:
        """Said -> meant."""
        return {one.said: one.meant for one in await self.all()}

    async def add(self, said: str, meant: str, *, by: str) -> Synonym:
        """Take a word in, or change what it means. Raises Refused for what must not be heard otherwise."""
        plain, meaning = normalise(said), normalise(meant)
        known = {one.said: one for one in await self.all()}
        refuse(plain, meaning, {word: one.meant for word, one in known.items() if word != plain})
        async with self._write() as session:
            if plain in known:
                row = await session.get_one(PhraseSynonymRow, known[plain].id)
                row.meant, row.by, row.at = meaning, by, self._clock.now()
            else:
                row = PhraseSynonymRow(said=plain, meant=meaning, by=by, at=self._clock.now())
                session.add(row)
            await session.flush()
            return Synonym(id=row.id, said=plain, meant=meaning, by=by, at=row.at)

    async def remove(self, synonym_id: int) -> None:
        """Forget a word. Raises NotFound."""
        async with self._write() as session:
            gone = await session.execute(delete(PhraseSynonymRow).where(PhraseSynonymRow.id == synonym_id))
        if rows_changed(gone) == 0:
            raise NotFound(f"Синонима {synonym_id} нет")


def refuse(said: str, meant: str, others: Mapping[str, str]) -> None:
    """Raise Refused for a word that is empty, dangerous, answers by itself, or leads in a circle."""
    if not (said and meant) or max(len(said), len(meant)) > LONGEST:
        raise Refused(f"Слово и его значение — от одной буквы до {LONGEST} знаков")
    if red_flag(said) is not RedFlag.NONE:
        raise Refused(f"«{said}» — признак опасности: его слышат как есть")
    if closed_answer(said, State.CONFIRM) is not None:
        raise Refused(f"«{said}» — готовый ответ из policy.yml: его слышат как есть")
    if said == meant or meant in others or said in others.values():
        raise Refused(f"«{said}» и «{meant}» образуют цепочку синонимов: укажите сразу конечное слово")
