"""Training, regression, publication, roll back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.domain.clock import Clock
from bot.domain.going_back import SHIPPED, live_before
from bot.domain.learning import LearningStatus, Lesson, PhraseSet, PhraseStatus, Publication, SetStatus
from bot.learning.phrases import SqlPhrases
from bot.learning.sets import SqlPhraseSets
from bot.learning.settings import LearningRules
from bot.learning.synonyms import SqlSynonyms
from bot.learning.verdict import refusals
from crm_bridge.paging import Asked, Page
from crm_bridge.port import NotFound, Refused
from dialogs.nlu.added import Added
from dialogs.port import Intent

if TYPE_CHECKING:
    from dialogs.nlu.retrain import Retrained, RetrainOrder

log = logging.getLogger(__name__)

STALE: Final = timedelta(minutes=30)
"""A training that takes longer is ended, or has died with its process."""
UNDER_WAY: Final = "Обучение уже идёт: дождитесь его конца (registratura learn status)"
_SHOWN: Final = 50
_DEALT_WITH: Final = (PhraseStatus.LABELLED, PhraseStatus.PUBLISHED, PhraseStatus.IGNORED)

Train = Callable[["RetrainOrder"], Awaitable["Retrained"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What calls are to understand by: the publication's number (0 before the first) and its lessons."""

    version: int
    added: tuple[Added, ...]
    synonyms: Mapping[str, str]


NOTHING_TAUGHT: Final = Taught(version=0, added=(), synonyms={})


