"""Louder without clipping, and one sound as loud as another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech import pcm
from speech.loudness import CEILING, Limiter, factor_of, louder, matched, speech_level_db


def peak(sound: bytes) -> float:
    return float(np.abs(pcm.to_samples(sound).astype(np.int32)).max()) / 32768


def test_what_has_room_is_louder_by_the_factor_and_as_long() -> None:
    sound = pcm.tone(300, 500, 0.1)
    assert pcm.level_db(louder(sound, 2.0)) == pytest.approx(pcm.level_db(sound) + 6.02, abs=0.1)
    assert len(louder(sound, 2.0)) == len(sound)


def test_peaks_are_held_below_full_scale_and_the_quiet_parts_gain_all() -> None:
    quiet, loud = pcm.tone(300, 400, 0.05), pcm.tone(300, 400, 0.8)
    result = louder(quiet + loud + quiet, 4.0)
    assert peak(result) <= CEILING + 1e-3
    head = result[: len(quiet) // 2]
    assert pcm.level_db(head) == pytest.approx(pcm.level_db(quiet) + 12.04, abs=0.2)


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=12), factor=st.floats(1.1, 8.0), seed=st.integers(0, 9))
def test_no_sample_is_ever_clipped_and_pieces_make_the_whole(sizes: list[int], factor: float, seed: int) -> None:
    samples = np.random.default_rng(seed).integers(-32768, 32767, sum(sizes), dtype=np.int16).astype("<i2")
    whole = louder(samples.tobytes(), factor)
    assert peak(whole) <= CEILING + 1e-3
    limiter, pieces, at = Limiter(factor), b"", 0
    for size in sizes:
        pieces += limiter.push(samples[at : at + size].tobytes())
        at += size
    pieces += limiter.flush()
    assert len(pieces) == len(whole) == 2 * len(samples)
    apart = np.abs(pcm.to_samples(pieces).astype(np.int32) - pcm.to_samples(whole))
    assert apart.max() <= 1, "but for rounding"


def test_softer_is_plain() -> None:
    sound = pcm.tone(300, 100, 0.5)
    assert louder(sound, 0.5) == pcm.gain(sound, 0.5)
    assert louder(b"", 2.0) == b""
    assert Limiter(2.0).push(b"") == b""


def test_pauses_do_not_count_for_the_loudness_of_words() -> None:
    words = pcm.tone(300, 400, 0.2)
    spaced = words + pcm.silence(1500) + words
    assert speech_level_db(spaced) == pytest.approx(pcm.level_db(words), abs=0.1)
    assert pcm.level_db(spaced) < pcm.level_db(words) - 3
    assert speech_level_db(pcm.silence(100)) == speech_level_db(b"") == -96.0


@pytest.mark.parametrize("amplitude", [0.02, 0.2, 0.9])
def test_words_are_brought_to_the_level_of_the_voice(amplitude: float) -> None:
    sound = pcm.tone(300, 400, amplitude) + pcm.silence(800)
    assert speech_level_db(matched(sound, -20.0)) == pytest.approx(-20.0, abs=0.3)


def test_hardly_anything_is_not_blown_up_into_speech() -> None:
    assert speech_level_db(matched(pcm.tone(300, 400, 0.0015), -20.0)) < -30.0
    assert factor_of(6.0) == pytest.approx(1.995, abs=0.01)
