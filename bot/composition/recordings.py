"""Prompts that a person has recorded: the folder, the loudness they are played at, and what a script names."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from bot.domain.script_versions import Problem
from bot.settings import Settings
from dialogs.prompts import recordings_in
from dialogs.script import Script
from dialogs.script.wording import texts_of
from speech.loudness import speech_level_db
from speech.port import SpeechError, Voice
from speech.prompts import PromptCache
from speech.recordings import Recordings, examine

log = logging.getLogger(__name__)

_SAMPLE: Final = "Здравствуйте! Вы позвонили в клинику. Чем я могу вам помочь?"
_USUAL_DB: Final = -20.0
"""Loudness of the shipped voices, for when none can be heard."""


def recordings_folder(settings: Settings) -> Path:
    """Where the clinic's recordings lie, a WAV each."""
    return settings.data / "prompts"


def open_recordings(settings: Settings, prompts: PromptCache, voice: Voice) -> Recordings:
    """The clinic's recordings, as loud as the voice."""

    async def voice_level() -> float:
        try:
            return speech_level_db(b"".join([piece async for piece in prompts.render(_SAMPLE, voice)]))
        except SpeechError:
            log.warning("The voice is not heard, so recordings are played at the usual loudness")
            return _USUAL_DB

    return Recordings(recordings_folder(settings), voice_level)


def recording_places(script: Script) -> dict[str, list[str]]:
    """Recordings that a script names, each with the places where it does."""
    places: dict[str, list[str]] = {}
    for text in texts_of(script):
        for name, _ in recordings_in(text.source) if text.kind == "prompt" else ():
            places.setdefault(name, []).append(text.place)
    return places


def recording_problems(script: Script, folder: Path) -> list[Problem]:
    """Recordings that a script names and that are missing or cannot be used, at the first place that names them."""
    problems = []
    for name, places in recording_places(script).items():
        known = ".".join(places[0].split(".")[:2])
        file, line = script.places.get(known, ("", 0))
        faults = examine(folder / f"{name}.wav", script.speech.max_prompt_seconds).faults
        problems += [
            Problem(place=places[0], message=f"запись «{name}»: {fault}", file=file, line=line) for fault in faults
        ]
    return problems
