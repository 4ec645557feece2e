"""Ports of speech: what the rest of the house may know of recognisers, voices and detectors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

FRAME_MS = 20
RATE = 8000
FRAME_BYTES = RATE * FRAME_MS // 1000 * 2
"""One frame everywhere in the house: 20 ms of 16-bit little-endian mono PCM at 8 kHz, 320 bytes."""


class SpeechError(Exception):
    """Root of the errors of speech."""

    retryable = False


class RecognizerUnavailable(SpeechError):
    """The recogniser cannot take this utterance now (pool full, deadline passed, worker dead)."""

    retryable = True


class VoiceUnavailable(SpeechError):
    """The voice cannot speak now; the next voice should."""

    retryable = True


class Expected(StrEnum):
    """What the dialog waits for: chooses grammar, endpoint silence and hints."""

    FREE = "free"
    YES_NO = "yes_no"
    DATE = "date"
    NAME = "name"
    DIGITS = "digits"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizerCapabilities:
    """What an engine can do, asked instead of `isinstance`."""

    name: str
    streaming: bool
    grammar: bool
    biasing: bool
    native_rate: int
    confidence: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AsrContext:
    """One utterance to come: whose it is, what is expected, and until when an answer helps."""

    call_id: str
    expected: Expected = Expected.FREE
    hints: tuple[str, ...] = ()
    deadline_ms: int = 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class AsrResult:
    """Recognised text; `failure` is a reason (`late`, `busy`, `crashed`) and then `text` is empty."""

    text: str
    confidence: float
    no_speech: float = 0.0
    engine: str = ""
    decode_ms: float = 0.0
    wait_ms: float = 0.0
    failure: str | None = None


class AsrStream(Protocol):
    """One utterance being recognised. `push` never blocks; non-streaming engines only buffer."""

    def push(self, frame: bytes) -> None:
        """Add one 20 ms frame (PCM16, 8 kHz)."""

    def partial(self) -> str | None:
        """The words so far, None where the engine has no partials."""

    def speculate(self) -> None:
        """Begin decoding what is there: the caller has been silent for a moment."""

    def discard(self) -> None:
        """The caller speaks on: the speculation is void."""

    async def finalise(self) -> AsrResult:
        """The text, from the speculation where nothing but silence followed.

        Never raises and never comes later than the deadline.
        """

    def close(self) -> None:
        """Free the stream; safe at any time and twice."""


class Recognizer(Protocol):
    """A pool of recognition workers."""

    @property
    def capabilities(self) -> RecognizerCapabilities: ...

    async def start(self) -> None:
        """Load models and warm up, off the event loop."""

    def open(self, context: AsrContext) -> AsrStream: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How to speak: engine's voice name, rate (1.0 is normal), pitch (1.0 is normal), volume (1.0)."""

    name: str = "Irina"
    rate: float = 1.0
    pitch: float = 1.0
    volume: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesizerCapabilities:
    """What a voice engine can do."""

    name: str
    streaming: bool
    voices: tuple[str, ...] = field(default=())


class Synthesizer(Protocol):
    """Text to PCM16 8 kHz. Chunks come as they are made, any length (whole samples)."""

    @property
    def capabilities(self) -> SynthesizerCapabilities: ...

    async def start(self) -> None: ...

    def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Raises VoiceUnavailable before the first chunk if it cannot speak at all."""

    async def close(self) -> None: ...


class SpeechGate(Protocol):
    """The cheap inline detector, one a call: a few microseconds a frame."""

    def is_speech(self, frame: bytes) -> bool: ...

    def reset(self) -> None: ...


class VoiceActivityDetector(Protocol):
    """The costly detector, pooled outside the loop: confirms that a stretch holds speech."""

    async def start(self) -> None: ...

    async def speech_probability(self, pcm: bytes) -> float:
        """Highest mean probability over any 160 ms of the stretch, 0..1; 1.0 where the pool is late (fail open)."""

    async def close(self) -> None: ...
