"""Listens to the recordings of a demo: does the bot's side, recognised, give the prompts that were written down?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.calls.marks import unmarked
from bot.domain.call import CallRecord, Speaker
from dialogs.slots.tokens import tokenize
from speech import pcm
from speech.bench import word_errors
from speech.files import pieces, recognise
from speech.port import RATE, Recognizer

QUIET_RMS = 60.0
PAUSE_MS = 500
_STEP = RATE // 50


async def bot_side(calls: Iterable[CallRecord], recognizer: Recognizer) -> dict[str, Any]:
    """Word error rate over all calls that no registrar joined (the right channel then holds the bot alone)."""
    errors = words = heard_calls = 0
    for call in calls:
        if not call.recording or any(turn.speaker is Speaker.REGISTRAR for turn in call.turns):
            continue
        _, right = await asyncio.to_thread(pcm.read_channels, Path(call.recording))
        heard = " ".join([await recognise(recognizer, phrase) for phrase in phrases(right)])
        said = plain(" ".join(unmarked(turn.text) for turn in call.turns if turn.speaker is Speaker.BOT))
        errors += word_errors(said, plain(heard))
        words += len(said)
        heard_calls += 1
    return {"calls": heard_calls, "words": words, "wer": round(errors / words, 3) if words else None}


def plain(text: str) -> list[str]:
    """Words with numbers as figures: a recogniser writes «24 ноября», the prompt says it in words."""
    return [
        word
        for token in tokenize(text)
        if token.kind != "stop"
        for word in (token.parts if token.kind == "num" else token.text.split("-"))
    ]


def phrases(sound: bytes) -> Sequence[bytes]:
    """The stretches between pauses, none longer than an engine takes at once."""
    samples = np.frombuffer(sound, dtype="<i2").astype(np.float64)
    steps = samples[: len(samples) // _STEP * _STEP].reshape(-1, _STEP)
    loud = np.sqrt((steps**2).mean(axis=1)) >= QUIET_RMS
    found: list[bytes] = []
    start = quiet = -1
    for at, is_loud in enumerate([*loud, *[False] * (PAUSE_MS // 20 + 1)]):
        if is_loud:
            start, quiet = (at if start < 0 else start), -1
            continue
        quiet = at if quiet < 0 else quiet
        if start >= 0 and (at - quiet) * 20 >= PAUSE_MS:
            begin, end = max(0, start - 5) * _STEP * 2, (quiet + 10) * _STEP * 2
            found += pieces(sound[begin:end])
            start = -1
    return found
