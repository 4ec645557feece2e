"""What a running service does for learning: keeps phrases, does ordered trainings, takes up what was published."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.domain.clock import Clock
from bot.learning.gather import Gathering
from bot.learning.phrases import SqlPhrases
from bot.learning.school import School
from bot.learning.settings import LearningRules

log = logging.getLogger(__name__)

FORGET_EVERY: Final = timedelta(hours=6)


class Renewable(Protocol):
    """Understanding that can be made anew while it is used."""

    @property
    def version(self) -> int:
        """The publication that it understands by; -1 until it is made."""
        ...

    async def renew(self) -> None:
        """Understand by what is published now; until that is ready, by what was."""
        ...


class LiveLearning:
    """Rounds every few seconds; a round that fails is told of and tried again."""

    def __init__(
        self,
        *,
        gathering: Gathering,
        phrases: SqlPhrases,
        school: School,
        understanding: Renewable,
        clock: Clock,
        rules: LearningRules,
    ) -> None:
        self._gathering = gathering
        self._phrases = phrases
        self._school = school
        self._understanding = understanding
        self._clock = clock
        self._rules = rules
        self._going: asyncio.Task[None] | None = None
        self._training: asyncio.Task[object] | None = None
        self._forgot_at: datetime | None = None

    def start(self) -> None:
        """Go on until closed."""
        self._going = asyncio.create_task(self._go())

    async def close(self) -> None:
        """Stop; what calls did not understand is written first. Safe before start and twice."""
        tasks = [task for task in (self._going, self._training) if task is not None]
        self._going = self._training = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if tasks:
            await self._safely(self._gathering.write(self._phrases))

    async def round(self) -> None:
        """Everything once."""
        await self._safely(self._gathering.write(self._phrases))
        await self._safely(self._take_up())
        await self._safely(self._train())
        await self._safely(self._forget())

    async def _go(self) -> None:
        while True:
            await self.round()
            await asyncio.sleep(self._rules.look_every_s)

    async def _safely(self, step: Awaitable[object]) -> None:
        try:
            await step
        except Exception as error:
            # not its text: it may hold phrases
            log.warning("A round of learning failed", extra={"error": type(error).__name__})

    async def _take_up(self) -> None:
        if self._understanding.version >= 0 and await self._school.live_version() != self._understanding.version:
            await self._understanding.renew()
            log.info("Understanding was renewed", extra={"publication": self._understanding.version})

    async def _train(self) -> None:
        if self._training is not None and not self._training.done():
            return
        ended, self._training = self._training, None
        if ended is not None:
            await ended  # what went wrong with it is told once, by its kind
        for ordered in await self._school.ordered():
            self._training = asyncio.create_task(self._school.run(ordered.id))
            return

    async def _forget(self) -> None:
        now = self._clock.now()
        if self._forgot_at is not None and now - self._forgot_at < FORGET_EVERY:
            return
        forgotten = await self._phrases.forget(now - self._rules.keep)
        self._forgot_at = now
        if forgotten:
            log.info("Old phrases were forgotten", extra={"phrases": forgotten})
