"""The clinic's data and the talk: what every entry needs, with or without sound."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis

from bot.calls.conversation import Conversation
from bot.calls.facts import NOTHING, About
from bot.composition.database import data_folder, open_database
from bot.composition.foreign import Foreign, open_foreign
from bot.composition.learning import Learning, learning_parts, learning_rules
from bot.domain.clock import Clock
from bot.learning.gather import Gathering
from bot.learning.school import School, Taught
from bot.settings import Settings, cache_folder
from bot.storage.engine import Database
from bot.storage.journal import CallJournal
from bot.storage.live_events import RedisEvents
from bot.storage.valkey import EmbeddedValkey, answers
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.load import load_clinic
from crm_bridge.port import ClinicSystem
from dialogs.nlu.added import examples_of
from dialogs.nlu.pipeline import Understander, interpret_ranked
from dialogs.port import Interpretation, NluContext
from dialogs.port import State as Asked
from dialogs.script import NAMES, Script, load_script

log = logging.getLogger(__name__)

KEEP_S = 2.0
"""How often it is looked whether the embedded Valkey is still there."""
DEMO_CLINIC = Path(__file__).parents[2] / "crm_bridge" / "local" / "demo_clinic.yml"
WARM_UP = (
    ("здравствуйте, запишите меня к терапевту на завтра в девять утра", Asked.OPEN),
    ("болит горло, температура тридцать восемь", Asked.ASK_SYMPTOMS),
    ("иванова анна петровна", Asked.ASK_NAME),
    ("пятое марта шестьдесят второго года", Asked.ASK_BIRTH),
    ("улица ленина, дом пять, квартира двенадцать", Asked.ASK_ADDRESS),
)
"""The first utterances load dictionaries, for a tenth of a second to some seconds: no caller shall wait for that."""


class UpcomingUnderstander:
    """Understanding that is made ready when it is first needed: a greeting, or a call taken up again, is not kept
    waiting for the seconds that it takes."""

    def __init__(self, engine: str, school: School) -> None:
        self._engine = engine
        self._school = school
        self._making: asyncio.Task[Understander] | None = None
        self.version = -1
        """The publication of learned phrases that it understands by; -1 until it is made."""

    async def ready(self) -> Understander:
        """Make it, or wait until it is made; raises EngineUnavailable."""
        if self._making is None:
            self._making = asyncio.create_task(self._make())
        return await asyncio.shield(self._making)

    async def renew(self) -> None:
        """Understand by what is published now; until that is ready, by what was."""
        making = asyncio.create_task(self._make())
        await making
        self._making = making

    async def _make(self) -> Understander:
        taught = await self._school.taught()
        made = await asyncio.to_thread(_make_understander, self._engine, taught)
        self.version = taught.version
        return made

    async def interpret(self, text: str, context: NluContext) -> Interpretation:
        """The port Understands."""
        return await (await self.ready()).interpret(text, context)

    async def close(self) -> None:
        """Nobody needs it any more."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)


