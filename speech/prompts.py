"""Prompts: fixed sentences rendered once and kept, the rest spoken sentence by sentence as it is made."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

from speech import pcm
from speech.loudness import Limiter
from speech.port import RATE, SpeechError, Synthesizer, Voice, VoiceUnavailable

_log = logging.getLogger(__name__)
_FORMAT = f"pcm16-{RATE}-v1"
_SENTENCE_END = re.compile(r"(?<=[.!?…])[»\")]*\s+(?=[«\"(]?[А-ЯЁA-Z0-9—–-])")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:[А-ЯЁA-Z]|г|гг|ул|д|корп|кв|стр|им|др|тел|руб|мин|св|т)\.$")
PAUSE_MS = 180
"""Silence between sentences that are rendered one by one."""


def sentences(text: str) -> list[str]:
    """The text by sentences, initials and abbreviations kept inside."""
    parts: list[str] = []
    for piece in _SENTENCE_END.split(text.strip()):
        if parts and _ABBREVIATION.search(parts[-1]):
            parts[-1] += " " + piece
        elif piece:
            parts.append(piece)
    return parts


class PromptCache:
    """Sentences kept in memory and on disk, keyed by text, voice, engine and format.

    Only what `warm` was given is kept: what is said to one patient (names, dates) never reaches the disk.
    """

    def __init__(self, speaker: Synthesizer, folder: Path | None, *, warmer: Synthesizer | None = None) -> None:
        """`warmer` renders what is kept; give it the preferred voice alone, so that no fallback is kept for it."""
        self._speaker = speaker
        self._warmer = warmer or speaker
        self._folder = folder
        self._kept: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def key(self, sentence: str, voice: Voice) -> str:
        """Name of the sentence's sound."""
        engine = self._warmer.capabilities.name
        parts = (_FORMAT, engine, voice.name, f"{voice.rate:g} {voice.pitch:g} {voice.volume:g}", sentence)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def cached(self, text: str, voice: Voice) -> bytes | None:
        """The whole text at once if every sentence is kept."""
        sounds = [self._kept.get(self.key(sentence, voice)) for sentence in sentences(text)]
        whole = [sound for sound in sounds if sound is not None]
        return pcm.silence(PAUSE_MS).join(whole) if whole and len(whole) == len(sounds) else None

    async def render(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """PCM16 8 kHz in pieces; a kept sentence comes at once and whole. Raises VoiceUnavailable.

        A volume above one is made of the usual sound, whose peaks are held below full scale.
        """
        if voice.volume <= 1.0:
            async for piece in self._pieces(text, voice):
                yield piece
            return
        limiter = Limiter(voice.volume)
        async for piece in self._pieces(text, replace(voice, volume=1.0)):
            yield limiter.push(piece)
        yield limiter.flush()

    async def _pieces(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        for at, sentence in enumerate(sentences(text)):
            if at:
                yield pcm.silence(PAUSE_MS)
            kept = self._kept.get(self.key(sentence, voice))
            if kept is not None:
                yield kept
                continue
            async for piece in self._speaker.stream(sentence, voice):
                yield piece

    async def warm(self, texts: Iterable[str], voice: Voice) -> int:
        """Have these texts kept; returns how many sentences had to be rendered now.

        A voice that is ill ends the warming early: the calls do without.
        """
        rendered = 0
        for sentence in dict.fromkeys(sentence for text in texts for sentence in sentences(text)):
            key = self.key(sentence, voice)
            if key in self._kept:
                continue
            sound = await asyncio.to_thread(self._load, key)
            if sound is None:
                try:
                    sound = b"".join([piece async for piece in self._warmer.stream(sentence, voice)])
                except VoiceUnavailable:
                    _log.warning("prompts are not warmed: the voice is not available")
                    return rendered
                rendered += 1
                await asyncio.to_thread(self._store, key, sound)
            self._kept[key] = sound
        return rendered

    def _load(self, key: str) -> bytes | None:
        if self._folder is None:
            return None
        try:
            return pcm.read_wav(self._folder / f"{key}.wav")
        except (OSError, SpeechError):
            return None

    def _store(self, key: str, sound: bytes) -> None:
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # another service may read at this moment, so the name appears with the whole file
            scratch = self._folder / f".{key}.{os.getpid()}"
            pcm.write_wav(scratch, sound)
            scratch.replace(self._folder / f"{key}.wav")
        except OSError:
            _log.warning("prompt was not stored on disk")
