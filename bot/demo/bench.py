"""`registratura bench turn`: synthesised callers over real SIP, the pause measured at their telephones."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from bot.composition.core import DEMO_CLINIC
from bot.composition.speech import open_speech
from bot.demo.bench_barge import bench_barge_in, bench_noise
from bot.demo.bench_calls import converse, draw_parts
from bot.demo.bench_figures import Measured, against, by_state, measure, stages_of, yes_no
from bot.demo.bench_vosk import bench_vosk
from bot.demo.person import Part
from bot.demo.stage import Stage, open_stage
from bot.demo.watch import CallWatch
from bot.settings import OutboundSettings, Settings, load_settings
from speech.bench import percentiles

BARGE_INS: Final = 24
NOISE_S: Final = 60.0
_CASTS: Final = 4


async def bench_turn(*, turns: int, seed: int) -> dict[str, Any]:
    """Figures of at least `turns` turns, of barge-in, of a minute of noise and of Vosk; milliseconds.

    Needs Asterisk (`make system`). Progress goes to the standard error.
    """
    load = os.getloadavg()[0]
    tell("Vosk…")
    vosk = await bench_vosk()
    with tempfile.TemporaryDirectory(prefix="registratura-bench-") as folder:
        settings = _settings(Path(folder))
        async with (
            open_speech(settings) as speech,
            open_stage(settings, speech, clinic=DEMO_CLINIC, simulated=False, say=tell, watch=CallWatch()) as stage,
        ):
            await stage.ready()
            parts = await _drawn(stage, seed)
            measured, lost = await _turns(stage, cycle(parts), turns)
            tell("Перебивают робота…")
            barge_in = await bench_barge_in(stage, parts[::-1], BARGE_INS, seed)
            tell("Шум на линии…")
            noise = await bench_noise(stage, parts[0], NOISE_S, seed)
            line = stage.line_name
    return {
        "line": line,
        "seed": seed,
        "turns": len(measured),
        "not_measured": lost,
        "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
        "targets": _targets(measured, barge_in, noise, vosk),
        "overall": stages_of(measured),
        "states": by_state(measured),
        "barge_in": barge_in,
        "noise": noise,
        "vosk": vosk,
    }


def _settings(folder: Path) -> Settings:
    settings = load_settings(data=folder, outbound=OutboundSettings(enabled=False))
    return settings.model_copy(update={"page": settings.page.model_copy(update={"port": 0})})


async def _drawn(stage: Stage, seed: int) -> list[Part]:
    """All the callers, drawn before the first visit is booked: who has a visit is not drawn for another."""
    return [part for number in range(_CASTS) for part in await draw_parts(stage, seed + number)]


async def _turns(stage: Stage, parts: Iterable[Part], wanted: int) -> tuple[list[Measured], int]:
    """Calls until enough turns are measured; also how many answers were not heard as one utterance."""
    measured: list[Measured] = []
    lost = 0
    for part in parts:
        phone, record = await converse(stage, part)
        # what is said after the bot's goodbye is answered by nobody
        answered = [spoken for spoken in phone.spoken if spoken.question < record.turns[-1].number]
        found = [measure(spoken, record) for spoken in answered]
        measured += [one for one in found if one is not None]
        lost += found.count(None)
        tell(f"Реплик: {len(measured)} из {wanted}")
        if len(measured) >= wanted:
            break
    return measured, lost


def _targets(
    measured: list[Measured], barge_in: dict[str, Any], noise: dict[str, Any], vosk: dict[str, Any]
) -> dict[str, Any]:
    stages = stages_of(measured)
    quick = percentiles([turn.stages["whole"] for turn in yes_no(measured)])
    return {
        "beyond_silence_p50": against(stages["beyond_silence"]["p50"], 150),
        "beyond_silence_p95": against(stages["beyond_silence"]["p95"], 350),
        "rest_p95": against(stages["rest"]["p95"], 60),
        "yes_no_whole_p50": against(quick["p50"], 600),
        "ducked_p95": against(barge_in["ducked_ms"]["p95"], 250),
        "false_stops": against(noise["false_stops"] + noise["false_turns"], 0),
        "vosk_after_endpoint_p95": against(vosk["after_endpoint_ms"]["p95"], 150),
    }


def tell(text: str) -> None:
    """A line of progress."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
