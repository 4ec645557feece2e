"""Learning, of the clinic's database: for the service, the commands and the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot.calls.facts import nlu_directory
from bot.composition.database import has_database
from bot.composition.desk import open_desk
from bot.domain.clock import Clock
from bot.domain.learning import Phrase, PhraseGroup
from bot.learning.aside import retrain_aside, work_aside
from bot.learning.gather import Gathering
from bot.learning.inbox import Inbox
from bot.learning.live import LiveLearning, Renewable
from bot.learning.phrases import SqlPhrases
from bot.learning.school import NOTHING_TAUGHT, School, Taught, Train
from bot.learning.sets import SqlPhraseSets
from bot.learning.settings import LearningRules
from bot.learning.synonyms import SqlSynonyms
from bot.learning.transcripts import Transcripts
from bot.learning_settings import LearningSettings
from bot.settings import Settings
from crm_bridge.local.clinic import LocalClinic
from dialogs.port import Directory

DEFAULT_RULES = LearningRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """All parts of learning."""

    phrases: SqlPhrases
    inbox: Inbox
    transcripts: Transcripts
    synonyms: SqlSynonyms
    school: School
    rules: LearningRules


def learning_rules(given: LearningSettings) -> LearningRules:
    """The settings of learning in the words of bot.learning."""
    return LearningRules(collect=given.collect, keep=timedelta(days=given.keep_days), max_f1_drop=given.max_f1_drop)


def learning_parts(
    clinic: LocalClinic,
    rules: LearningRules = DEFAULT_RULES,
    *,
    cache: Path | None = None,
    train: Train = retrain_aside,
) -> Learning:
    """Learning over the clinic's database; `cache` is where trained engines are kept."""
    ground = clinic.ground
    phrases, sets, synonyms = SqlPhrases(ground), SqlPhraseSets(ground), SqlSynonyms(ground)
    school = School(phrases, sets, synonyms, ground.clock, rules, train=train, cache=cache)

    async def names() -> Directory:
        return nlu_directory(await clinic.directory())

    return Learning(
        phrases=phrases,
        inbox=Inbox(phrases, ground.clock, rules, _Grouping(school, cache)),
        transcripts=Transcripts(phrases, ground.clock, names),
        synonyms=synonyms,
        school=school,
        rules=rules,
    )


class PublishedPhrases:
    """What the clinic has published, for whoever understands beside its calls; nothing while it has no database."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def taught(self) -> Taught:
        """The port Teaches."""
        if not await has_database(self._settings.database_url):
            return NOTHING_TAUGHT
        async with open_desk(self._settings) as desk:
            return await learning_parts(desk.clinic).school.taught()


class RehearsedPhrases:
    """What a rehearsal is taught: what was published in it, else what the clinic has published."""

    def __init__(self, own: School, published: PublishedPhrases) -> None:
        self._own = own
        self._published = published

    async def taught(self) -> Taught:
        """The port Teaches; its version is that of the rehearsal's database."""
        own = await self._own.taught()
        return own if own.version else replace(await self._published.taught(), version=own.version)


class _Grouping:
    """Groups phrases in a process of its own, one request after the other."""

    def __init__(self, school: School, cache: Path | None) -> None:
        self._school = school
        self._cache = cache
        self._free = asyncio.Lock()

    async def __call__(self, phrases: Sequence[Phrase]) -> Sequence[PhraseGroup]:
        from bot.learning.groups import grouped_anew  # scikit-learn: not before it is needed

        async with self._free:
            taught = await self._school.taught()
            return await work_aside(partial(grouped_anew, phrases, taught.added, self._cache))


@asynccontextmanager
async def open_learning(
    parts: Learning, gathering: Gathering, understanding: Renewable, clock: Clock
) -> AsyncIterator[LiveLearning]:
    """What the service does for learning, begun."""
    live = LiveLearning(
        gathering=gathering,
        phrases=parts.phrases,
        school=parts.school,
        understanding=understanding,
        clock=clock,
        rules=parts.rules,
    )
    live.start()
    try:
        yield live
    finally:
        await live.close()
