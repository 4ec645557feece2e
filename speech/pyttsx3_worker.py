"""pyttsx3 inside its process: one phrase at a time into a file in memory, PCM16 8 kHz out in one piece.

Two phrases queued at once lose one, and a second thread hangs the first: hence a process and a phrase a run.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from pathlib import Path

import pyttsx3

from speech import pcm
from speech.wire import Header
from speech.worker import Emit, run

_SHARED_MEMORY = Path("/dev/shm")
_NORMAL_WORDS_A_MINUTE = 150
_ATTEMPTS = 3


class Pyttsx3Engine:
    """One driver (espeak-ng on Linux) with one Russian voice."""

    def __init__(self, driver: str, voice: str) -> None:
        self._engine = pyttsx3.init(driver)
        self._engine.setProperty("voice", voice)
        place = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
        self._folder = tempfile.TemporaryDirectory(prefix="registratura-voice-", dir=place)
        # the voice takes effect inside a run loop only, so the first phrase is thrown away
        self.speak("Проверка.", 1.0)

    def handle(self, request: Header, payload: bytes, emit: Emit) -> None:
        """Speak one text."""
        emit({}, self.speak(request["text"], request["rate"]))

    def speak(self, text: str, rate: float) -> bytes:
        """The phrase; espeak ignores pitch here.

        The driver's own thread may still be ending the last phrase and cancel this one, once in some 150: so again.
        """
        spoken = (self._run(text, rate) for _ in range(_ATTEMPTS))
        return next((sound for sound in spoken if sound), b"")

    def _run(self, text: str, rate: float) -> bytes:
        file = Path(self._folder.name) / "phrase.wav"
        self._engine.setProperty("rate", int(_NORMAL_WORDS_A_MINUTE * rate))
        with contextlib.redirect_stdout(io.StringIO()):
            self._engine.save_to_file(text, str(file))
            self._engine.runAndWait()
        try:
            return pcm.read_wav(file)
        except (FileNotFoundError, EOFError):
            return b""  # the phrase was lost before its file was written
        finally:
            file.unlink(missing_ok=True)


if __name__ == "__main__":
    run(lambda: Pyttsx3Engine(sys.argv[1], sys.argv[2]))
