"""Recorded prompts: what is wrong with a file, and how one sounds."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from speech import pcm
from speech.loudness import speech_level_db
from speech.recordings import Recordings, examine, recorded_names

LEVEL = -20.0


def wav(path: Path, *, rate: int = 8000, channels: int = 1, ms: int = 600, amplitude: float = 0.3) -> Path:
    mono = pcm.tone(300, ms, amplitude, rate)
    pcm.write_wav(path, pcm.interleave(mono, mono) if channels == 2 else mono, rate=rate, channels=channels)
    return path


def fault(path: Path) -> str:
    return "; ".join(examine(path, 5.0).faults)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_usual_formats_are_taken(tmp_path: Path, rate: int, channels: int) -> None:
    found = examine(wav(tmp_path / "hello.wav", rate=rate, channels=channels), 5.0)
    assert found.faults == ()
    assert found.ms == pytest.approx(600, abs=5)
    assert found.level_db == pytest.approx(-13.5, abs=0.5)


def test_each_fault_is_named_in_russian(tmp_path: Path) -> None:
    assert "нет файла" in fault(tmp_path / "none.wav")
    (tmp_path / "song.wav").write_bytes(b"ID3" + b"\0" * 100)
    assert "это не WAV" in fault(tmp_path / "song.wav")
    assert "запись длинная, 6.0 с при допустимых 5" in fault(wav(tmp_path / "long.wav", ms=6000))
    assert "запись тихая" in fault(wav(tmp_path / "quiet.wav", amplitude=0.005))
    assert "ничего нет" in fault(wav(tmp_path / "empty.wav", ms=20))
    assert "запись тихая" in fault(wav(tmp_path / "zero.wav", amplitude=0.0))
    assert "нужно от 8000" in fault(wav(tmp_path / "slow.wav", rate=4000))
    assert "перегружена" in fault(clipped(tmp_path / "clipped.wav"))
    assert "16-битный" in fault(of_24_bits(tmp_path / "deep.wav"))
    (tmp_path / "folder.wav").mkdir()
    assert "не читается" in fault(tmp_path / "folder.wav")


def clipped(path: Path) -> Path:
    pcm.write_wav(path, pcm.gain(pcm.tone(300, 600, 0.9), 3.0))
    return path


def of_24_bits(path: Path) -> Path:
    body = bytes(300)
    layout = struct.pack("<HHIIHH", 1, 1, 8000, 24000, 3, 24)
    head = struct.pack("<4sI4s4sI", b"RIFF", 36 + len(body), b"WAVE", b"fmt ", 16)
    path.write_bytes(head + layout + struct.pack("<4sI", b"data", len(body)) + body)
    return path


async def voice_level() -> float:
    return LEVEL


async def test_a_recording_is_as_loud_as_the_voice(tmp_path: Path) -> None:
    for name, amplitude in (("soft", 0.03), ("loud", 0.9)):
        wav(tmp_path / f"{name}.wav", rate=48000, channels=2, amplitude=amplitude)
        sound = await Recordings(tmp_path, voice_level).sound(name)
        assert sound is not None
        assert speech_level_db(sound) == pytest.approx(LEVEL, abs=0.3)
        assert pcm.duration_ms(sound) == pytest.approx(600, abs=5)


async def test_what_is_not_there_or_broken_is_none(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path, voice_level)
    (tmp_path / "broken.wav").write_bytes(b"nothing")
    wav(tmp_path.parent / "outside.wav")
    for name in ("none", "broken", "../outside", "", "a b"):
        assert await recordings.sound(name) is None


async def test_a_file_that_was_replaced_is_heard_next_time(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path, voice_level)
    file = wav(tmp_path / "hello.wav", ms=300)
    before = await recordings.sound("hello")
    wav(file, ms=500)
    os.utime(file, ns=(1, 1))
    after = await recordings.sound("hello")
    assert before is not None
    assert after is not None
    assert (pcm.duration_ms(before), pcm.duration_ms(after)) == (300, 500)


def test_names_of_a_folder(tmp_path: Path) -> None:
    for name in ("привет", "a-1", "not a name"):
        wav(tmp_path / f"{name}.wav")
    (tmp_path / "notes.txt").write_text("")
    assert recorded_names(tmp_path) == ("a-1", "привет")
    assert recorded_names(tmp_path / "none") == ()
