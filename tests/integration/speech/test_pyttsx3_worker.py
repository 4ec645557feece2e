"""The inside of the pyttsx3 worker, in the test's own process: a phrase that ends late is made by hand."""

from __future__ import annotations

import pytest
from pyttsx3.drivers import _espeak

from speech.pyttsx3_worker import Pyttsx3Engine

pytestmark = pytest.mark.speech

PHRASE = "Здравствуйте! Вы позвонили в клинику. Чем я могу вам помочь?"
FEW_SAMPLES = 400  # espeak keeps a little state between phrases


def test_no_phrase_is_cancelled_by_the_end_of_the_one_before() -> None:
    engine = Pyttsx3Engine("espeak", "zle/ru")
    whole = len(engine.speak(PHRASE, 1.0))
    assert whole > 2 * 8000 * 3
    for _ in range(40):
        _espeak.Synth(("Здравствуйте! " * 3).encode(), flags=_espeak.CHARS_UTF8)
        assert len(engine.speak(PHRASE, 1.0)) == pytest.approx(whole, abs=FEW_SAMPLES)
