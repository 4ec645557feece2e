"""What a listening phase is asked for and what it tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from speech.endpointing import EndpointSettings
from speech.port import AsrResult, Expected


class BargeIn(StrEnum):
    """What the caller's voice may do to a prompt that plays."""

    ALLOWED = "allowed"
    """Ducks it at once and stops it when the speech is confirmed."""
    DUCK_ONLY = "duck_only"
    """Ducks it; the words are heard, the prompt goes on."""
    MUST_BE_HEARD = "must_be_heard"
    """Nothing: listening begins when the prompt is over."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenRequest:
    """One listening phase: whose, what is expected, for how long, and whether a prompt plays over it."""

    call_id: str
    expected: Expected = Expected.FREE
    hints: tuple[str, ...] = ()
    no_input_ms: int = 6000
    barge_in: BargeIn = BargeIn.ALLOWED
    prompt_playing: Callable[[], bool] = _never
    deadline_ms: int = 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenSettings:
    """`confirm_ms` of speech over a prompt are put to the detector; `stop_at` is what stops the prompt.

    Below `noise_below` a stretch is noise even when nothing plays; faint speech lies above it.
    An empty text with a no-speech probability above `no_speech_above` is noise too.
    """

    endpoint: EndpointSettings = field(default_factory=EndpointSettings)
    confirm_ms: int = 400
    stop_at: float = 0.5
    noise_below: float = 0.15
    no_speech_above: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """A voice, perhaps: duck the prompt now. `at_ms` is the onset, `delay_ms` how late it was seen."""

    at_ms: int
    delay_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechConfirmed:
    """Words, certainly: stop the prompt."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRejected:
    """It was noise: raise the prompt again; listening goes on."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsSoFar:
    """What has been recognised of an utterance that is not over: partials, or an early decode in a pause.

    `paused`: the caller is silent, and if he stays so these are all the words.
    """

    text: str
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTimings:
    """Milliseconds. The first three count from the start of the phase.

    `total_ms` is from the end of speech to the text in hand, `beyond_ms` the part of it past the
    silence that the state waits for (with its hold-on, if it was held).
    """

    speech_start_ms: int
    speech_end_ms: int
    endpoint_ms: int
    decode_ms: float
    wait_ms: float
    total_ms: float
    beyond_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What the caller said; empty text is speech that was not understood, or `result.failure`."""

    text: str
    result: AsrResult
    timings: TurnTimings


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInput:
    """The caller said nothing in the time given."""

    at_ms: int


ListenEvent: TypeAlias = SpeechStarted | SpeechConfirmed | SpeechRejected | WordsSoFar | Utterance | NoInput
