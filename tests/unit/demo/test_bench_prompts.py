"""A prompt is found in what was heard, with its loudness frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from bot.demo.bench_prompts import follow, line_noise, quieter
from speech import pcm
from speech.port import RATE

LEAD_MS = 500


def prompt(seed: int = 1) -> bytes:
    """Two seconds of something like speech: noise of changing loudness."""
    dice = np.random.default_rng(seed)
    loudness = np.repeat(dice.uniform(500, 6000, 20), RATE // 10)
    return pcm.from_floats(dice.normal(0, 1, 2 * RATE) * loudness / 3)


def heard(*pieces: bytes) -> bytes:
    """Through A-law, after half a second of silence."""
    return pcm.alaw_decode(pcm.alaw_encode(pcm.silence(LEAD_MS) + b"".join(pieces)))


def split(sound: bytes, ms: int) -> tuple[bytes, bytes]:
    return sound[: ms * 16], sound[ms * 16 :]


def test_a_prompt_is_found_at_its_place_and_loudness() -> None:
    found = follow(prompt(), heard(prompt(), pcm.silence(300)))
    assert found is not None
    assert found.at_ms == pytest.approx(LEAD_MS, abs=1)
    assert min(gain for _, gain in found.voiced()) == pytest.approx(1.0, abs=0.02)


def test_ducking_and_the_stop_are_seen_where_they_happen() -> None:
    first, rest = split(prompt(), 1000)
    ducked, _ = split(rest, 400)
    found = follow(prompt(), heard(first, pcm.gain(ducked, 0.25), pcm.silence(900)))
    assert found is not None
    assert quieter(found.voiced(), 0.6, 0.0) == pytest.approx(LEAD_MS + 1000, abs=1)
    assert quieter(found.voiced(), 0.1, 0.0) == pytest.approx(LEAD_MS + 1400, abs=1)


def test_who_begins_in_a_pause_of_the_prompt_does_not_hear_the_pause() -> None:
    words = [(0.0, 1.0), (20.0, 1.0), (400.0, 0.25), (420.0, 0.25)]
    assert quieter(words, 0.6, 10.0) == 40.0
    assert quieter(words, 0.6, 100.0) == 100.0
    assert quieter([(0.0, 1.0), (400.0, 1.0), (420.0, 0.25), (440.0, 0.25)], 0.6, 100.0) == 420.0


def test_a_prompt_that_goes_on_is_never_quieter() -> None:
    found = follow(prompt(), heard(prompt()))
    assert found is not None
    assert quieter(found.voiced(), 0.6, 0.0) is None
    assert quieter([(0.0, 0.2)], 0.6, 0.0) is None, "one frame may be a click"


def test_another_prompt_and_silence_are_not_taken_for_it() -> None:
    assert follow(prompt(1), heard(prompt(2))) is None
    assert follow(pcm.silence(500), heard(prompt())) is None
    assert follow(prompt(), b"") is None


def test_the_same_prompt_is_found_again_further_on() -> None:
    ear = heard(prompt(), pcm.silence(500), prompt())
    again = follow(prompt(), ear, from_ms=LEAD_MS + 100)
    assert again is not None
    assert again.at_ms == pytest.approx(LEAD_MS + 2500, abs=1)


@pytest.mark.parametrize("kind", ["white", "pink"])
def test_line_noise_has_its_loudness_and_band(kind: str) -> None:
    noise = line_noise([(kind, -40.0, 1.0), (kind, -30.0, 0.5)], seed=3)
    loud, louder = split(noise, 1000)
    assert pcm.level_db(loud) == pytest.approx(-40, abs=0.5)
    assert pcm.level_db(louder) == pytest.approx(-30, abs=0.5)
    spectrum = np.abs(np.fft.rfft(pcm.to_samples(loud).astype(float)))
    assert spectrum[:250].max() < spectrum[300:3400].mean()


def test_a_prompt_without_its_leading_silence_begins_before_what_was_heard() -> None:
    """The player leaves the silence out: the next search starts from a place below zero."""
    whole = pcm.silence(100) + prompt()
    ear = pcm.alaw_decode(pcm.alaw_encode(prompt(1) + prompt(2)))
    first = follow(whole, ear)
    assert first is not None
    assert first.at_ms == pytest.approx(-100, abs=1)
    assert follow(prompt(2), ear, from_ms=first.at_ms) is not None
