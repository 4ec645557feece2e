"""Trains Rasa and keeps the model under the fingerprint of what it was trained on."""

from __future__ import annotations

import asyncio
import fcntl
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Final

from bot.rasa.environment import RasaEnvironment, RasaError, without_our_settings
from dialogs.nlu.rasa_training import RasaTraining

_EPOCHS: Final = re.compile(rb"Epochs:\s+(\d+)%")
_CHUNK: Final = 4096
_TOLD_EVERY: Final = 10
_LAST_LINES: Final = 12
_POLL_S: Final = 0.5


async def train(environment: RasaEnvironment, training: RasaTraining, say: Callable[[str], None]) -> Path:
    """Return the model of this training, made now unless it is kept from before. Raises RasaError.

    Two processes that want the same model make it once: the second waits for the first.
    """
    models = environment.models
    models.mkdir(parents=True, exist_ok=True)
    model = models / training.model
    async with _alone(models / f"{training.fingerprint}.lock", say):
        if model.is_file():
            say(f"модель есть: {model}")
            return model
        with tempfile.TemporaryDirectory(prefix="training-", dir=models) as folder:
            made = await _train(environment, training, Path(folder), say)
            made.replace(model)
    return model


async def _train(
    environment: RasaEnvironment, training: RasaTraining, folder: Path, say: Callable[[str], None]
) -> Path:
    for name, text in training.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    phrases = sum(training.phrases.values())
    say(f"обучение: фраз {phrases}, намерений {len(training.phrases)}, эпох {training.epochs}")
    process = await asyncio.create_subprocess_exec(
        *environment.command("train", "nlu", "--config", "config.yml", "--domain", "domain.yml"),
        *("--nlu", "nlu.yml", "--out", "made", "--fixed-model-name", training.model.removesuffix(".tar.gz")),
        cwd=folder,
        env=without_our_settings(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        told = await _follow(process, say)
        code = await process.wait()
    finally:
        await end(process)
    made = folder / "made" / training.model
    if code or not made.is_file():
        kept = environment.models / "last-failure.log"
        kept.write_bytes(told)
        lines = told.decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
        raise RasaError(f"Rasa не обучилась (код {code}), весь её рассказ в {kept}. Последнее:\n" + "\n".join(lines))
    return made


async def _follow(process: asyncio.subprocess.Process, say: Callable[[str], None]) -> bytes:
    """Read all that is told, and pass the epochs on as they go by."""
    assert process.stdout is not None, "started with a pipe"
    told, shown = b"", -_TOLD_EVERY
    while chunk := await process.stdout.read(_CHUNK):
        told += chunk
        found = _EPOCHS.findall(told[-2 * _CHUNK :])
        done = int(found[-1]) if found else shown
        if done >= shown + _TOLD_EVERY:
            shown = done
            say(f"обучение: {done} %")
    return told


async def end(process: asyncio.subprocess.Process, patience_s: float = 10.0) -> None:
    """End a child of ours: asked first, made to afterwards; safe when it has ended."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(patience_s):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def _alone(lock: Path, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Hold this file's lock; it goes with the process, whatever becomes of that."""
    with lock.open("w") as file:
        waited = False
        while not _locked(file):
            if not waited:
                say("эта модель уже обучается другим процессом: жду")
            waited = True
            await asyncio.sleep(_POLL_S)
        yield


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
