"""Wiring: the only module that names concrete classes."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from bot.calls.conversation import Conversation
from bot.domain.clock import Clock
from bot.settings import Settings, SettingsError, cache_folder
from bot.storage import migrate
from bot.storage.engine import Database
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.load import load_clinic
from dialogs.nlu.engines import build_engine
from dialogs.nlu.pipeline import Understander
from dialogs.script import Script
from speech.fallback import FallbackSynthesizer
from speech.models import ModelMissing, vosk_russian_folder, whisper_folder
from speech.port import Recognizer, Voice
from speech.prompts import PromptCache
from speech.pyttsx3_voice import Pyttsx3Synthesizer
from speech.rhvoice import RhvoiceSynthesizer
from speech.silero import SileroDetector
from speech.whisper import WhisperRecognizer

DEMO_CLINIC = Path(__file__).parent.parent / "crm_bridge" / "local" / "demo_clinic.yml"
Direction = Literal["inbound", "outbound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every entry needs: the clinic's data and the talk, without sound."""

    settings: Settings
    clock: Clock
    database: Database
    clinic: LocalClinic
    understander: Understander

    def conversation(
        self,
        *,
        call_id: str,
        caller: str | None,
        direction: Direction = "inbound",
        script: Script,
        visit_id: str | None = None,
    ) -> Conversation:
        """One talk with one person."""
        return Conversation(
            script=script,
            understander=self.understander,
            crm=self.clinic,
            clock=self.clock,
            call_id=call_id,
            caller_phone=caller,
            direction=direction,
            visit_id=visit_id,
        )


@asynccontextmanager
async def open_core(settings: Settings, clock: Clock, *, clinic: Path | None = None) -> AsyncIterator[Core]:
    """Open the database (migrated, with a clinic in it) and the understanding.

    With `clinic`, a rehearsal: a throwaway database with that clinic.
    """
    async with AsyncExitStack() as stack:
        if clinic is not None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="registratura-"))
            url = f"sqlite+aiosqlite:///{folder}/rehearsal.sqlite"
        else:
            settings.data.mkdir(parents=True, exist_ok=True)
            url = settings.database_url
        training = asyncio.create_task(asyncio.to_thread(build_engine, settings.nlu.engine, cache=_nlu_cache()))
        await migrate.upgrade(url)
        database = Database(url)
        stack.push_async_callback(database.dispose)
        local = LocalClinic(database, clock, hold_ttl=timedelta(seconds=settings.clinic.hold_seconds))
        if clinic is not None or not (await local.directory()).doctors:
            await load_clinic(clinic or settings.clinic.file or DEMO_CLINIC, database, clock)
        understander = Understander(await training)
        yield Core(settings=settings, clock=clock, database=database, clinic=local, understander=understander)


def _nlu_cache() -> Path:
    folder = cache_folder() / "nlu"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechParts:
    """Recogniser, detector and voice, started."""

    recognizer: Recognizer
    detector: SileroDetector
    synthesizer: FallbackSynthesizer
    prompts: PromptCache
    voice: Voice


@asynccontextmanager
async def open_speech(settings: Settings) -> AsyncIterator[SpeechParts]:
    """Start the worker processes of speech, all at once."""
    speech = settings.speech
    rhvoice = RhvoiceSynthesizer()
    parts = SpeechParts(
        recognizer=build_recognizer(settings),
        detector=SileroDetector(),
        synthesizer=(synthesizer := FallbackSynthesizer(rhvoice, Pyttsx3Synthesizer())),
        prompts=PromptCache(synthesizer, cache_folder() / "prompts", warmer=rhvoice),
        voice=Voice(name=speech.voice, rate=speech.rate, pitch=speech.pitch),
    )
    async with AsyncExitStack() as stack:
        for part in (parts.recognizer, parts.detector, parts.synthesizer):
            stack.push_async_callback(part.close)
        await asyncio.gather(parts.recognizer.start(), parts.detector.start(), parts.synthesizer.start())
        yield parts


def build_recognizer(settings: Settings) -> Recognizer:
    """The engine of the setting; `auto` prefers Vosk when a Russian model is present. Raises SettingsError."""
    speech = settings.speech
    try:
        vosk = vosk_russian_folder(cache_folder(), speech.vosk_model)
        if speech.recognizer == "vosk" or (speech.recognizer == "auto" and vosk is not None):
            if vosk is None:
                raise SettingsError(
                    "speech.recognizer = «vosk», но русской модели нет: "
                    ".venv/bin/python scripts/fetch_models.py --vosk small-ru"
                )
            from speech.vosk_recognizer import VoskRecognizer

            return VoskRecognizer(vosk, workers=speech.workers)
        return WhisperRecognizer(whisper_folder(cache_folder(), speech.whisper_model), workers=speech.workers)
    except ModelMissing as error:
        raise SettingsError(str(error)) from error
