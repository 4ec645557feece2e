"""The voice that is always there: pyttsx3 over espeak-ng, in a process of its own."""

from __future__ import annotations

from speech.port import SynthesizerCapabilities, Voice
from speech.voice_pool import PooledVoice
from speech.worker_process import WorkerSpec

_RUSSIAN = "zle/ru"


class Pyttsx3Synthesizer(PooledVoice):
    """Whole phrases, 15-40 ms each; every name of a voice is answered with the one Russian voice."""

    def __init__(self, *, driver: str = "espeak", voice: str = _RUSSIAN, workers: int = 1) -> None:
        self._voice = voice
        super().__init__(
            SynthesizerCapabilities(name="pyttsx3", streaming=False, voices=(voice,)),
            WorkerSpec(module="speech.pyttsx3_worker", arguments=(driver, voice), niceness=0),
            workers=workers,
        )

    def engine_voice(self, voice: Voice) -> str:
        """Always the Russian voice: a fallback may not refuse a name."""
        return self._voice
