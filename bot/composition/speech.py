"""Recogniser, detector and voices, by the settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.composition.recordings import open_recordings
from bot.settings import Settings, SettingsError, cache_folder
from speech.fallback import FallbackSynthesizer
from speech.port import Recognizer, Voice
from speech.prompts import PromptCache
from speech.pyttsx3_voice import Pyttsx3Synthesizer
from speech.recordings import Recordings
from speech.rhvoice import VOICES, RhvoiceSynthesizer
from speech.select import RecognizerChoice, make_recognizer
from speech.silero import SileroDetector


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechParts:
    """Voice, recogniser and detector, whose processes load meanwhile."""

    recognizer: Recognizer
    detector: SileroDetector
    synthesizer: FallbackSynthesizer
    prompts: PromptCache
    recordings: Recordings
    voice: Voice
    can_speak: Callable[[], Awaitable[None]]
    """Returns when the bot can speak; raises SpeechError."""
    can_hear: Callable[[], Awaitable[None]]
    """Returns when it can hear too; raises SpeechError."""


@asynccontextmanager
async def open_speech(settings: Settings) -> AsyncIterator[SpeechParts]:
    """Begin to load the voices, then recogniser and detector, beside whatever else is to be made ready.

    A call that is taken up again needs a voice before anything else. Raises SettingsError and ModelMissing.
    """
    voice = chosen_voice(settings)
    synthesizer, rhvoice = build_synthesizer()
    recognizer, detector = build_recognizer(settings), SileroDetector()
    prompts = PromptCache(synthesizer, cache_folder() / "prompts", warmer=rhvoice)

    async def load_hearing() -> None:
        await asyncio.wait({speaking})
        await asyncio.gather(recognizer.start(), detector.start())

    speaking = asyncio.create_task(synthesizer.start())
    hearing = asyncio.create_task(load_hearing())

    async def can_speak() -> None:
        await asyncio.shield(speaking)

    async def can_hear() -> None:
        await can_speak()
        await asyncio.shield(hearing)

    async def given_up() -> None:
        for loading in (speaking, hearing):
            loading.cancel()
        await asyncio.gather(speaking, hearing, return_exceptions=True)

    async with AsyncExitStack() as stack:
        for part in (recognizer, detector, synthesizer):
            stack.push_async_callback(part.close)
        stack.push_async_callback(given_up)
        yield SpeechParts(
            recognizer=recognizer,
            detector=detector,
            synthesizer=synthesizer,
            prompts=prompts,
            recordings=open_recordings(settings, prompts, voice),
            voice=voice,
            can_speak=can_speak,
            can_hear=can_hear,
        )


def build_synthesizer() -> tuple[FallbackSynthesizer, RhvoiceSynthesizer]:
    """RHVoice with pyttsx3 behind it, and RHVoice alone for what is kept in the prompt cache."""
    rhvoice = RhvoiceSynthesizer()
    return FallbackSynthesizer(rhvoice, Pyttsx3Synthesizer()), rhvoice


def chosen_voice(settings: Settings, name: str | None = None) -> Voice:
    """The voice of the settings, or the one named. Raises SettingsError for one that there is not."""
    speech = settings.speech
    wanted = name or speech.voice
    if wanted not in VOICES:
        raise SettingsError(f"speech.voice: голоса «{wanted}» нет; есть {', '.join(VOICES)}")
    return Voice(name=wanted, rate=speech.rate, pitch=speech.pitch)


def recognizer_choice(settings: Settings) -> RecognizerChoice:
    """The settings in the words of speech."""
    speech = settings.speech
    return RecognizerChoice(
        engine=speech.recognizer,
        cache=cache_folder(),
        whisper_model=speech.whisper_model,
        vosk_model=speech.vosk_model,
        workers=speech.workers,
        threads=speech.threads,
    )


def build_recognizer(settings: Settings) -> Recognizer:
    """The engine of the setting. Raises ModelMissing, which says what to do."""
    return make_recognizer(recognizer_choice(settings))
