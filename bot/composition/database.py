"""The database, with faults that an engineer can read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.settings import Settings, SettingsError
from bot.storage import migrate
from bot.storage.engine import DATABASE_OUTAGES, Database, UnsupportedDatabase


async def open_database(url: str) -> Database:
    """The database at this URL, migrated. Raises SettingsError."""
    with readable_faults(url):
        check_place(url)
        await migrate.upgrade(url)
        return Database(url)


async def has_database(url: str) -> bool:
    """Whether the clinic's database is there and of this version; nothing is made or changed by asking.

    Raises SettingsError for what is no address of a database.
    """
    with readable_faults(url):
        try:
            return _is_there(url) and await migrate.current_revision(url) == migrate.head_revision()
        except DATABASE_OUTAGES:
            return False


def _is_there(url: str) -> bool:
    """Whether there is something to connect to: a file that is missing would be made."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").is_file()


def check_place(url: str) -> None:
    """A file that cannot be is found before a connection is begun: a driver that fails leaves its thread behind."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        file = Path(parsed.database)
        if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
            raise SettingsError(f"database.url: в файл {file} нельзя писать; проверьте путь и права")


@contextmanager
def readable_faults(url: str) -> Iterator[None]:
    """Turn what the database says into a SettingsError that names the setting and the place."""
    try:
        yield
    except UnsupportedDatabase as error:
        raise SettingsError(f"database.url: такая база не поддерживается; {_EXAMPLES}") from error
    except ArgumentError as error:
        raise SettingsError(f"database.url: это не адрес базы; {_EXAMPLES}") from error
    except (*DATABASE_OUTAGES, DBAPIError) as error:
        raise SettingsError(
            f"database.url: база {_place(url)} не открывается ({getattr(error, 'orig', None) or error})"
        ) from error


_EXAMPLES = (
    "примеры: sqlite+aiosqlite:////var/lib/registratura/clinic.sqlite, postgresql+asyncpg://имя:пароль@сервер/база"
)


def _place(url: str) -> str:
    """Where the database is, without the password."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return str(parsed.database)
    return f"{parsed.host}:{parsed.port or 5432}/{parsed.database}"


def data_folder(settings: Settings) -> None:
    """Make sure that the data folder is there. Raises SettingsError."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"data: папку {settings.data} нельзя создать ({error.strerror})") from error
