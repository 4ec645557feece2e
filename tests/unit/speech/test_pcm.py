"""Sound as bytes: each property against an independent reference."""

from __future__ import annotations

import struct
import warnings
import wave
from pathlib import Path

import numpy as np
import pytest

from speech import pcm

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

EVERY_SAMPLE = np.arange(-32768, 32768, dtype="<i2").tobytes()


def level_at(sound: bytes, hz: float, rate: int) -> float:
    """Amplitude of one frequency, part of full scale, the filter's edges left out."""
    samples = pcm.to_samples(sound).astype(float)[200:-200]
    wave_at = np.exp(-2j * np.pi * hz / rate * np.arange(len(samples))) * np.hanning(len(samples))
    return float(2 * abs(samples.dot(wave_at)) / np.hanning(len(samples)).sum() / 32767)


def test_alaw_agrees_with_audioop_on_every_value() -> None:
    every_code = bytes(range(256))
    assert pcm.alaw_decode(every_code) == audioop.alaw2lin(every_code, 2)
    assert pcm.alaw_encode(EVERY_SAMPLE) == audioop.lin2alaw(EVERY_SAMPLE, 2)


def test_alaw_survives_a_second_pass() -> None:
    once = pcm.alaw_decode(pcm.alaw_encode(EVERY_SAMPLE))
    assert pcm.alaw_decode(pcm.alaw_encode(once)) == once


def test_gain_and_mix_clip_instead_of_wrapping() -> None:
    loud = struct.pack("<2h", 30000, -30000)
    assert struct.unpack("<2h", pcm.gain(loud, 2.0)) == (32767, -32768)
    assert struct.unpack("<3h", pcm.mix(loud, struct.pack("<3h", 5000, -100, 7))) == (32767, -30100, 7)


def test_level_is_in_decibels_of_full_scale() -> None:
    assert pcm.level_db(pcm.tone(1000, 100, amplitude=1.0)) == pytest.approx(-3.01, abs=0.05)
    assert pcm.level_db(pcm.silence(20)) == -96.0
    assert pcm.level_db(b"") == -96.0


def test_frames_are_whole_and_the_last_is_padded() -> None:
    pieces = list(pcm.frames(b"\1" * 330))
    assert [len(piece) for piece in pieces] == [320, 320]
    assert pieces[1] == b"\1" * 10 + b"\0" * 310


@pytest.mark.parametrize(("source", "target"), [(8000, 16000), (24000, 8000), (22050, 8000), (16000, 8000)])
def test_stream_resampler_keeps_a_voice_tone_and_the_length(source: int, target: int) -> None:
    out = pcm.StreamResampler(source, target).push(pcm.tone(1000, 1000, 0.5, source))
    assert len(out) // 2 == pytest.approx(target, abs=1)
    assert level_at(out, 1000, target) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("source", "hz"), [(24000, 6000), (22050, 6000), (24000, 5000)])
def test_stream_resampler_does_not_fold_high_tones_down(source: int, hz: int) -> None:
    out = pcm.StreamResampler(source, 8000).push(pcm.tone(hz, 1000, 0.5, source))
    assert level_at(out, 8000 - hz, 8000) < 0.5 * 10 ** (-55 / 20)


def test_upsampling_leaves_no_image() -> None:
    out = pcm.StreamResampler(8000, 16000).push(pcm.tone(1000, 1000, 0.5, 8000))
    assert level_at(out, 7000, 16000) < 0.5 * 10 ** (-55 / 20)


@pytest.mark.parametrize("piece", [2, 74, 320, 1001 * 2])
def test_stream_resampler_gives_the_same_whatever_the_pieces(piece: int) -> None:
    sound = pcm.tone(700, 300, 0.4, 22050)
    stream = pcm.StreamResampler(22050, 8000)
    parts = b"".join(stream.push(sound[at : at + piece]) for at in range(0, len(sound), piece))
    whole = pcm.StreamResampler(22050, 8000).push(sound)
    # float32 sums may round the last bit differently
    assert np.abs(pcm.to_samples(parts).astype(int) - pcm.to_samples(whole)).max() <= 1


def test_whole_phrase_resampling() -> None:
    out = pcm.resample(pcm.tone(1000, 1000, 0.5, 24000), 24000, 8000)
    assert len(out) == 16000
    assert level_at(out, 1000, 8000) == pytest.approx(0.5, abs=0.01)


def test_wav_of_ours_opens_with_the_standard_library(tmp_path: Path) -> None:
    pcm.write_wav(tmp_path / "a.wav", pcm.interleave(b"\1\0\2\0", b"\3\0"), channels=2)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        assert struct.unpack("<4h", file.readframes(9)) == (1, 3, 2, 0)


def test_alaw_wav_round_trip(tmp_path: Path) -> None:
    sound = pcm.alaw_decode(pcm.alaw_encode(pcm.tone(500, 101)))
    pcm.write_wav(tmp_path / "a.wav", sound, alaw=True)
    assert pcm.read_wav(tmp_path / "a.wav") == sound


def test_reads_a_stereo_file_of_another_rate(tmp_path: Path) -> None:
    left, right = pcm.tone(1000, 500, 0.4, 44100), pcm.silence(500, 44100)
    with wave.open(str(tmp_path / "s.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(pcm.interleave(left, right))
    assert level_at(pcm.read_wav(tmp_path / "s.wav"), 1000, 8000) == pytest.approx(0.2, abs=0.01)
    assert [round(pcm.level_db(one)) for one in pcm.read_channels(tmp_path / "s.wav")] == [-11, -96]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "не WAV"),
        (b"RIFF\0\0\0\0WAVE", "нет звуковых данных"),
        (pcm.wav_header(0)[:12] + b"fmt \2\0\0\0\1\0", "обрезано"),
        (pcm.wav_header(4).replace(b"\x10\0data", b"\x18\0data") + b"\0\0\0\0", "24 бит"),
    ],
)
def test_a_strange_file_says_what_is_wrong(data: bytes, says: str) -> None:
    with pytest.raises(pcm.SoundFileError, match=rf"x\.wav: .*{says}"):
        pcm.parse_wav(data, "x.wav")