def _make_understander(engine: str, taught: Taught) -> Understander:
    # numpy's and scikit-learn's imports take as long as the rest of the start
    from dialogs.nlu.engines import build_engine

    ranking = build_engine(engine, cache=nlu_cache(), taught=examples_of(taught.added))
    for text, state in WARM_UP:
        interpret_ranked(text, NluContext(state=state, now=datetime.now(UTC)), ranking.rank_now)
    return Understander(ranking, taught.synonyms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every entry needs: the clinic's data and the talk, without sound."""

    settings: Settings
    clock: Clock
    database: Database
    clinic: LocalClinic
    desk: LocalDesk
    understander: UpcomingUnderstander
    scripts: Mapping[str, Script]
    learning: Learning
    gathering: Gathering
    foreign: Foreign | None = None

    @property
    def crm(self) -> ClinicSystem:
        """What talks and outbound calls act through: the bundled clinic, or the bridge from it to other systems."""
        return self.foreign.bridge if self.foreign else self.clinic

    def conversation(
        self,
        *,
        call_id: str,
        caller: str | None,
        direction: str = "inbound",
        script: str = "inbound",
        about: About = NOTHING,
    ) -> Conversation:
        """One talk with one person, by the script of that name."""
        return Conversation(
            script=self.scripts[script],
            understander=self.understander,
            crm=self.crm,
            clock=self.clock,
            call_id=call_id,
            caller_phone=caller,
            direction="outbound" if direction == "outbound" else "inbound",
            about=about,
            keep_unclear=self.gathering.take if self.learning.rules.collect else None,
        )


@asynccontextmanager
async def open_core(
    settings: Settings, clock: Clock, *, clinic: Path | None = None, url: str = ""
) -> AsyncIterator[Core]:
    """Open the database, migrated and with a clinic in it; the understanding is made ready when it is asked for.

    With `clinic` that clinic in the database `url`, or in one that is gone afterwards: a rehearsal, of which no other
    system is told.
    """
    async with AsyncExitStack() as stack:
        if clinic is not None and not url:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="registratura-"))
            url = f"sqlite+aiosqlite:///{folder}/clinic.sqlite"
        if not url:
            data_folder(settings)
        database = await open_database(url or settings.database_url)
        stack.push_async_callback(database.dispose)
        local = LocalClinic(database, clock, hold_ttl=timedelta(seconds=settings.clinic.hold_seconds))
        learning = learning_parts(local, learning_rules(settings.learning), cache=nlu_cache())
        understander = UpcomingUnderstander(settings.nlu.engine, learning.school)
        stack.push_async_callback(understander.close)
        if clinic is not None or not (await local.directory()).doctors:
            await load_clinic(clinic or settings.clinic.file or DEMO_CLINIC, database, clock)
        scripts = {name: load_script(name) for name in NAMES}
        desk = LocalDesk(local)
        foreign = None
        if clinic is None:
            foreign = await stack.enter_async_context(open_foreign(settings, desk, clock))
        yield Core(
            settings=settings,
            clock=clock,
            database=database,
            clinic=local,
            desk=desk,
            understander=understander,
            scripts=scripts,
            learning=learning,
            gathering=Gathering(),
            foreign=foreign,
        )


def nlu_cache() -> Path:
    """Where the trained engine is kept."""
    folder = cache_folder() / "nlu"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The record of calls, live events and what processes share."""

    redis: Redis
    journal: CallJournal
    events: RedisEvents


@asynccontextmanager
async def open_state(core: Core) -> AsyncIterator[State]:
    """Connect to Redis, or start the embedded Valkey of the data folder."""
    settings = core.settings
    async with AsyncExitStack() as stack:
        url = settings.redis.url
        if not url:
            valkey = EmbeddedValkey(settings.data / "valkey")
            url = await valkey.start()
            stack.push_async_callback(valkey.stop)
            keeping = asyncio.create_task(_keep(valkey))
            stack.push_async_callback(_cancelled, keeping)
        # With a time limit redis-py sends through asyncio.wait_for, which on Python 3.11 swallows a cancellation that
        # comes when the sending is just done: what follows events would never end, nor would the service.
        redis: Redis = Redis.from_url(url, socket_timeout=None)
        stack.push_async_callback(redis.aclose)
        events = RedisEvents(redis)
        stack.push_async_callback(events.close)
        yield State(redis=redis, journal=CallJournal(core.database, core.clock), events=events)


async def _keep(valkey: EmbeddedValkey) -> None:
    """Start it again when it has died: calls do without it, the page and outbound calls do not."""
    while True:
        await asyncio.sleep(KEEP_S)
        if await answers(valkey.url):
            continue
        log.warning("The embedded Valkey is gone and is started again")
        try:
            await valkey.stop()
            await valkey.start()
        except Exception:
            log.exception("The embedded Valkey does not start")


async def _cancelled(task: asyncio.Task[None]) -> None:
    while not task.done():  # a client with a time limit may swallow one cancellation
        task.cancel()
        await asyncio.wait({task}, timeout=1.0)
