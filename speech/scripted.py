"""Twins in memory: a recogniser that says what it was told, a voice of tones, a detector and a gate by loudness."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from speech import pcm
from speech.port import (
    FRAME_MS,
    AsrContext,
    AsrResult,
    AsrStream,
    RecognizerCapabilities,
    SynthesizerCapabilities,
    Voice,
    VoiceUnavailable,
)

_ENGINE = "scripted"
_MS_A_LETTER = 60


def heard(text: str, confidence: float = 0.95) -> AsrResult:
    """A result as an engine would give it; empty text is noise."""
    return AsrResult(text=text, confidence=confidence if text else 0.0, no_speech=0.0 if text else 1.0, engine=_ENGINE)


class ScriptedRecognizer:
    """Answers every utterance with the next line; a line may be a text, a whole result, or none (noise).

    `partials` makes it a streaming engine whose words arrive one by one as frames come.
    """

    def __init__(
        self,
        lines: Iterable[str | AsrResult] = (),
        *,
        partials: bool = False,
        frames_a_word: int = 15,
        decode_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._lines = list(lines)
        self._partials = partials
        self.frames_a_word = frames_a_word
        self.decode_s = decode_s
        self.contexts: list[AsrContext] = []
        self.decodes = 0
        self.open_streams = 0

    @property
    def capabilities(self) -> RecognizerCapabilities:
        """Streaming if it was made with partials."""
        return RecognizerCapabilities(
            name=_ENGINE, streaming=self._partials, grammar=False, biasing=False, native_rate=8000, confidence=True
        )

    def say(self, *lines: str | AsrResult) -> None:
        """Add what the next utterances will be."""
        self._lines.extend(lines)

    def next_line(self) -> AsrResult:
        """What the current utterance is, if it is finalised."""
        line = self._lines[0] if self._lines else ""
        return heard(line) if isinstance(line, str) else line

    def spend_line(self) -> None:
        """The current utterance is answered."""
        del self._lines[:1]

    async def start(self) -> None:
        """Nothing to load."""

    def open(self, context: AsrContext) -> AsrStream:
        """The next utterance."""
        self.contexts.append(context)
        self.open_streams += 1
        return ScriptedStream(self, streaming=self._partials)

    async def close(self) -> None:
        """Nothing to end."""


class ScriptedStream:
    """One utterance of the script."""

    def __init__(self, recognizer: ScriptedRecognizer, *, streaming: bool) -> None:
        self._recognizer = recognizer
        self._streaming = streaming
        self._closed = False
        self._speculation: asyncio.Task[AsrResult] | None = None
        self.frames = 0

    def push(self, frame: bytes) -> None:
        """Count the frame."""
        self.frames += 1

    def partial(self) -> str | None:
        """The first words of the line by the frames so far, or a finished speculation."""
        if self._streaming:
            words = self._recognizer.next_line().text.split()[: self.frames // self._recognizer.frames_a_word]
            return " ".join(words) or None
        return self._speculation.result().text if self._speculation and self._speculation.done() else None

    def speculate(self) -> None:
        """Begin the pretended decode."""
        if not self._streaming and self._speculation is None:
            self._speculation = asyncio.create_task(self._decode())

    def discard(self) -> None:
        """Void it."""
        if self._speculation:
            self._speculation.cancel()
            self._speculation = None

    async def finalise(self) -> AsrResult:
        """The line."""
        self._speculation = self._speculation or asyncio.create_task(self._decode())
        result = await asyncio.shield(self._speculation)
        self._recognizer.spend_line()
        return result

    def close(self) -> None:
        """Free it."""
        self.discard()
        if not self._closed:
            self._closed = True
            self._recognizer.open_streams -= 1

    async def _decode(self) -> AsrResult:
        self._recognizer.decodes += 1
        await asyncio.sleep(self._recognizer.decode_s())
        return self._recognizer.next_line()


class ScriptedSynthesizer:
    """A tone as long as the text would take to say; `ill` makes it unavailable."""

    def __init__(self, name: str = _ENGINE, *, hz: float = 440.0) -> None:
        self._name = name
        self._hz = hz
        self.ill = False
        self.started = False
        self.breaks_after: int | None = None
        self.spoken: list[tuple[str, Voice]] = []

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """Any voice."""
        return SynthesizerCapabilities(name=self._name, streaming=True)

    async def start(self) -> None:
        """Raises VoiceUnavailable while `ill`."""
        if self.ill:
            raise VoiceUnavailable(f"{self._name}: ill")
        self.started = True

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Pieces of 100 ms; falls ill after `breaks_after` of them."""
        if self.ill:
            raise VoiceUnavailable(f"{self._name}: ill")
        self.spoken.append((text, voice))
        sound = pcm.tone(self._hz, _MS_A_LETTER * len(text))
        step = len(pcm.silence(100))
        for number, at in enumerate(range(0, len(sound), step)):
            if number == self.breaks_after:
                self.ill = True
                raise VoiceUnavailable(f"{self._name}: broke off")
            yield sound[at : at + step]

    async def close(self) -> None:
        """Nothing to end."""


class LoudnessGate:
    """Speech is what is louder than -35 dB: exact to the frame, for scripted sound."""

    def is_speech(self, frame: bytes) -> bool:
        """No smoothing."""
        return pcm.level_db(frame) > -35

    def reset(self) -> None:
        """No state."""


class ScriptedDetector:
    """Gives the probability it holds and notes how long the stretches were."""

    def __init__(self, probability: float = 1.0) -> None:
        self.probability = probability
        self.stretches_ms: list[int] = []

    async def start(self) -> None:
        """Nothing to load."""

    async def speech_probability(self, pcm: bytes) -> float:
        """The probability set."""
        self.stretches_ms.append(len(pcm) // 320 * FRAME_MS)
        return self.probability

    async def close(self) -> None:
        """Nothing to end."""
