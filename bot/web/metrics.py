"""Counts since the start of this process, taken from the live events."""

from __future__ import annotations

import asyncio
import logging
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from bot.domain.events import CallEnded, CallStarted, LiveEvent, TurnTaken
from bot.web.deps import DEPS
from bot.web.ports import EventFeed

log = logging.getLogger(__name__)

BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 1.5, 2.5, 5.0)
PAUSE_SECONDS = 1.0


class StageTimes:
    """A Prometheus histogram of one stage, in seconds."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BUCKETS_S) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """Add one measured time."""
        self._counts[bisect_left(BUCKETS_S, seconds)] += 1
        self._sum += seconds

    def lines(self, name: str, labels: str) -> list[str]:
        """The histogram in exposition format."""
        lines, total = [], 0
        for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), self._counts, strict=True):
            total += count
            lines.append(f'{name}_bucket{{{labels},le="{bound}"}} {total}')
        return [*lines, f"{name}_sum{{{labels}}} {self._sum:.6f}", f"{name}_count{{{labels}}} {total}"]


class Metrics:
    """What the live events add up to."""

    def __init__(self) -> None:
        self._started: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._stages: dict[str, StageTimes] = {}

    def observe(self, event: LiveEvent) -> None:
        """Count one event."""
        if isinstance(event, CallStarted):
            self._started[_label(event.direction)] += 1
        elif isinstance(event, CallEnded):
            self._outcomes[_label(str(event.outcome.get("outcome", "unknown")))] += 1
        elif isinstance(event, TurnTaken):
            for stage, milliseconds in event.timings.items():
                self._stages.setdefault(_label(stage), StageTimes()).observe(milliseconds / 1000)

    def text(self, *, live_calls: int) -> str:
        """The exposition, in format 0.0.4."""
        lines = [*_head("live_calls", "gauge", "Calls that go on now."), f"registratura_live_calls {live_calls}"]
        lines += _head("calls_started_total", "counter", "Calls begun, by direction.")
        lines += [f'registratura_calls_started_total{{direction="{k}"}} {n}' for k, n in sorted(self._started.items())]
        lines += _head("calls_total", "counter", "Calls ended, by outcome.")
        lines += [f'registratura_calls_total{{outcome="{k}"}} {n}' for k, n in sorted(self._outcomes.items())]
        lines += _head("turn_seconds", "histogram", "Time of a turn, by stage.")
        for stage, times in sorted(self._stages.items()):
            lines += times.lines("registratura_turn_seconds", f'stage="{stage}"')
        return "\n".join(lines) + "\n"


METRICS = web.AppKey("metrics", Metrics)


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP registratura_{name} {text}", f"# TYPE registratura_{name} {kind}"]


def _label(value: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", value.lower())[:40]


async def keep_counting(app: web.Application) -> AsyncIterator[None]:
    """Follow the events while the application runs."""
    task = asyncio.create_task(follow(app[DEPS].events, app[METRICS], asyncio.sleep))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def follow(feed: EventFeed, metrics: Metrics, pause: Callable[[float], Awaitable[None]]) -> None:
    """Count every event; when the feed fails, try again after a pause, for ever."""
    while True:
        try:
            async for item in feed.subscribe(None):
                metrics.observe(item.event)
        except Exception as error:
            log.warning("metrics wait for live events", extra={"error": type(error).__name__})
        await pause(PAUSE_SECONDS)
