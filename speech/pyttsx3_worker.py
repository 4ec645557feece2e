"""pyttsx3 inside its process: one phrase at a time into a file in memory, PCM16 8 kHz out in one piece.

Two phrases queued at once lose one, and a second thread hangs the first: hence a process and a phrase a run.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from importlib import import_module
from pathlib import Path

import pyttsx3

from speech import pcm
from speech.wire import Header
from speech.worker import Emit, run

_NORMAL_WORDS_A_MINUTE = 150
_IDLE_STEP_S = 0.001


class Pyttsx3Engine:
    """One driver (espeak-ng on Linux) with one Russian voice."""

    def __init__(self, driver: str, voice: str) -> None:
        self._engine = pyttsx3.init(driver)
        self._espeak = import_module("pyttsx3.drivers._espeak")  # loads the library, so after a driver that can tell
        self._engine.setProperty("voice", voice)
        self._memory = os.memfd_create("registratura-phrase")  # goes with the process, however it ends
        # the voice takes effect inside a run loop only, so the first phrase is thrown away
        self.speak("Проверка.", 1.0)

    def handle(self, request: Header, payload: bytes, emit: Emit) -> None:
        """Speak one text."""
        emit({}, self.speak(request["text"], request["rate"]))

    def speak(self, text: str, rate: float) -> bytes:
        """The phrase; espeak ignores pitch here."""
        file = f"/proc/self/fd/{self._memory}"
        self._engine.setProperty("rate", int(_NORMAL_WORDS_A_MINUTE * rate))
        self._wait_until_idle()
        os.ftruncate(self._memory, 0)
        with contextlib.redirect_stdout(io.StringIO()):
            self._engine.save_to_file(text, file)
            self._engine.runAndWait()
        self._wait_until_idle()
        return pcm.read_wav(Path(file)) if os.fstat(self._memory).st_size else b""

    def _wait_until_idle(self) -> None:
        """Whatever the driver says: its first run ends too early, and a run begun too early is cancelled."""
        while self._espeak.IsPlaying():
            time.sleep(_IDLE_STEP_S)


if __name__ == "__main__":
    run(lambda: Pyttsx3Engine(sys.argv[1], sys.argv[2]))
