"""`registratura bench nlu`: time per utterance, memory, start, on the shipped phrases or a file of utterances."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.nlu.pipeline import interpret_ranked
from dialogs.nlu.training import load_examples
from dialogs.port import NluContext, State

_SAMPLE_STEP = 7


def bench_nlu(*, cache: Path | None = None, texts: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """Measure the embedded engine behind the whole pipeline.

    `texts` are (text, state); by default every seventh training phrase in the state `open`. Returns engine name,
    `start_seconds` (import excluded), `utterances`, `p50_ms`, `p95_ms`, `max_ms`, `rss_mb` (peak of the process).
    """
    engine = EmbeddedEngine(cache=cache)
    utterances = list(texts) or [(example.text, State.OPEN) for example in load_examples()[::_SAMPLE_STEP]]
    now = datetime.now(UTC)
    interpret_ranked("запишите к терапевту на завтра в девять", NluContext(state=State.OPEN, now=now), engine.rank_now)
    spent = sorted(_milliseconds(engine, text, state, now) for text, state in utterances)
    return {
        "engine": engine.name,
        "embeddings": engine.capabilities.embeddings,
        "start_seconds": round(engine.start_seconds, 2),
        "utterances": len(spent),
        "p50_ms": round(statistics.median(spent), 2),
        "p95_ms": round(spent[int(0.95 * (len(spent) - 1))], 2),
        "max_ms": round(spent[-1], 2),
        "rss_mb": round(_peak_megabytes()),
    }


def _milliseconds(engine: EmbeddedEngine, text: str, state: str, now: datetime) -> float:
    started = time.perf_counter()
    interpret_ranked(text, NluContext(state=state, now=now), engine.rank_now)
    return (time.perf_counter() - started) * 1000


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024
