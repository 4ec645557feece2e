"""How loud: more of it without clipping, and one sound as loud as another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from speech import pcm
from speech.port import FRAME_BYTES, RATE

Gains = npt.NDArray[np.float64]

CEILING = 0.89
"""No sample is made higher than this part of full scale (1 dB below it)."""
_AHEAD = RATE // 100
"""Samples by which a peak is foreseen: 10 ms, which the sound comes later."""
_QUIETER_DB = 30.0
"""Frames so far below the loudest one are pauses."""
_SILENT_DB = -60.0
_MOST_DB = 24.0
"""A recording that differs by more is faulty, and noise must not be blown up into speech."""


class Limiter:
    """Live PCM16 made louder: peaks are turned down for a moment instead of being cut off."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._waiting = np.zeros(_AHEAD, dtype=np.float64)
        self._gains = np.ones(_AHEAD, dtype=np.float64)
        self._lead = _AHEAD

    def push(self, sound: bytes) -> bytes:
        """The next piece, any number of whole samples; what comes out is 10 ms behind."""
        if not sound:
            return b""
        fresh = pcm.to_samples(sound).astype(np.float64) * self._factor
        samples = np.concatenate((self._waiting, fresh))
        ready = len(samples) - _AHEAD
        allowed = np.minimum(1.0, CEILING * 32768.0 / np.maximum(np.abs(samples), 1.0))
        # the lowest gain that any of the next 10 ms needs, averaged over the last 10 ms: never above any of them
        history = np.concatenate((self._gains, _lowest(allowed, _AHEAD + 1)))
        gains = _average(history, _AHEAD + 1)
        self._waiting, self._gains = samples[ready:], history[-_AHEAD:]
        skipped, self._lead = min(self._lead, ready), max(0, self._lead - ready)
        return pcm.from_floats((samples[:ready] * gains)[skipped:])

    def flush(self) -> bytes:
        """The rest."""
        return self.push(pcm.silence(_AHEAD * 1000 // RATE))


def _lowest(values: Gains, span: int) -> Gains:
    """The lowest of each `span` neighbours, in one pass: from both ends of blocks of that length."""
    count, blocks = len(values) - span + 1, -(-len(values) // span)
    padded = np.ones(blocks * span)
    padded[: len(values)] = values
    grid = padded.reshape(blocks, span)
    from_start = np.minimum.accumulate(grid, axis=1).ravel()
    to_end = np.minimum.accumulate(grid[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.minimum(to_end[:count], from_start[span - 1 : span - 1 + count])


def _average(values: Gains, span: int) -> Gains:
    """The mean of each `span` neighbours, in one pass."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    return (total[span:] - total[:-span]) / span


def louder(sound: bytes, factor: float) -> bytes:
    """A whole sound `factor` times as loud, its peaks held below full scale; softer where the factor is below one."""
    if factor <= 1.0 or not sound:
        return pcm.gain(sound, factor)
    limiter = Limiter(factor)
    return limiter.push(sound) + limiter.flush()


def factor_of(db: float) -> float:
    """How many times as loud so many decibels are."""
    return float(10.0 ** (db / 20.0))


def speech_level_db(sound: bytes) -> float:
    """Loudness of the words alone, without the pauses between them, in dB below full scale; -96 for silence."""
    levels = [pcm.level_db(frame) for frame in pcm.frames(sound)]
    border = max(max(levels, default=_SILENT_DB) - _QUIETER_DB, _SILENT_DB)
    spoken = b"".join(
        sound[at * FRAME_BYTES : (at + 1) * FRAME_BYTES] for at, level in enumerate(levels) if level > border
    )
    return pcm.level_db(spoken)


def matched(sound: bytes, level_db: float) -> bytes:
    """The sound with its words at this level."""
    difference = level_db - speech_level_db(sound)
    return louder(sound, factor_of(max(-_MOST_DB, min(_MOST_DB, difference))))
