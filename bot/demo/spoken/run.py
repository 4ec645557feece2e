"""`registratura accept talk` and `registratura accept morning`: the stage, the plans, the calls, the totals."""

from __future__ import annotations

import gc
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.composition.rasa import require_rasa
from bot.composition.speech import open_speech
from bot.demo.spoken.arrivals import arrivals
from bot.demo.spoken.casting import draw_plans, morning_scenarios, talk_scenarios
from bot.demo.spoken.people import draw_people, write_clinic
from bot.demo.spoken.plan import CallPlan
from bot.demo.spoken.report import line_of, morning_figures, talk_figures, transcript
from bot.demo.spoken.runner import Played, play_at_once, play_on_time
from bot.demo.spoken.scenarios import STRANGERS
from bot.demo.spoken.scoring import Scored, score
from bot.demo.stage import Stage, open_stage
from bot.demo.watch import CallWatch
from bot.domain.clock import SystemClock
from bot.settings import OutboundSettings, Settings, load_settings

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A run of calls whose outcome is scored: of `of` planned ones those from `first` on, `lanes` at once."""

    seed: int
    of: int
    first: int
    calls: int
    lanes: int
    engine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """A morning: `calls` within `minutes`, then the same rate threefold; a part `spam` of the calls are pitches."""

    seed: int
    calls: int
    minutes: float
    burst_minutes: float
    spam: float
    engine: str


async def run_talk(talk: Talk, say: Say) -> dict[str, Any]:
    """Figures of the spoken calls; needs Asterisk."""
    dice = random.Random(talk.seed)
    drawn = talk_scenarios(talk.of)
    dice.shuffle(drawn)
    chosen = drawn[talk.first : talk.first + talk.calls]
    async with _open(talk.engine, chosen, dice, say) as (stage, plans):
        played = await play_at_once(stage, plans, talk.lanes, _teller(say, len(plans)))
        scored = await _scored(stage, played, say)
        return _head("talk", talk.seed, talk.engine, stage) | talk_figures(scored) | {"first": talk.first}


async def run_morning(morning: Morning, say: Say) -> dict[str, Any]:
    """Figures of a morning; needs Asterisk and as long as the morning lasts."""
    dice = random.Random(morning.seed)
    times = arrivals(morning.calls, morning.minutes, morning.burst_minutes, dice)
    drawn = morning_scenarios(len(times), morning.spam, dice)
    async with _open(morning.engine, drawn, dice, say) as (stage, plans):
        played = await play_on_time(stage, plans, times, _teller(say, len(plans)))
        scored = await _scored(stage, played, say)
        asked = {"minutes": morning.minutes, "burst_minutes": morning.burst_minutes, "spam": morning.spam}
        return _head("morning", morning.seed, morning.engine, stage) | asked | morning_figures(scored)


@asynccontextmanager
async def _open(
    engine: str, drawn: Sequence[tuple[str, str]], dice: random.Random, say: Say
) -> AsyncIterator[tuple[Stage, list[CallPlan]]]:
    """The service over a clinic with these people in it, ready, and their plans."""
    people = draw_people([name for name, _ in drawn], dice, STRANGERS)
    with tempfile.TemporaryDirectory(prefix="registratura-accept-") as folder:
        settings = _settings(Path(folder), engine)
        if engine == "rasa":
            await require_rasa(settings.nlu, SystemClock(settings.zone))
        clinic = write_clinic(Path(folder), people)
        async with (
            open_speech(settings) as speech,
            open_stage(settings, speech, clinic=clinic, simulated=False, say=say, watch=CallWatch()) as stage,
        ):
            await stage.ready()
            plans = await draw_plans(stage.service.core, people, [noise for _, noise in drawn], dice)
            gc.freeze()
            yield stage, plans


def _settings(folder: Path, engine: str) -> Settings:
    settings = load_settings(data=folder, outbound=OutboundSettings(enabled=False))
    return settings.model_copy(
        update={
            "page": settings.page.model_copy(update={"port": 0}),
            "nlu": settings.nlu.model_copy(update={"engine": engine}),
        }
    )


def _teller(say: Say, calls: int) -> Callable[[Played], None]:
    done = 0

    def tell(played: Played) -> None:
        nonlocal done
        done += 1
        outcome = played.outcome.get("outcome") or played.fault or f"отказ {played.refused}"
        say(f"{done}/{calls} {played.plan.scenario} {played.plan.noise}: {outcome}")

    return tell


async def _scored(stage: Stage, played: Sequence[Played], say: Say) -> list[Scored]:
    scored = await score(stage, played)
    for one in scored:
        for line in (line_of(one), *(() if one.verdict.right else transcript(one))):
            say(line)
    return scored


def _head(what: str, seed: int, engine: str, stage: Stage) -> dict[str, Any]:
    recognizer = stage.service.speech.recognizer.capabilities.name
    return {"spoken": what, "seed": seed, "engine": engine, "recognizer": recognizer, "line": stage.line_name}
