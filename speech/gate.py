"""The inline speech gate: WebRTC's detector, an adaptive energy floor, and 3 of 4 frames.

A few microseconds a 20 ms frame. The detector alone fires on line noise; the floor alone is deaf to soft starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import webrtcvad

from speech import pcm
from speech.port import RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """Levels are dB of full scale.

    A frame is speech when WebRTC says so and it is `margin_db` above the noise floor and above `quietest_db`.
    """

    mode: int = 3
    margin_db: float = 9.0
    quietest_db: float = -50.0
    first_floor_db: float = -58.0
    highest_floor_db: float = -30.0
    window: int = 4
    needed: int = 3


class WebrtcGate:
    """One call's gate."""

    def __init__(self, settings: GateSettings | None = None) -> None:
        self._settings = settings or GateSettings()
        self._detector = webrtcvad.Vad(self._settings.mode)
        self._recent = 0
        self._window = (1 << self._settings.window) - 1
        self._floor = self._settings.first_floor_db

    @property
    def floor_db(self) -> float:
        """The line's noise as estimated now."""
        return self._floor

    def is_speech(self, frame: bytes) -> bool:
        """Whether speech goes on at this 20 ms frame, seen 40 ms late at its start and its end."""
        settings = self._settings
        level = pcm.level_db(frame)
        loud = level > self._floor + settings.margin_db and level > settings.quietest_db
        self._adapt(level)
        speech = loud and self._detector.is_speech(frame, RATE)
        # the last frames as bits, the newest lowest
        self._recent = (self._recent << 1 | speech) & self._window
        return self._recent.bit_count() >= settings.needed

    def _adapt(self, level: float) -> None:
        """The floor falls within a tenth of a second and rises about 3 dB a second, slower than words end."""
        above = level - self._floor
        if above < 0:
            self._floor += 0.2 * above
        else:
            rise = 0.01 * (above if above < 6.0 else 6.0)
            self._floor = min(self._floor + rise, self._settings.highest_floor_db)

    def reset(self) -> None:
        """A new stretch of listening on the same line: keep the floor, forget the frames."""
        self._recent = 0
