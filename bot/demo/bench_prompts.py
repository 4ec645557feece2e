"""Finding a prompt in what the caller heard, and how loud it was there, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from speech import pcm
from speech.port import FRAME_BYTES, FRAME_MS, RATE

Floats = npt.NDArray[np.float64]

_KEY_MS: Final = 240
"""How much of a prompt is looked for."""
_ALIKE: Final = 0.9
_VOICED_DB: Final = -50.0
"""Frames of the prompt from which its loudness can be told."""
_FRAME_SAMPLES: Final = RATE * FRAME_MS // 1000
_BYTES_PER_MS: Final = RATE * 2 // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A prompt as it was heard. `at_ms` is its place in what was heard, `gains` how loud each voiced frame was.

    Keys of `gains` are milliseconds from the prompt's start, values 1.0 as rendered, less when it was ducked, about 0
    after it was stopped.
    """

    at_ms: float
    gains: dict[int, float]

    def voiced(self) -> list[tuple[float, float]]:
        """Every voiced frame: its place in what was heard, in milliseconds, and its gain."""
        return [(self.at_ms + at, gain) for at, gain in self.gains.items()]


def quieter(
    frames: Sequence[tuple[float, float]], gain: float, from_ms: float, *, frames_long: int = 2
) -> float | None:
    """Where `frames` (places and gains) had been heard for the last time before they became, and stayed, quieter.

    None if they never did. The place is the end of the last louder frame: whoever begins to speak in a pause of the
    prompt hears nothing of it until its next word, which is quieter or not.
    """
    later = [(at, value) for at, value in frames if at >= from_ms]
    for place in range(len(later) - frames_long + 1):
        if max(value for _, value in later[place : place + frames_long]) < gain:
            return later[place - 1][0] + FRAME_MS if place else from_ms
    return None


def follow(prompt: bytes, heard: bytes, *, from_ms: float = 0.0) -> Followed | None:
    """The prompt in `heard` (both PCM16, 8 kHz), searched from there on; None when it was not heard."""
    from_ms = max(0.0, from_ms)
    said, ear = _floats(pcm.alaw_decode(pcm.alaw_encode(prompt))), _floats(heard)
    start = _first_voiced(prompt)
    key = said[start : start + _KEY_MS * RATE // 1000]
    searched = ear[int(from_ms) * RATE // 1000 :]
    if start < 0 or len(searched) < len(key):
        return None
    likeness = _likeness(key, searched)
    best = int(np.argmax(likeness > _ALIKE)) if bool((likeness > _ALIKE).any()) else -1
    if best < 0:
        return None
    # the first place above the limit may be a sample before the top
    best += int(np.argmax(likeness[best : best + _FRAME_SAMPLES]))
    offset = int(from_ms) * RATE // 1000 + best - start
    return Followed(at_ms=offset * 1000 / RATE, gains=_gains(said, ear, offset))


def _gains(said: Floats, ear: Floats, offset: int) -> dict[int, float]:
    found: dict[int, float] = {}
    for at in range(0, len(said) - _FRAME_SAMPLES + 1, _FRAME_SAMPLES):
        own = said[at : at + _FRAME_SAMPLES]
        if _level(own) < _VOICED_DB or offset + at < 0:
            continue
        there = ear[offset + at : offset + at + _FRAME_SAMPLES]
        there = np.pad(there, (0, _FRAME_SAMPLES - len(there)))
        found[at * 1000 // RATE] = float(own.dot(there) / own.dot(own))
    return found


def _likeness(key: Floats, ear: Floats) -> Floats:
    """Correlation of the key with every place of `ear`, 1.0 for the same sound at any loudness."""
    size = 1 << (len(key) + len(ear)).bit_length()
    product = np.fft.irfft(np.fft.rfft(ear, size) * np.conj(np.fft.rfft(key, size)), size)
    places = len(ear) - len(key) + 1
    total = np.concatenate(([0.0], np.cumsum(ear * ear)))
    energy = np.maximum(total[len(key) :] - total[:places], 1.0)
    likeness: Floats = product[:places] / np.sqrt(energy * max(1.0, float(key.dot(key))))
    return likeness


def _first_voiced(prompt: bytes) -> int:
    """Sample at which the prompt's first voiced frame begins; -1 for a silent one."""
    for at, frame in enumerate(pcm.frames(prompt)):
        if pcm.level_db(frame) >= _VOICED_DB:
            return at * FRAME_BYTES // 2
    return -1


def _floats(sound: bytes) -> Floats:
    return pcm.to_samples(sound).astype(np.float64)


def _level(frame: Any) -> float:
    return pcm.level_db(frame.astype("<i2").tobytes())


def line_noise(pieces: Sequence[tuple[str, float, float]], seed: int) -> bytes:
    """White or pink noise in the telephone band, PCM16; pieces of (kind, dB of full scale, seconds)."""
    return b"".join(_noise(kind, level_db, seconds, seed + at) for at, (kind, level_db, seconds) in enumerate(pieces))


def _noise(kind: str, level_db: float, seconds: float, seed: int) -> bytes:
    count = int(seconds * RATE)
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    if kind == "pink":
        spectrum = spectrum / np.sqrt(np.maximum(hertz, 20.0))
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    noise = np.fft.irfft(spectrum, count)
    return pcm.from_floats(noise / float(np.sqrt(np.mean(noise**2))) * 10 ** (level_db / 20) * 32768)
