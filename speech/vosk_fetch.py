"""Fetching Vosk's Russian models from their maker, on machines that reach it.

Address, size and md5 come from the maker's list at fetch time and are pinned in a lock file beside the models.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import urllib.error
import urllib.request
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from speech.model_fetch import Report, staging
from speech.models import ModelMissing, is_vosk_model

_BLOCK = 1 << 18
_TIMEOUT_S = 30
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class VoskModel:
    """One line of the maker's list."""

    name: str
    url: str
    size: int
    md5: str


def listed(list_url: str, language: str = "ru") -> list[VoskModel]:
    """Models of a language as the maker lists them now, obsolete ones left out; raises ModelMissing."""
    try:
        with urllib.request.urlopen(list_url, timeout=_TIMEOUT_S) as answer:
            rows: list[dict[str, Any]] = json.load(answer)
        return [
            VoskModel(name=row["name"], url=row["url"], size=int(row["size"]), md5=row["md5"])
            for row in rows
            if row["lang"] == language and str(row.get("obsolete", "false")).lower() != "true"
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelMissing(f"Список моделей Vosk не получен ({list_url}): {error}") from error


def fetch_vosk(name: str, cache: Path, list_url: str, report: Report, lock: Path | None = None) -> Path:
    """Have the model in the cache and return its folder; what the lock pins is never replaced silently."""
    folder = cache / name
    if is_vosk_model(folder):
        report(f"{name}: уже в {folder}")
        return folder
    model = _pinned(name, list_url, lock or cache / "vosk-models.lock.json", report)
    archive = _download(model, cache, report)
    with staging(folder) as scratch:
        report(f"{name}: распаковываю")
        _unpack(archive, name, scratch)
    archive.unlink()
    report(f"{name}: готово, {folder}")
    return folder


def _pinned(name: str, list_url: str, lock: Path, report: Report) -> VoskModel:
    pins: dict[str, dict[str, Any]] = json.loads(lock.read_text()) if lock.exists() else {}
    if name in pins:
        return VoskModel(**pins[name])
    known = {model.name: model for model in listed(list_url)}
    if name not in known:
        raise ModelMissing(f"Модели {name} нет в списке; есть: {', '.join(sorted(known)) or 'ни одной русской'}")
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps({**pins, name: asdict(known[name])}, indent=2, sort_keys=True) + "\n")
    report(f"{name}: адрес, размер и md5 закреплены в {lock}")
    return known[name]


def _download(model: VoskModel, cache: Path, report: Report) -> Path:
    """The verified archive; a broken transfer goes on from where it stopped, now or at the next run."""
    cache.mkdir(parents=True, exist_ok=True)
    part = cache / f".{model.name}.zip.part"
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _continue(model, part, report)
            break
        except OSError as error:
            report(f"{model.name}: обрыв ({error}), попытка {attempt} из {_ATTEMPTS}")
    size = part.stat().st_size if part.exists() else 0
    if size < model.size:
        raise ModelMissing(f"{model.name}: получено {size} из {model.size} байт; повторите, скачивание продолжится")
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "md5").hexdigest()
    if digest != model.md5:
        part.unlink()
        raise ModelMissing(f"{model.name}: md5 {digest} вместо {model.md5}; файл удалён, повторите")
    return part


def _continue(model: VoskModel, part: Path, report: Report) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have >= model.size:
        return
    request = urllib.request.Request(model.url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        # a server that does not know ranges answers 200 with the whole
        have = have if answer.status == 206 else 0
        with part.open("ab" if have else "wb") as out:
            _copy(answer, out, have, model, report)


def _copy(source: Any, out: Any, have: int, model: VoskModel, report: Report) -> None:
    shown = have * 20 // model.size
    while block := source.read(_BLOCK):
        out.write(block)
        have += len(block)
        if have * 20 // model.size > shown:
            shown = have * 20 // model.size
            report(f"{model.name}: {shown * 5} % ({have >> 20} из {model.size >> 20} МБ)")
    if have < model.size:
        raise ConnectionError(f"соединение закрыто на {have} байтах")


def _unpack(archive: Path, name: str, target: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        for member in file.infolist():
            inside = member.filename.removeprefix(f"{name}/")
            place = (target / inside).resolve()
            if not place.is_relative_to(target.resolve()):
                raise ModelMissing(f"{name}: в архиве путь наружу: {member.filename}")
            if member.is_dir():
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            with file.open(member) as source, place.open("wb") as out:
                shutil.copyfileobj(source, out, _BLOCK)
    if not is_vosk_model(target):
        raise ModelMissing(f"{name}: в архиве нет модели Vosk")
