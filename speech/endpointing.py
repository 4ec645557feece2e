"""When the caller has begun and finished: a pure machine over 20 ms frames, one for all recognisers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias

from speech.port import FRAME_MS, Expected
from speech.unfinished import unfinished

_SILENCE_MS: Final = MappingProxyType(
    {
        Expected.YES_NO: 400,
        Expected.FREE: 700,
        Expected.DATE: 800,
        Expected.NAME: 1000,
        Expected.ADDRESS: 1000,
        Expected.DIGITS: 1200,
    }
)
_SPECULATE_MS: Final = MappingProxyType(
    {
        # earlier than the usual 200 ms: a bare "да" waits for nothing else, free speech is the longest to decode,
        # and a decode that became void is left off half-way
        Expected.YES_NO: 120,
        Expected.FREE: 140,
        Expected.DATE: 160,
        Expected.NAME: 300,
        Expected.ADDRESS: 300,
        # people group digits: an early decode between the groups would be wasted
        Expected.DIGITS: 400,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """Silences that end an utterance and the other limits, milliseconds.

    `hold_ms` is added once where the text so far sounds unfinished; `gate_lag_ms` is how late the gate
    sees an end, and is counted as silence already passed; speech shorter than `shortest_ms` and
    `click_silence_ms` of silence after it is a click.
    """

    silence_ms: Mapping[Expected, int] = field(default_factory=lambda: _SILENCE_MS)
    speculate_ms: Mapping[Expected, int] = field(default_factory=lambda: _SPECULATE_MS)
    hold_ms: int = 800
    cap_ms: int = 15000
    shortest_ms: int = 100
    click_silence_ms: int = 200
    gate_lag_ms: int = 40
    pre_roll_ms: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """Speech began at `at_ms` of the listening phase."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Silent long enough to begin decoding."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The caller speaks on after `Paused`: what was decoded is void."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The utterance is over; `start_ms` and `end_ms` are of the speech, `at_ms` of the decision."""

    start_ms: int
    end_ms: int
    at_ms: int
    capped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """It was a click, not speech."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """Nothing was said in the time given for it."""

    at_ms: int


EndpointEvent: TypeAlias = Began | Paused | Resumed | Ended | Dropped | TimedOut


class _State(Enum):
    WAITING = 1
    SPEAKING = 2
    PAUSE = 3
    OVER = 4


class Endpointer:
    """One listening phase; `feed` it every frame."""

    def __init__(self, expected: Expected, no_input_ms: int, settings: EndpointSettings | None = None) -> None:
        self._settings = settings or EndpointSettings()
        self._expected = expected
        self._no_input_ms = no_input_ms
        self._state = _State.WAITING
        self._now = 0
        self._idle_ms = 0
        self._clock_while_open = 0
        self._rejected_at = 0
        self._deaf_until = 0
        self._start = 0
        self._end = 0
        self._paused = False

    @property
    def now_ms(self) -> int:
        """Length of the phase so far."""
        return self._now

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._state is _State.SPEAKING or self._state is _State.PAUSE

    @property
    def paused(self) -> bool:
        """Whether the caller has been silent since `Paused`."""
        return self._state is _State.PAUSE and self._paused

    @property
    def speech_ms(self) -> int:
        """Length of the open utterance up to its last speech."""
        return (self._now if self._state is _State.SPEAKING else self._end) - self._start

    def feed(self, is_speech: bool, *, partial: str | None = None, clock_runs: bool = True) -> EndpointEvent | None:
        """The next frame; `clock_runs` is False while a prompt plays, and then silence is not held against anyone."""
        self._now += FRAME_MS
        if self._state is _State.WAITING:
            return self._wait(is_speech, clock_runs)
        if self._state is _State.OVER:
            return None
        if clock_runs:
            self._clock_while_open += FRAME_MS
        return self._speak(is_speech) if self._state is _State.SPEAKING else self._pause(is_speech, partial)

    def reject(self, deaf_ms: int = 600) -> None:
        """The open utterance is noise: wait on, and let the same noise not begin another at once."""
        self._idle_ms += self._clock_while_open
        self._state = _State.WAITING
        self._rejected_at = self._now
        self._deaf_until = self._now + deaf_ms

    def reopen(self) -> None:
        """The caller spoke on although the utterance had ended."""
        self._state = _State.SPEAKING
        self._paused = False

    def _wait(self, is_speech: bool, clock_runs: bool) -> EndpointEvent | None:
        if self._idle_ms >= self._no_input_ms:  # noise that never pauses is no reason to wait for ever
            self._state = _State.OVER
            return TimedOut(at_ms=self._now)
        if is_speech and self._now > self._deaf_until:
            self._state, self._paused = _State.SPEAKING, False
            self._clock_while_open = FRAME_MS if clock_runs else 0
            self._start = max(self._rejected_at, self._now - self._settings.gate_lag_ms - FRAME_MS)
            return Began(at_ms=self._start)
        if clock_runs:
            self._idle_ms += FRAME_MS
            if self._idle_ms >= self._no_input_ms:
                self._state = _State.OVER
                return TimedOut(at_ms=self._now)
        return None

    def _speak(self, is_speech: bool) -> EndpointEvent | None:
        if self._now - self._start >= self._settings.cap_ms:
            self._end = self._now
            return self._over(capped=True)
        if not is_speech:
            self._end = self._now - self._settings.gate_lag_ms
            self._state, self._paused = _State.PAUSE, False
        return None

    def _pause(self, is_speech: bool, partial: str | None) -> EndpointEvent | None:
        if is_speech:
            self._state = _State.SPEAKING
            return Resumed(at_ms=self._now) if self._paused else None
        silent = self._now - self._end
        click = self._end - self._start < self._settings.shortest_ms
        if click and silent >= self._settings.click_silence_ms:
            self.reject(deaf_ms=0)
            return Dropped(at_ms=self._now)
        if silent >= self._patience(partial):
            return self._over(capped=False)
        if not self._paused and not click and silent >= self._settings.speculate_ms[self._expected]:
            self._paused = True
            return Paused(at_ms=self._now)
        return None

    def _patience(self, partial: str | None) -> int:
        silence = self._settings.silence_ms[self._expected]
        return silence + self._settings.hold_ms if partial and unfinished(partial, self._expected) else silence

    def _over(self, *, capped: bool) -> Ended:
        self._state = _State.OVER
        return Ended(start_ms=self._start, end_ms=self._end, at_ms=self._now, capped=capped)
