"""The two-channel recording of a call: left what comes from the phone, right what it hears. 8 kHz, 16 bit."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Final

from speech.pcm import wav_header

_POLL_S: Final = 0.02
_STEREO_BLOCK: Final = 4


async def finish(folder: Path, call_id: str, *, closing_s: float = 3.0) -> Path | None:
    """The call's WAV, made of the raw sound that Asterisk has recorded; None if nothing was recorded.

    Asterisk renames the raw file when it has closed it. If that does not happen within `closing_s` (Asterisk was
    killed), what there is becomes the recording. Calling again returns the same file.
    """
    target = folder / f"{call_id}.wav"
    closed, growing = folder / f"{call_id}.raw", folder / f"{call_id}.part.raw"
    if target.exists():
        return target
    for _ in range(int(closing_s / _POLL_S)):
        if closed.exists() or not growing.exists():
            break
        await asyncio.sleep(_POLL_S)
    for source in (closed, growing):
        if source.exists():
            await asyncio.to_thread(wrap, source, target)
            return target
    return None


def wrap(raw: Path, target: Path) -> None:
    """Put a WAV header before interleaved PCM16 and delete the raw file; the target appears whole or not at all."""
    size = raw.stat().st_size // _STEREO_BLOCK * _STEREO_BLOCK
    unfinished = target.with_suffix(".wav.part")
    with raw.open("rb") as source, unfinished.open("wb") as sink:
        sink.write(wav_header(size, channels=2))
        shutil.copyfileobj(source, sink)
        sink.truncate(len(wav_header(0)) + size)
    unfinished.replace(target)
    raw.unlink()
