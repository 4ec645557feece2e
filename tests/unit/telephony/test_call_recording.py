"""From Asterisk's raw stereo to a WAV."""

from __future__ import annotations

import os
from pathlib import Path

from speech.pcm import read_channels
from telephony.recording import finish

LEFT, RIGHT = b"\x01\x00" * 400, b"\x02\x00" * 400


def raw() -> bytes:
    return b"\x01\x00\x02\x00" * 400


async def test_closed_recording_becomes_a_wav_and_the_raw_file_goes(tmp_path: Path) -> None:
    (tmp_path / "c.raw").write_bytes(raw())
    path = await finish(tmp_path, "c")
    assert path == tmp_path / "c.wav"
    assert read_channels(path) == (LEFT, RIGHT)
    assert os.listdir(tmp_path) == ["c.wav"]
    assert await finish(tmp_path, "c") == path


async def test_recording_that_was_cut_in_a_sample_is_still_good(tmp_path: Path) -> None:
    (tmp_path / "c.raw").write_bytes(raw() + b"\x01\x00\x02")
    path = await finish(tmp_path, "c")
    assert path is not None
    assert read_channels(path) == (LEFT, RIGHT)


async def test_recording_that_asterisk_never_closed(tmp_path: Path) -> None:
    (tmp_path / "c.part.raw").write_bytes(raw())
    path = await finish(tmp_path, "c", closing_s=0.05)
    assert path is not None
    assert read_channels(path) == (LEFT, RIGHT)


async def test_nothing_recorded(tmp_path: Path) -> None:
    assert await finish(tmp_path, "c") is None
