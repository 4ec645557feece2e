"""Tells a story over the text line or over SIP and says how it came out: the same steps and the same checks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from bot.composition.core import DEMO_CLINIC, open_core
from bot.composition.speech import open_speech
from bot.demo.run import printer
from bot.demo.stage import Stage, open_stage
from bot.demo.stories import STORIES
from bot.demo.stories.lines import SipLine, StoryFailed, TextLine
from bot.demo.stories.tale import Tale, Telling
from bot.demo.watch import CallWatch
from bot.domain.clock import JumpingClock, ManualClock
from bot.settings import Settings

log = logging.getLogger(__name__)

QUIET_S = 20.0
"""How long the exchange may take to clear the last call away."""


@asynccontextmanager
async def open_tale(settings: Settings, now: datetime, telling: Telling) -> AsyncIterator[Tale]:
    """A throwaway demo clinic at that moment, with the real understanding, in text."""
    clock = ManualClock(now)
    async with open_core(settings, clock, clinic=DEMO_CLINIC) as core:
        await core.understander.ready()
        yield Tale(core, clock, TextLine(core, telling.say), telling)


async def tell(settings: Settings, name: str, now: datetime, telling: Telling) -> dict[str, Any]:
    """The story in text. Returns its summary."""
    began = time.monotonic()
    async with open_tale(settings, now, telling) as tale:
        fault = await _fault(name, tale)
        return _summary(name, "text", telling, tale.calls, fault, began)


async def tell_by_sip(settings: Settings, name: str, now: datetime, telling: Telling) -> dict[str, Any]:
    """The story over a real Asterisk with the whole service on it. Returns its summary."""
    began = time.monotonic()
    clock = JumpingClock(settings.zone, now)
    watch = CallWatch(printer(telling.say))
    async with (
        open_speech(settings) as speech,
        open_stage(
            settings, speech, clinic=DEMO_CLINIC, simulated=False, say=telling.say, watch=watch, clock=clock
        ) as stage,
    ):
        await stage.ready()
        tale = Tale(stage.service.core, clock, SipLine(stage), telling)
        fault = await _fault(name, tale)
        channels, bridges = await _left(stage)
        summary = _summary(name, stage.line_name, telling, tale.calls, fault, began)
        clean = channels == bridges == 0
        return summary | {"right": summary["right"] and clean, "channels_left": channels, "bridges_left": bridges}


async def _fault(name: str, tale: Tale) -> str:
    """What did not come out; empty when all did."""
    try:
        await STORIES[name][1](tale)
    except StoryFailed as failed:
        return str(failed)
    except Exception as error:
        log.exception("A story broke")
        return f"история сорвалась: {error!r}"
    return ""


async def _left(stage: Stage) -> tuple[int, int]:
    """Channels and bridges that are still there when the calls are over."""
    deadline = time.monotonic() + QUIET_S
    while True:
        health = await stage.service.line.health()
        if health.channels == health.bridges == 0 or time.monotonic() > deadline:
            return health.channels, health.bridges
        await asyncio.sleep(0.2)


def _summary(name: str, line: str, telling: Telling, calls: int, fault: str, began: float) -> dict[str, Any]:
    return {
        "story": name,
        "line": line,
        "seed": telling.seed,
        "right": not fault,
        "fault": fault,
        "checks": len(telling.checks),
        "calls": calls,
        "seconds": round(time.monotonic() - began),
    }
