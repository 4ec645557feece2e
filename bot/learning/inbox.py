"""The queue «Непонятые фразы» as people work with it: groups and labels."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from bot.domain.clock import Clock
from bot.domain.learning import Phrase, PhraseGroup, PhraseStatus
from bot.learning.labels import Conflict, Known, intent_of, notes, refuse
from bot.learning.phrases import SqlPhrases
from bot.learning.settings import LearningRules
from crm_bridge.paging import Asked, Page
from crm_bridge.port import NotFound, Refused
from dialogs.port import Intent

Group = Callable[[Sequence[Phrase]], Awaitable[Sequence[PhraseGroup]]]
"""Puts phrases into groups, beside whatever carries calls: thousands of them take seconds of processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """How many phrases have the label now, and what the person should know."""

    count: int
    notes: tuple[str, ...] = ()


class Inbox:
    """Everything people do with phrases before a training."""

    def __init__(self, phrases: SqlPhrases, clock: Clock, rules: LearningRules, group: Group) -> None:
        self._phrases = phrases
        self._clock = clock
        self._rules = rules
        self._group = group

    async def page(self, asked: Asked, *, status: PhraseStatus | None = None) -> Page[Phrase]:
        """Phrases, page by page."""
        return await self._phrases.page(asked, status=status)

    async def phrase(self, phrase_id: int) -> Phrase:
        """One phrase. Raises NotFound."""
        found = await self._phrases.phrase(phrase_id)
        if found is None:
            raise NotFound(f"Фразы {phrase_id} нет в очереди")
        return found

    async def groups(self) -> Sequence[PhraseGroup]:
        """Phrases that nobody has dealt with, those alike together, the most frequent groups first."""
        waiting = await self._phrases.waiting(self._rules.most_grouped)
        return await self._group(waiting) if waiting else ()

    async def group(self, phrase_id: int) -> PhraseGroup:
        """The group that this phrase is in now. Raises NotFound, and Refused for a phrase that is dealt with."""
        phrase = await self.phrase(phrase_id)
        for group in await self.groups():
            if any(one.id == phrase_id for one in group.phrases):
                return group
        raise Refused(f"Фраза {phrase_id} не ждёт разметки ({phrase.status.value}): укажите номера фраз без --group")

    async def label(self, ids: Collection[int], intent: str, *, by: str, force: bool = False) -> Labelled:
        """Say what phrases mean. Raises NotFound, and Refused where another intent has one of them."""
        meant = intent_of(intent)
        phrases = await self._all(ids)
        # thousands of labels are read anew: calls must not wait for that
        found = await asyncio.to_thread(_conflicts, phrases, meant, await self._phrases.labelled())
        refuse(found, force=force)
        again = {row for one in found for row in one.phrase_ids}
        await self._phrases.set_label({one.id for one in phrases} | again, str(meant), by, self._clock.now())
        return Labelled(count=len(phrases), notes=notes(phrases, meant))

    async def ignore(self, ids: Collection[int], *, by: str) -> int:
        """These teach nothing. Returns how many. Raises NotFound."""
        phrases = await self._all(ids)
        await self._phrases.set_label([one.id for one in phrases], None, by, self._clock.now())
        return len(phrases)

    async def _all(self, ids: Collection[int]) -> Sequence[Phrase]:
        found = await self._phrases.by_ids(ids)
        missing = sorted(set(ids) - {one.id for one in found})
        if missing:
            raise NotFound(f"Таких фраз нет: {', '.join(str(id) for id in missing[:10])}")
        return found


def _conflicts(phrases: Sequence[Phrase], meant: Intent, labelled: Sequence[Phrase]) -> Sequence[Conflict]:
    return Known(labelled).conflicts(phrases, meant)
