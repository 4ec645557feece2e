"""A rehearsal (`serve --clinic`): a throwaway database in the data folder, and a clock of its own.

Each start begins anew, except after a crash in mid-call: the caller who stayed on the line must find again what was
agreed. `calls` and `queue` show the rehearsal until the real service starts in the same folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy.exc import DBAPIError

from bot.composition.database import data_folder, open_database
from bot.domain.clock import Clock, SystemClock
from bot.settings import Settings, SettingsError
from bot.storage.engine import Database
from bot.storage.journal import CallJournal

_WAIT_S = 10.0
"""How long the rehearsal before this one may take to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Where it writes and what time it is there."""

    url: str
    clock: Clock


@asynccontextmanager
async def rehearse(settings: Settings, clinic: Path, now: datetime | None) -> AsyncIterator[Rehearsal]:
    """Begin a rehearsal with this clinic file, or go on with the same one where a crash cut it off in mid-call.

    Raises SettingsError while another process rehearses in the same data folder.
    """
    data_folder(settings)
    with (settings.data / "rehearsal.json").open("a+", encoding="utf-8") as note:
        await _lock(note, settings.data)
        plan = _plan(clinic, now)
        began = _began(note, plan)
        if began is None or not await _cut_off(settings):
            forget_rehearsal(settings)
            began = datetime.now(UTC)
            _write(note, {**plan, "began": began.isoformat()})
        elapsed = datetime.now(UTC) - began
        yield Rehearsal(url=_url(settings), clock=SystemClock(settings.zone, now + elapsed if now else None))
        _write(note, {})


async def open_newest(settings: Settings) -> Database:
    """The database that was served last: a rehearsal's, or the real one. Raises SettingsError."""
    data_folder(settings)
    return await open_database(_url(settings) if _file(settings).is_file() else settings.database_url)


def forget_rehearsal(settings: Settings) -> None:
    """Remove the database of the last rehearsal."""
    for file in settings.data.glob(f"{_file(settings).name}*"):
        file.unlink(missing_ok=True)


def _file(settings: Settings) -> Path:
    return settings.data / "rehearsal.sqlite"


def _url(settings: Settings) -> str:
    return f"sqlite+aiosqlite:///{_file(settings).resolve()}"


async def _lock(note: IO[str], folder: Path) -> None:
    """Held as long as the process lives, however it ends."""
    try:
        async with asyncio.timeout(_WAIT_S):
            while True:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise SettingsError(
            f"В папке данных {folder} уже идёт репетиция. Остановите её или задайте другую папку: REGISTRATURA__DATA=…"
        ) from None


def _plan(clinic: Path, now: datetime | None) -> dict[str, str]:
    """What makes two rehearsals the same one."""
    return {"clinic": hashlib.sha256(clinic.read_bytes()).hexdigest(), "now": now.isoformat() if now else ""}


def _began(note: IO[str], plan: dict[str, str]) -> datetime | None:
    """When the same rehearsal began, if it never ended."""
    note.seek(0)
    try:
        kept: dict[str, Any] = json.load(note)
        return datetime.fromisoformat(kept["began"]) if {**kept, **plan} == kept else None
    except (ValueError, KeyError, TypeError):
        return None


def _write(note: IO[str], plan: dict[str, str]) -> None:
    note.seek(0)
    note.truncate()
    json.dump(plan, note)
    note.flush()


async def _cut_off(settings: Settings) -> bool:
    """Whether the database of the last rehearsal holds a call without an end."""
    if not _file(settings).is_file():
        return False
    database = Database(_url(settings))
    try:
        return bool(await CallJournal(database, SystemClock()).live())
    except DBAPIError:
        return False  # killed before it had tables
    finally:
        await database.dispose()
