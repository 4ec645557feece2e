"""Hold music that anybody may use: a slow arpeggio computed here, so that no recording has to be licensed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from speech.pcm import from_floats, write_wav
from telephony.audio import RATE

_CHORDS: Final = ((220.0, 261.63, 329.63, 440.0), (174.61, 220.0, 261.63, 349.23),
                  (196.0, 246.94, 293.66, 392.0), (164.81, 196.0, 246.94, 329.63))  # fmt: skip
_NOTE_S: Final = 0.6
_RING_S: Final = 2.4
_LEVEL: Final = 0.11


def melody() -> bytes:
    """About twenty seconds of PCM16 at 8 kHz that joins its own beginning without a click."""
    notes = [hz for chord in _CHORDS * 2 for hz in (*chord, chord[2])]
    length = int(len(notes) * _NOTE_S * RATE)
    sound = np.zeros(length)
    for at, hz in enumerate(notes):
        start = int(at * _NOTE_S * RATE)
        index = (start + np.arange(int(_RING_S * RATE))) % length
        sound[index] += _note(hz)
    return from_floats(sound * 32767)


def _note(hz: float) -> npt.NDArray[np.float64]:
    time = np.arange(int(_RING_S * RATE)) / RATE
    attack = np.minimum(time / 0.02, 1.0)
    tone = np.sin(2 * np.pi * hz * time) + 0.3 * np.sin(4 * np.pi * hz * time)
    return np.asarray(_LEVEL * attack * np.exp(-time * 2.2) * tone)


def ensure(directory: Path) -> None:
    """Asterisk refuses a music class without files, so one is written if the folder has none."""
    directory.mkdir(parents=True, exist_ok=True)
    if not any(directory.iterdir()):
        write_wav(directory / "hold.wav", melody())
