"""Sound that is like speech and says nothing: recognisers walk their graphs over it before the first caller comes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from speech import pcm
from speech.port import RATE

_SYLLABLE_S: Final = 0.18
_LOUDEST: Final = 8000.0
_PITCH_HZ: Final = 120.0
_FORMANTS_HZ: Final = ((250, 850), (800, 2300), (2300, 3200))
_BANDWIDTHS_HZ: Final = (80, 120, 180)
_CONSONANT: Final = 0.35
"""Part of a syllable that is noise."""


def babble(seconds: float) -> bytes:
    """Syllables of a hiss and a vowel, as 16-bit samples; the same ones every time."""
    dice = np.random.default_rng(3)
    syllables = [_syllable(dice) for _ in range(max(1, round(seconds / _SYLLABLE_S)))]
    return pcm.from_floats(np.concatenate(syllables) * _LOUDEST)


def _syllable(dice: np.random.Generator) -> Any:
    time = np.arange(int(_SYLLABLE_S * RATE)) / RATE
    formants = [dice.uniform(*between) for between in _FORMANTS_HZ]
    vowel = sum(
        _resonance(pitch, formants) * np.sin(2 * np.pi * pitch * time)
        for pitch in np.arange(_PITCH_HZ, RATE / 2, _PITCH_HZ)
    )
    sound = vowel / np.abs(vowel).max() * np.hanning(len(time))
    hiss = int(len(time) * _CONSONANT)
    sound[:hiss] = sound[:hiss] * 0.2 + dice.normal(0, 0.1, hiss)
    return np.clip(sound, -1, 1)


def _resonance(frequency: float, formants: list[float]) -> float:
    """How loud a mouth with these formants lets the harmonic out."""
    return sum(
        1 / (1 + ((frequency - peak) / width) ** 2) for peak, width in zip(formants, _BANDWIDTHS_HZ, strict=True)
    )