class School:
    """From labelled phrases to what calls understand by."""

    def __init__(
        self,
        phrases: SqlPhrases,
        sets: SqlPhraseSets,
        synonyms: SqlSynonyms,
        clock: Clock,
        rules: LearningRules,
        *,
        train: Train,
        cache: Path | None,
    ) -> None:
        self._phrases = phrases
        self._sets = sets
        self._synonyms = synonyms
        self._clock = clock
        self._rules = rules
        self._train = train
        self._cache = cache

    async def order(self, *, by: str) -> PhraseSet:
        """Order a training of all labelled phrases and own words; a running service does it.

        Raises Refused when there is nothing new, or one is under way.
        """
        return await self._order(by, SetStatus.ORDERED)

    async def train(self, *, by: str) -> PhraseSet:
        """The same, done here and now."""
        return await self._do(await self._order(by, SetStatus.RUNNING))

    async def _order(self, by: str, status: SetStatus) -> PhraseSet:
        await self._end_stale()
        last = await self._sets.last()
        if await self._sets.open_sets():
            raise Refused(UNDER_WAY)
        lessons = [
            Lesson(phrase_id=one.id, text=one.text, state=one.state, intent=str(one.label))
            for one in await self._phrases.labelled()
        ]
        live, synonyms = await self._sets.live_set(), await self._synonyms.as_mapping()
        known = (_meanings(live.lessons), live.synonyms) if live else (set(), {})
        if (_meanings(lessons), synonyms) == known:
            raise Refused("Новых размеченных фраз нет: сначала разметьте очередь (registratura learn list)")
        ordered = await self._sets.order(lessons, synonyms, by, status, after=last.id if last else 0)
        if ordered is None:
            raise Refused(UNDER_WAY)
        return ordered

    async def _end_stale(self) -> None:
        for one in await self._sets.open_sets():
            if one.ordered_at < self._clock.now() - STALE:
                await self._sets.end(one.id, SetStatus.FAILED, figures={}, refusals=["Обучение прервалось: повторите"])

    async def ordered(self) -> Sequence[PhraseSet]:
        """Trainings that nobody has begun."""
        return [one for one in await self._sets.open_sets() if one.status is SetStatus.ORDERED]

    async def run(self, set_id: int) -> PhraseSet:
        """Do an ordered training, unless somebody else does it already."""
        taken = await self._sets.begin(set_id)
        found = await self.training(set_id)
        return await self._do(found) if taken else found

    async def _do(self, found: PhraseSet) -> PhraseSet:
        """Train, compare with what is live, write down whether it can be published."""
        from dialogs.nlu.retrain import RetrainOrder  # scikit-learn: not before it is needed

        live = await self._sets.live_set()
        order = RetrainOrder(
            added=_added(found),
            synonyms=found.synonyms,
            live=_added(live) if live else (),
            live_synonyms=live.synonyms if live else {},
            now=self._clock.now(),
            cache=self._cache,
        )
        try:
            async with asyncio.timeout(STALE.total_seconds()):
                result = await self._train(order)
        except asyncio.CancelledError:
            told = ["Обучение остановлено вместе с программой: закажите его снова"]
            await self._sets.end(found.id, SetStatus.FAILED, figures={}, refusals=told)
            raise
        except Exception as error:
            # not its text: it may hold phrases
            log.error("a training failed", extra={"phrase_set": found.id, "error": type(error).__name__})
            told = [f"Обучение прервалось ({type(error).__name__}): повторите; если не поможет, смотрите журнал"]
            return await self._sets.end(found.id, SetStatus.FAILED, figures={}, refusals=told)
        why = refusals(result, max_f1_drop=self._rules.max_f1_drop)
        status = SetStatus.REFUSED if why else SetStatus.READY
        return await self._sets.end(found.id, status, figures=_figures(result, _lessons(found)), refusals=why)

    async def training(self, set_id: int) -> PhraseSet:
        """One training. Raises NotFound."""
        found = await self._sets.one(set_id)
        if found is None:
            raise NotFound(f"Обучения {set_id} нет")
        return found

    async def trainings(self, asked: Asked) -> Page[PhraseSet]:
        """Trainings, the newest first."""
        return await self._sets.page(asked)

    async def publish(self, set_id: int | None, *, by: str) -> Publication:
        """Let calls understand by a training, the last one unless named. Raises NotFound and Refused."""
        if set_id is None:
            last = await self._sets.last()
            if last is None:
                raise Refused("Публиковать нечего: сначала обучите (registratura learn train)")
            set_id = last.id
        found = await self.training(set_id)
        if found.status is not SetStatus.READY:
            raise Refused(_unready(found))
        live = await self._sets.live()
        if live is not None and live.set_id is not None and live.set_id >= set_id:
            raise Refused("Уже опубликовано это или более новое обучение; вернуть прежнее: registratura learn rollback")
        return await self._make_live(found, live, by)

    async def roll_back(self, *, by: str) -> Publication:
        """Go back to the training published before the live one, or to the shipped phrases. Raises Refused."""
        published = await self._sets.publications()
        before = live_before([one.set_id or SHIPPED for one in published])
        if before is None:
            raise Refused("Отменять нечего: звонки понимаются по поставляемым фразам")
        return await self._make_live(None if before == SHIPPED else await self.training(before), published[0], by)

    async def _make_live(self, found: PhraseSet | None, live: Publication | None, by: str) -> Publication:
        made = await self._sets.publish(found, by, after=live.id if live else 0)
        if made is None:
            raise Refused("Тем временем опубликовал кто-то другой: посмотрите registratura learn status и повторите")
        return made

    async def publications(self) -> Sequence[Publication]:
        """What was published, the newest first."""
        return await self._sets.publications(_SHOWN)

    async def live_version(self) -> int:
        """The number of the live publication, 0 before the first."""
        live = await self._sets.live()
        return live.id if live else 0

    async def taught(self) -> Taught:
        """What calls are to understand by now."""
        version = await self.live_version()
        live = await self._sets.live_set()
        if live is None:
            return replace(NOTHING_TAUGHT, version=version)
        return Taught(version=version, added=_added(live), synonyms=live.synonyms)

    async def status(self) -> LearningStatus:
        """How far the labelling is, and what is live."""
        counts = await self._phrases.counts()
        done = sum(counts[status.value] for status in _DEALT_WITH)
        return LearningStatus(
            counts=counts,
            dealt_with=round(done / max(sum(counts.values()), 1), 3),
            live=await self._sets.live(),
            last_set=await self._sets.last(),
        )


def _meanings(lessons: Sequence[Lesson]) -> set[tuple[str, str]]:
    return {(one.text, one.intent) for one in lessons}


def _lessons(found: PhraseSet) -> Sequence[Lesson]:
    """What can be taught of a training: an earlier product may have had intents that this one has not."""
    return [one for one in found.lessons if one.intent in set(Intent)]


def _added(found: PhraseSet) -> tuple[Added, ...]:
    return tuple(Added(text=one.text, state=one.state, intent=Intent(one.intent)) for one in _lessons(found))


def _unready(found: PhraseSet) -> str:
    if found.status is SetStatus.REFUSED:
        return f"Публиковать нельзя. {'; '.join(found.refusals)}"
    if found.status is SetStatus.FAILED:
        return "; ".join(found.refusals)
    return f"Обучение {found.id} ещё не закончено"


def _figures(result: Retrained, lessons: Sequence[Lesson]) -> dict[str, Any]:
    """The result as JSON; `unlearned` are ids of phrases that are still understood otherwise."""
    return {**asdict(result), "unlearned": [lessons[place].phrase_id for place in result.unlearned]}
