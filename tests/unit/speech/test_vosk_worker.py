"""Recognisers between utterances, and what they practise on before the first caller."""

from __future__ import annotations

import numpy as np

from speech import pcm
from speech.babble import babble
from speech.gate import WebrtcGate
from speech.vosk_worker import IdleRecognizers

YES_NO = ("да", "нет")


def test_the_one_used_last_is_taken_first() -> None:
    idle = IdleRecognizers()
    idle.give((), "first")
    idle.give((), "last")
    assert [idle.take(()), idle.take(()), idle.take(())] == ["last", "first", None]


def test_a_recogniser_is_taken_for_its_own_grammar_only() -> None:
    idle = IdleRecognizers()
    idle.give((), "free")
    idle.give(YES_NO, "yes or no")
    assert idle.take(("да",)) is None
    assert (idle.take(()), idle.take(YES_NO)) == ("free", "yes or no")


def test_beyond_the_limit_the_one_unused_longest_goes() -> None:
    idle = IdleRecognizers(limit=2)
    for name in ("oldest", "older", "newest"):
        idle.give((), name)
    assert [idle.take(()), idle.take(()), idle.take(())] == ["newest", "older", None]


def test_babble_is_speech_for_a_gate_and_never_the_same_syllable() -> None:
    sound = babble(1.5)
    assert 1400 <= pcm.duration_ms(sound) <= 1600
    gate = WebrtcGate()
    speech = [gate.is_speech(frame) for frame in pcm.frames(sound)]
    assert sum(speech) > len(speech) / 2
    samples = pcm.to_samples(sound).reshape(-1, 1440)
    assert len(np.unique(samples, axis=0)) == len(samples)
    assert np.abs(samples).max() <= 8000
