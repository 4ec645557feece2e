"""Plays planned calls at the telephones: so many at once, or each at its own time; writes down what the caller met."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from bot.demo.bench_phone import Spoken, TimedPhone
from bot.demo.desk import answer_at_the_desk
from bot.demo.person import Person
from bot.demo.spoken.noise import NoisyPhone
from bot.demo.spoken.plan import NOISES, CallPlan
from bot.demo.stage import Stage
from bot.demo.watch import WatchedCall
from telephony.phone import CallRefused, PhoneCall

log = logging.getLogger(__name__)

ANSWER_S: Final = 30.0
"""A call that has not been answered by then is lost."""
CALL_S: Final = 300.0
END_S: Final = 60.0
"""How long the record of a call that is over may take."""


@dataclass(slots=True, kw_only=True)
class Played:
    """A call as its caller met it. Times are the event loop's, seconds; `refused` is the SIP status of a busy line."""

    plan: CallPlan
    phase: str
    began: float
    answered_s: float | None = None
    refused: int | None = None
    ended: float = 0.0
    call_id: str = ""
    outcome: Mapping[str, Any] = field(default_factory=dict)
    spoken: tuple[Spoken, ...] = ()
    fault: str = ""

    @property
    def lost(self) -> bool:
        """Not answered though not refused, or without an end that was written down."""
        return self.refused is None and not self.outcome


async def play_at_once(
    stage: Stage, plans: Sequence[CallPlan], lanes: int, done: Callable[[Played], None]
) -> list[Played]:
    """All plans, `lanes` of them at any time."""
    lane = asyncio.Semaphore(lanes)

    async def one(plan: CallPlan) -> Played:
        async with lane:
            played = await play(stage, plan)
        done(played)
        return played

    async with desk_taken(stage):
        return await asyncio.gather(*(one(plan) for plan in plans))


async def play_on_time(
    stage: Stage, plans: Sequence[CallPlan], arrivals: Sequence[tuple[float, str]], done: Callable[[Played], None]
) -> list[Played]:
    """Each plan at its own second, whatever has become of the others; `arrivals` are (second, name of the phase)."""
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def one(plan: CallPlan, at: float, phase: str) -> Played:
        await asyncio.sleep(max(0.0, start + at - loop.time()))
        played = await play(stage, plan, phase)
        done(played)
        return played

    async with desk_taken(stage):
        planned = zip(plans, arrivals, strict=True)
        return await asyncio.gather(*(one(plan, at, phase) for plan, (at, phase) in planned))


@asynccontextmanager
async def desk_taken(stage: Stage) -> AsyncIterator[None]:
    """A registrar who takes one call after the other."""

    async def sit() -> None:
        while True:
            try:
                await answer_at_the_desk(stage)
            except Exception:
                # one telephone that fails is no reason to leave the desk empty for the rest of the run
                log.exception("The registrar's telephone failed")

    sitting = asyncio.create_task(sit())
    try:
        yield
    finally:
        sitting.cancel()
        await asyncio.gather(sitting, return_exceptions=True)


async def play(stage: Stage, plan: CallPlan, phase: str = "") -> Played:
    """One call to its end; a fault of the caller's side is told, not raised."""
    loop = asyncio.get_running_loop()
    played = Played(plan=plan, phase=phase, began=loop.time())
    try:
        known = len(stage.watch.calls)
        async with asyncio.timeout(ANSWER_S):
            phone = await stage.make_patient(plan.part.phone).dial(stage.registry)
        played.answered_s = loop.time() - played.began
        async with asyncio.timeout(ANSWER_S):
            call = await stage.watch.call_of(plan.part.phone, since=known)
        played.call_id = call.call_id
        await _converse(stage, played, phone, call)
        async with asyncio.timeout(END_S):
            played.outcome = await stage.watch.ended(call)
    except CallRefused as refused:
        played.refused = refused.code
    except TimeoutError:
        played.fault = "не дождался" if played.answered_s is not None else "не ответили"
    except Exception as error:
        # hours of other calls must not go with this one
        log.exception("A caller failed")
        played.fault = f"сбой у звонящего: {type(error).__name__}"
    played.ended = loop.time()
    return played


async def _converse(stage: Stage, played: Played, phone: PhoneCall, call: WatchedCall) -> None:
    plan = played.plan
    line = NoisyPhone(phone, NOISES[plan.noise], seed=plan.number * 1000)
    timed = TimedPhone(line, call)
    try:
        async with asyncio.timeout(CALL_S):
            await Person(plan.part, stage.voices, stage.watch).talk(timed, call)
            await timed.wait_over()
    except TimeoutError:
        played.fault = "разговор не кончается"
    finally:
        await timed.close()
        await line.close()
        with contextlib.suppress(CallRefused):
            await phone.hangup()
    played.spoken = tuple(timed.spoken)
