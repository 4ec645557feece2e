"""Which recogniser: `auto` takes Vosk where a Russian model is present, else Whisper."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from speech.models import ModelMissing, vosk_russian_folder, whisper_folder
from speech.port import Recognizer
from speech.vosk_recognizer import VoskRecognizer
from speech.whisper import WhisperRecognizer

Engine: TypeAlias = Literal["auto", "vosk", "whisper"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizerChoice:
    """What the settings say; folders override what lies in the cache, `workers` 0 is one a core.

    `threads` are Whisper's for one decode, never more than there are cores.
    """

    engine: Engine = "auto"
    cache: Path
    whisper_model: Path | None = None
    vosk_model: Path | None = None
    workers: int = 0
    threads: int = 2
    vosk_streams_per_worker: int = 4


def make_recognizer(choice: RecognizerChoice) -> Recognizer:
    """The recogniser, not yet started; raises ModelMissing with what to do."""
    cores = max(1, len(os.sched_getaffinity(0)))
    workers = choice.workers or cores
    if choice.engine != "whisper":
        folder = vosk_russian_folder(choice.cache, choice.vosk_model)
        if folder:
            return VoskRecognizer(folder, workers=workers, streams_per_worker=choice.vosk_streams_per_worker)
        if choice.engine == "vosk":
            raise ModelMissing(
                f"Нет русской модели Vosk в {choice.cache}: запустите "
                "scripts/fetch_models.py vosk-model-small-ru-0.22 или укажите папку модели в настройках"
            )
    folder = whisper_folder(choice.cache, choice.whisper_model)
    return WhisperRecognizer(folder, workers=workers, threads=min(choice.threads, cores))
