"""Recorded prompts: WAV files of a folder, looked over before use, and played at the loudness of the voice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from speech import pcm
from speech.loudness import matched, speech_level_db
from speech.port import SpeechError

NAME: Final = re.compile(r"[\w-]+")
"""What a recording may be called: it is a file name and stands in scripts as `@name(слова)`."""
RATES: Final = (8000, 48000)
SHORTEST_MS: Final = 100
QUIETEST_DB: Final = -40.0
"""Words softer than this drown in the noise of the recording once they are made as loud as the voice."""
CLIPPED: Final = 0.001
"""Part of the samples at full scale from which a recording crackles."""
_FULL_SCALE: Final = 32700
_SECOND: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A recording's length and loudness (of its words, dB below full scale), and its faults in Russian."""

    ms: int = 0
    level_db: float = -96.0
    faults: tuple[str, ...] = ()


def examine(path: Path, longest_s: float) -> Examined:
    """Look a file over: is it there, of a format that is read here, neither too long nor too quiet nor clipped."""
    try:
        sound = pcm.parse_wav(path.read_bytes(), path.name)
    except FileNotFoundError:
        return Examined(faults=(f"нет файла {path}: запишите его или добавьте, registratura prompts add",))
    except OSError as error:
        return Examined(faults=(f"файл {path} не читается: {error.strerror}",))
    except SpeechError as error:
        return Examined(faults=(f"{error}; сохраните запись как WAV, 16 бит",))
    if not RATES[0] <= sound.rate <= RATES[1] or len(sound.channels) > 2:
        text = (
            f"{path.name}: {sound.rate} Гц, каналов {len(sound.channels)}; нужно от 8000 до 48000 Гц, моно или стерео"
        )
        return Examined(faults=(text,))
    words = pcm.read_wav(path)
    ms, level = pcm.duration_ms(words), speech_level_db(words)
    return Examined(ms=ms, level_db=level, faults=tuple(_faults(path.name, sound, ms, level, longest_s)))


def _faults(name: str, sound: pcm.Sound, ms: int, level_db: float, longest_s: float) -> list[str]:
    faults = []
    if ms < SHORTEST_MS:
        faults.append(f"{name}: в записи ничего нет, {ms} мс")
    elif level_db < QUIETEST_DB:
        faults.append(f"{name}: запись тихая, {level_db:.0f} дБ при допустимых {QUIETEST_DB:.0f}; запишите громче")
    if ms > longest_s * _SECOND:
        faults.append(f"{name}: запись длинная, {ms / _SECOND:.1f} с при допустимых {longest_s:.0f}; разделите её")
    share = max((_clipped(channel) for channel in sound.channels), default=0.0)
    if share > CLIPPED:
        faults.append(f"{name}: запись перегружена, {share:.1%} отсчётов на пределе; запишите тише")
    return faults


def _clipped(channel: bytes) -> float:
    samples = np.abs(pcm.to_samples(channel).astype(np.int32))
    return float((samples >= _FULL_SCALE).mean()) if len(samples) else 0.0


def recorded_names(folder: Path) -> tuple[str, ...]:
    """What has been recorded in a folder."""
    return tuple(sorted(file.stem for file in folder.glob("*.wav") if NAME.fullmatch(file.stem)))


class Recordings:
    """The recordings of one folder at the level of one voice; a file that was replaced is heard from the next call."""

    def __init__(self, folder: Path, voice_level: Callable[[], Awaitable[float]]) -> None:
        """`voice_level` tells the loudness of the voice's words, dB below full scale; asked once."""
        self._folder = folder
        self._voice_level = voice_level
        self._level_db: float | None = None
        self._kept: dict[str, tuple[int, bytes]] = {}

    def names(self) -> tuple[str, ...]:
        """What has been recorded."""
        return recorded_names(self._folder)

    async def sound(self, name: str) -> bytes | None:
        """PCM16 8 kHz of a recording, as loud as the voice; None where there is none that can be read."""
        if not NAME.fullmatch(name):
            return None
        if self._level_db is None:
            self._level_db = await self._voice_level()
        try:
            return await asyncio.to_thread(self._read, name, self._level_db)
        except (OSError, SpeechError):
            return None

    def _read(self, name: str, level_db: float) -> bytes:
        path = self._folder / f"{name}.wav"
        changed = path.stat().st_mtime_ns
        kept = self._kept.get(name)
        if kept is None or kept[0] != changed:
            kept = (changed, matched(pcm.read_wav(path), level_db))
            self._kept[name] = kept
        return kept[1]
