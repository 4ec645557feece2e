"""Which script a command means: a file, a name (what new calls take), or a numbered version of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.settings import Settings
from dialogs.script import NAMES, Script, load_script

if TYPE_CHECKING:
    from bot.scripting.desk import ScriptDesk

REFERENCE = "имя (inbound: то, что берут новые звонки), версия (inbound:3, inbound:0 — поставляемая) или файл .yml"

_LONGEST_NUMBER = 7


@asynccontextmanager
async def open_scripts(settings: Settings) -> AsyncIterator[ScriptDesk]:
    """The versions of the clinic's database."""
    from bot.composition.desk import open_desk
    from bot.composition.scripting import script_desk

    async with open_desk(settings) as desk:
        yield script_desk(desk.clinic.ground)


def is_file(reference: str) -> bool:
    """Whether a file is meant."""
    return Path(reference).suffix in {".yml", ".yaml"}


def split(reference: str) -> tuple[str, int | None]:
    """The script's name and the number of its version, None where what is live is meant. Raises UsageError."""
    name, colon, number = reference.partition(":")
    if name not in NAMES:
        raise click.UsageError(f"Сценария «{name}» нет; есть: {', '.join(NAMES)}. Файл называйте с .yml")
    if not colon:
        return name, None
    if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER):
        raise click.UsageError(f"«{reference}»: после двоеточия нужен номер версии, например {name}:3")
    return name, int(number)


async def read_script(reference: str, settings: Settings) -> Script:
    """The script that is meant. Raises ScriptError and NoSuchVersion."""
    from bot.composition.database import has_database

    if is_file(reference):
        return load_script(reference)
    name, number = split(reference)
    if number is None and not await has_database(settings.database_url):
        return load_script(name)
    async with open_scripts(settings) as scripts:
        return await (scripts.live(name) if number is None else scripts.script(name, number))


async def read_files(reference: str, settings: Settings) -> tuple[str, dict[str, str]]:
    """The name and the files of the script that is meant, its dialogues too. Raises ScriptError and NoSuchVersion."""
    from bot.composition.database import has_database
    from bot.scripting.exam import folder_files, shipped_files

    if is_file(reference):
        return Path(reference).stem, folder_files(Path(reference))
    name, number = split(reference)
    if number is None and not await has_database(settings.database_url):
        return name, shipped_files(name)
    async with open_scripts(settings) as scripts:
        live = (await scripts.state(name)).live if number is None else number
        return name, dict((await scripts.version(name, live)).files)
