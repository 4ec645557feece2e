"""The whole service: calls, outbound and page over one set of parts."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from aiohttp import web

from bot.calls.facts import NOTHING, About
from bot.calls.handover import HandoverRules
from bot.calls.runner import CallRunner
from bot.calls.service import CallService
from bot.calls.session import SessionLimits
from bot.composition.core import Core, State
from bot.composition.learning import open_learning
from bot.composition.line import desks
from bot.composition.office import open_office
from bot.composition.page import page_parts
from bot.composition.prompts import warm_prompts
from bot.composition.speech import SpeechParts
from bot.composition.sweep import Sweep
from bot.domain.policy import CallingWindow
from bot.outbound.dialer import Dialer
from bot.outbound.invitations import InvitationPlanner
from bot.outbound.offers import OfferPlanner
from bot.outbound.planner import ReminderPlanner
from bot.outbound.queue import CallQueue
from bot.outbound.service import OutboundService
from bot.outbound.settings import OutboundSettings, RetrySettings
from bot.settings import Settings, SettingsError
from bot.storage.redis import RedisPermits
from bot.storage.tasks import SqlTaskStore
from bot.web.app import create_app
from crm_bridge.local.rehearsal import rehearse
from speech.listener import Listener
from telephony.browser import BrowserLine
from telephony.pacer import Pacer
from telephony.port import Line

log = logging.getLogger(__name__)

PROMPTS_S = 1.0
"""Prompts kept on the disk are read before calls are taken; rendering the others must not keep anybody waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What runs: the parts that commands, the demo and tests reach for."""

    core: Core
    state: State
    speech: SpeechParts
    line: Line
    tasks: SqlTaskStore
    runner: CallRunner
    calls: CallService
    outbound: OutboundService
    app: web.Application
    understanding: asyncio.Future[Any]
    warming: asyncio.Task[int]

    async def ready(self, *, clockwork: bool = True) -> None:
        """Return when whoever phones is understood; with `clockwork` time has its say from then on.

        That is the clinic's rules of time, and calls if the settings say so. Who phones before that is greeted
        meanwhile. Raises SpeechError.
        """
        await rehearse(self.core.clinic, self.core.database)  # while nobody can be understood, nobody books
        await asyncio.shield(self.understanding)
        await asyncio.wait({self.warming})  # prompts that could not be kept are spoken anew in each call
        settle_memory()
        if clockwork:
            await self.outbound.start()


class TaskFacts:
    """What calls ask and tell of tasks; the dialer is named later, since it leads calls itself."""

    def __init__(self, tasks: SqlTaskStore) -> None:
        self._tasks = tasks
        self.dialer: Dialer | None = None

    async def about(self, task_id: str) -> About:
        task = await self._tasks.get(task_id)
        if task is None:
            return NOTHING
        return About(visit_id=task.visit_id, errand_id=task.errand_id, offer_id=task.offer_id)

    async def finished(self, task_id: str, call_id: str, outcome: Mapping[str, Any], /) -> None:
        if self.dialer is not None:
            await self.dialer.finish(task_id, call_id, outcome)


def call_runner(core: Core, state: State, speech: SpeechParts, line: Line, tasks: TaskFacts) -> CallRunner:
    """What leads every call."""
    settings = core.settings
    hand = settings.handover

    return CallRunner(
        line=type(line).__name__,
        clock=core.clock,
        journal=state.journal,
        events=state.events,
        prompts=speech.prompts,
        voice=speech.voice,
        recordings=speech.recordings,
        make_listener=lambda: Listener(speech.recognizer, speech.detector),
        make_conversation=core.conversation,
        about_task=tasks.about,
        task_finished=tasks.finished,
        desks=desks(settings),
        busy_desks=line.busy_endpoints,
        rules=HandoverRules(
            ring_seconds=hand.ring_seconds,
            accept_seconds=hand.accept_seconds,
            rounds=hand.rounds,
            accept_key=hand.accept_key,
            decline_key=hand.decline_key,
        ),
        limits=SessionLimits(max_seconds=settings.call.max_minutes * 60),
        duck_gain=settings.call.duck_gain,
    )


def outbound_settings(settings: Settings) -> OutboundSettings:
    """The settings of outbound calls in the words of bot.outbound."""
    given = settings.outbound
    return OutboundSettings(
        enabled=given.enabled,
        window=CallingWindow(
            weekdays=(given.opens, given.closes), saturday=(given.saturday_opens, given.saturday_closes)
        ),
        retry=RetrySettings(
            busy=timedelta(minutes=given.retry_busy_minutes),
            no_answer=timedelta(minutes=given.retry_no_answer_minutes),
            max_attempts=given.max_attempts,
        ),
        lines=given.lines,
        ring_seconds=given.ring_seconds,
        caller_id=settings.asterisk.caller_id,
    )


def call_out(
    core: Core,
    state: State,
    line: Line,
    tasks: SqlTaskStore,
    runner: CallRunner,
    live_calls: Callable[[], Awaitable[frozenset[str]]],
) -> OutboundService:
    """What phones people: planner, queue and dialer, not yet started."""
    rules, zone = outbound_settings(core.settings), core.settings.zone
    sweep = Sweep(core, rules)
    dialer = Dialer(
        clinic=core.crm,
        tasks=tasks,
        permits=RedisPermits(state.redis, core.clock),
        line=line,
        run_call=runner.run,
        clock=core.clock,
        settings=rules,
        zone=zone,
        freed=sweep,
    )
    outbound = OutboundService(
        planner=ReminderPlanner(core.crm, tasks, core.clock, settings=rules, zone=zone),
        invitations=InvitationPlanner(core.crm, tasks, core.clock),
        offers=OfferPlanner(core.crm, tasks, core.clock),
        dialer=dialer,
        # one worker more than lines: the rules of time do not wait until somebody has hung up
        queue=CallQueue(state.redis, tasks, core.clock, dialer.dial, sweep=sweep, concurrency=rules.lines + 1),
        live_calls=live_calls,
        calls=rules.enabled,
        round_s=core.settings.outbound.poll_seconds,
    )
    sweep.offered = outbound.wake
    return outbound


@asynccontextmanager
async def open_service(core: Core, state: State, speech: SpeechParts, line: Line) -> AsyncIterator[Service]:
    """Take up what a crash left and take calls; models load and prompts are warmed meanwhile, until `ready`."""
    tasks = SqlTaskStore(core.database, core.clock)
    facts = TaskFacts(tasks)
    runner = call_runner(core, state, speech, line, facts)
    calls = CallService(line, runner.run_adopted)

    async def live_calls() -> frozenset[str]:
        return frozenset(runner.live) | frozenset(calls.ids)

    outbound = call_out(core, state, line, tasks, runner, live_calls)
    facts.dialer = outbound.dialer
    async with AsyncExitStack() as stack:
        await speech.can_speak()
        warming = asyncio.create_task(warm_prompts(core, speech))
        stack.callback(warming.cancel)
        await asyncio.wait({warming}, timeout=PROMPTS_S)
        browser = await _browser_calls(core, runner, stack)
        app = create_app(await page_parts(core, state, speech, line, tasks, browser))
        stack.push_async_callback(calls.close)
        await calls.start()
        await state.journal.close_unfinished("restart", live=await live_calls())
        # what a new version says in every call is rendered at once, not in its first call
        await stack.enter_async_context(core.scripts.following(partial(warm_prompts, core, speech)))
        understanding = asyncio.gather(core.understander.ready(), speech.can_hear())
        stack.push_async_callback(_give_up, understanding)
        await stack.enter_async_context(open_office(core, state))
        await stack.enter_async_context(open_learning(core.learning, core.gathering, core.understander, core.clock))
        stack.push_async_callback(outbound.close)
        yield Service(
            core=core,
            state=state,
            speech=speech,
            line=line,
            tasks=tasks,
            runner=runner,
            calls=calls,
            outbound=outbound,
            app=app,
            understanding=understanding,
            warming=warming,
        )


async def _give_up(understanding: asyncio.Future[Any]) -> None:
    """Stop waiting; a start that fails elsewhere tells its own fault, not this one."""
    understanding.cancel()
    await asyncio.gather(understanding, return_exceptions=True)


def settle_memory() -> None:
    """What start-up made stays: a full collection that walks through it takes longer than a packet of sound.

    Commands that open the service collect nothing before (`bot.commands.support.starting`).
    """
    gc.collect()
    gc.freeze()
    gc.enable()


async def _browser_calls(core: Core, runner: CallRunner, stack: AsyncExitStack) -> BrowserLine:
    """Microphone calls from the page: the same sessions over another line."""
    folder = core.settings.data / "browser-recordings"
    folder.mkdir(parents=True, exist_ok=True)
    line = BrowserLine(pacer=Pacer(), recordings=folder, new_id=lambda: str(uuid.uuid4()))
    calls = CallService(line, runner.run_adopted, drain_seconds=0.5)
    await calls.start()
    stack.push_async_callback(calls.close)
    return line


async def serve_page(app: web.Application, settings: Settings) -> tuple[web.AppRunner, str]:
    """Bind the page; returns the runner to clean up and the address to open. Raises SettingsError."""
    runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, settings.page.host, settings.page.port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise SettingsError(
            f"page.host, page.port: {settings.page.host}:{settings.page.port} не открывается ({error.strerror})"
        ) from error
    port = runner.addresses[0][1] if runner.addresses else settings.page.port
    return runner, f"http://{settings.page.host}:{port}/"


async def forever() -> None:
    """Wait until the process is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()


async def stopped(replaced: asyncio.Event) -> bool:
    """Wait until the process is told to stop, or another one has taken its calls: then True."""
    waiting = asyncio.ensure_future(forever()), asyncio.ensure_future(replaced.wait())
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
    return replaced.is_set()
