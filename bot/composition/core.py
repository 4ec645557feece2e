"""The clinic's data and the talk: what every entry needs, with or without sound."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from redis.asyncio import Redis

from bot.calls.conversation import Conversation
from bot.calls.facts import NOTHING, About
from bot.composition.database import data_folder, open_database
from bot.composition.foreign import Foreign, open_foreign
from bot.composition.learning import Learning, PublishedPhrases, RehearsedPhrases, learning_parts, learning_rules
from bot.composition.rasa import rasa_engine
from bot.composition.scripting import script_desk
from bot.composition.understanding import UpcomingUnderstander
from bot.domain.clock import Clock
from bot.learning.gather import Gathering
from bot.scripting.library import ScriptLibrary
from bot.settings import Settings, nlu_cache
from bot.storage.engine import Database
from bot.storage.journal import CallJournal
from bot.storage.live_events import RedisEvents
from bot.storage.valkey import EmbeddedValkey, answers
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.load import load_clinic
from crm_bridge.port import ClinicSystem
from dialogs.nlu.rasa_engine import RasaEngine
from dialogs.script import Script

log = logging.getLogger(__name__)

KEEP_S = 2.0
"""How often it is looked whether the embedded Valkey is still there."""
DEMO_CLINIC = Path(__file__).parents[2] / "crm_bridge" / "local" / "demo_clinic.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every entry needs: the clinic's data and the talk, without sound."""

    settings: Settings
    clock: Clock
    database: Database
    clinic: LocalClinic
    desk: LocalDesk
    understander: UpcomingUnderstander
    scripts: ScriptLibrary
    learning: Learning
    gathering: Gathering
    rasa: RasaEngine | None = None
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
        version: int | None = None,
        about: About = NOTHING,
    ) -> Conversation:
        """One talk with one person, by the script of that name; one that goes on by the version it began with."""
        led_by = self.scripts.script(script, version)
        return self.talk(led_by, call_id=call_id, caller=caller, direction=direction, about=about)

    def talk(
        self, script: Script, *, call_id: str, caller: str | None, direction: str = "", about: About = NOTHING
    ) -> Conversation:
        """One talk by a script that is at hand; without `direction` in the script's own."""
        return Conversation(
            script=script,
            understander=self.understander,
            crm=self.crm,
            clock=self.clock,
            call_id=call_id,
            caller_phone=caller,
            direction="outbound" if (direction or script.direction) == "outbound" else "inbound",
            about=about,
            keep_unclear=self.gathering.take if self.learning.rules.collect else None,
        )


def _database_url(settings: Settings, clinic: Path | None, stack: AsyncExitStack) -> str:
    """The installation's own database; for a rehearsal of `clinic` one that is gone with the stack."""
    if clinic is not None:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="registratura-"))
        return f"sqlite+aiosqlite:///{folder}/clinic.sqlite"
    data_folder(settings)
    return settings.database_url


@asynccontextmanager
async def open_core(
    settings: Settings, clock: Clock, *, clinic: Path | None = None, url: str = ""
) -> AsyncIterator[Core]:
    """Open the database, migrated and with a clinic in it; the understanding is made ready when it is asked for.

    With `clinic` that clinic in the database `url`, or in one that is gone afterwards: a rehearsal, of which no other
    system is told.
    """
    async with AsyncExitStack() as stack:
        database = await open_database(url or _database_url(settings, clinic, stack))
        stack.push_async_callback(database.dispose)
        local = LocalClinic(database, clock, hold_ttl=timedelta(seconds=settings.clinic.hold_seconds))
        learning = learning_parts(local, learning_rules(settings.learning), cache=nlu_cache())
        rasa = rasa_engine(settings.nlu, clock) if settings.nlu.engine == "rasa" else None
        school = learning.school if clinic is None else RehearsedPhrases(learning.school, PublishedPhrases(settings))
        understander = UpcomingUnderstander(rasa, school)
        stack.push_async_callback(understander.close)
        if clinic is not None or not (await local.directory()).doctors:
            await load_clinic(clinic or settings.clinic.file or DEMO_CLINIC, database, clock)
        calls_last = timedelta(minutes=settings.call.max_minutes)
        scripts = ScriptLibrary(script_desk(local.ground), clock, calls_last=calls_last)
        await scripts.load()
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
            rasa=rasa,
            foreign=foreign,
        )


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
