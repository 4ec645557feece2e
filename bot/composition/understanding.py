"""Understanding for the whole process: made ready beside everything else, renewed when phrases are published."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Protocol

from bot.learning.school import NOTHING_TAUGHT, Taught
from bot.settings import nlu_cache
from crm_bridge.port import CrmError
from dialogs.nlu.added import examples_of
from dialogs.nlu.pipeline import Understander, interpret_ranked
from dialogs.nlu.rasa_engine import RasaEngine
from dialogs.nlu.standby import StandbyUnderstander
from dialogs.port import Interpretation, NluContext, Understands
from dialogs.port import State as Asked

log = logging.getLogger(__name__)

WARM_UP = (
    ("здравствуйте, запишите меня к терапевту на завтра в девять утра", Asked.OPEN),
    ("болит горло, температура тридцать восемь", Asked.ASK_SYMPTOMS),
    ("иванова анна петровна", Asked.ASK_NAME),
    ("пятое марта шестьдесят второго года", Asked.ASK_BIRTH),
    ("улица ленина, дом пять, квартира двенадцать", Asked.ASK_ADDRESS),
)
"""The first utterances load dictionaries, for a tenth of a second to some seconds: no caller shall wait for that."""


class Teaches(Protocol):
    """Knows what the clinic has published."""

    async def taught(self) -> Taught:
        """What callers are to be understood by now. Raises CrmError."""


class UpcomingUnderstander:
    """Understanding that is made ready when it is first needed: a greeting, or a call taken up again, is not kept
    waiting for the seconds that it takes."""

    def __init__(self, rasa: RasaEngine | None = None, school: Teaches | None = None) -> None:
        """Take `rasa` if it shall answer while it can; of `school` are the phrases that the clinic has published."""
        self._school = school
        self._rasa = rasa
        self._making: asyncio.Task[Understands] | None = None
        self.version = -1
        """The publication of learned phrases that it understands by; -1 until it is made."""

    async def ready(self) -> Understands:
        """Make it, or wait until it is made."""
        if self._making is None:
            self._making = asyncio.create_task(self._first())
        return await asyncio.shield(self._making)

    async def renew(self) -> None:
        """Understand by what is published now; until that is ready, by what was. Raises CrmError, changing nothing."""
        taught = await self._school.taught() if self._school else NOTHING_TAUGHT
        making = asyncio.create_task(self._make(taught))
        await making
        self._making = making

    async def interpret(self, text: str, context: NluContext) -> Interpretation:
        """The port Understands."""
        return await (await self.ready()).interpret(text, context)

    async def close(self) -> None:
        """Nobody needs it any more."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)
        if self._rasa is not None:
            await self._rasa.close()

    async def _first(self) -> Understands:
        return await self._make(await self._taught())

    async def _make(self, taught: Taught) -> Understands:
        made = await asyncio.to_thread(_make_understander, self._rasa, taught)
        self.version = taught.version
        return made

    async def _taught(self) -> Taught:
        if self._school is None:
            return NOTHING_TAUGHT
        try:
            return await self._school.taught()
        except CrmError:
            # calls are understood as the product does; the next round of learning takes up what was published
            log.warning("The phrases taught cannot be read now")
            return NOTHING_TAUGHT


def _make_understander(rasa: RasaEngine | None, taught: Taught) -> Understands:
    # numpy's and scikit-learn's imports take as long as the rest of the start
    from dialogs.nlu.embedded import EmbeddedEngine

    embedded = EmbeddedEngine(cache=nlu_cache(), taught=examples_of(taught.added))
    for text, state in WARM_UP:
        interpret_ranked(text, NluContext(state=state, now=datetime.now(UTC)), embedded.rank_now)
    understander = Understander(embedded, taught.synonyms)
    return understander if rasa is None else StandbyUnderstander(Understander(rasa, taught.synonyms), understander)
