"""`script list|history|export|save|publish|rollback`: versions of the scripts in the clinic's database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from bot.commands.script_source import open_scripts, split
from bot.commands.support import config_option, whoever_types
from bot.domain.script_versions import SHIPPED_VERSION, Publication, ScriptState, ScriptVersion
from bot.settings import Settings, load_settings

BASE_SUFFIX = ".base"
"""Beside an exported script: from which version it was taken, so that nobody's edits are overwritten."""


@click.command(name="list")
@config_option
def versions(config: Path | None) -> None:
    """Все сценарии: какую версию берут новые звонки, какая сохранена последней."""
    for state in asyncio.run(_states(load_settings(config))):
        drafts = f", черновик {state.newest}" if state.newest > state.live else ""
        since = f" с {_moment(state.published_at)}, {state.published_by}" if state.published_at else ""
        click.echo(f"{state.id:<16} {_numbered(state.live)}{since}{drafts}. {state.title}")


async def _states(settings: Settings) -> Sequence[ScriptState]:
    async with open_scripts(settings) as scripts:
        return await scripts.states()


@click.command()
@config_option
@click.argument("name")
def history(config: Path | None, name: str) -> None:
    """Версии сценария NAME, новые первыми, и что когда публиковали."""
    saved, published = asyncio.run(_history(load_settings(config), split(name)[0]))
    for one in saved:
        made = f"сохранена {_moment(one.created_at)}, {one.created_by}, из версии {one.base}" if one.created_at else ""
        marks = [made, "действует" if one.live else "", one.note]
        click.echo(f"версия {one.number}: {'; '.join(filter(None, marks))}")
    for publication in published:
        click.echo(f"{_moment(publication.at)} {publication.by}: опубликована {_numbered(publication.number)}")


async def _history(settings: Settings, name: str) -> tuple[Sequence[ScriptVersion], Sequence[Publication]]:
    async with open_scripts(settings) as scripts:
        return await scripts.versions(name), await scripts.store.publications(name)


@click.command(epilog="Пример: registratura script export inbound правки")
@config_option
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(config: Path | None, name: str, folder: Path) -> None:
    """Выписать файлы сценария NAME (или NAME:ВЕРСИЯ) в папку FOLDER, чтобы править."""
    script, number = split(name)
    version = asyncio.run(_version(load_settings(config), script, number))
    taken = [file for file in version.files if (folder / file).exists()]
    if taken:
        raise click.ClickException(f"В папке {folder} уже есть {taken[0]}: возьмите пустую папку")
    for file, text in version.files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    (folder / f"{script}{BASE_SUFFIX}").write_text(f"{version.number}\n", encoding="utf-8")
    click.echo(f"Выписано в {folder}: {_numbered(version.number)}, файлов {len(version.files)}.")


async def _version(settings: Settings, script: str, number: int | None) -> ScriptVersion:
    async with open_scripts(settings) as scripts:
        state = await scripts.state(script)
        return await scripts.version(script, state.live if number is None else number)


@click.command(epilog='Пример: registratura script save правки/inbound.yml --note "Новое приветствие"')
@config_option
@click.option("--base", type=click.IntRange(min=0), help="Из какой версии сделаны правки (0 — из поставляемой).")
@click.option("--note", default="", help="Что изменено, для истории.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
def save(config: Path | None, base: int | None, note: str, files: tuple[Path, ...]) -> None:
    """Сохранить сценарии FILES черновиками; имя файла — имя сценария. Звонки их ещё не берут.

    Диалоги сценария, которых нет в папке, остаются прежними.
    """
    settings = load_settings(config)
    for file in files:
        split(file.stem)
        saved = asyncio.run(_save(settings, file, _base_of(file) if base is None else base, note))
        _note_of(file).write_text(f"{saved.number}\n", encoding="utf-8")
        click.echo(f"Сохранено: {saved.script}, версия {saved.number}. Опубликовать: registratura script publish "
                   f"{saved.script}:{saved.number}")  # fmt: skip


async def _save(settings: Settings, file: Path, base: int, note: str) -> ScriptVersion:
    from bot.scripting.exam import dialogues_file, folder_files

    files, own = folder_files(file), dialogues_file(file.stem)
    async with open_scripts(settings) as scripts:
        if own not in files:  # whoever edits one file must not publish it unguarded
            kept = (await scripts.version(file.stem, base)).files.get(own)
            files |= {own: kept} if kept is not None else {}
        return await scripts.save(file.stem, files, base=base, by=whoever_types(), note=note)


def _note_of(file: Path) -> Path:
    return file.with_suffix(BASE_SUFFIX)


def _base_of(file: Path) -> int:
    note = _note_of(file)
    if not note.is_file():
        return SHIPPED_VERSION
    text = note.read_text(encoding="utf-8").strip()
    if not text.isdigit():
        raise click.ClickException(f"{note}: нужен номер версии; исправьте или задайте --base")
    return int(text)


@click.command(epilog="Пример: registratura script publish inbound:4")
@config_option
@click.argument("names", nargs=-1, required=True)
def publish(config: Path | None, names: tuple[str, ...]) -> None:
    """Проверить версии (без номера — последние сохранённые), провести диалоги и отдать новым звонкам."""
    settings = load_settings(config)
    for name in names:
        done = asyncio.run(_publish(settings, *split(name)))
        if done is None:
            click.echo(
                f"{split(name)[0]}: эта версия уже действует. Сначала сохраните правки: registratura script save"
            )
            continue
        click.echo(f"Опубликовано: {done.script}, {_numbered(done.number)}. Новые звонки возьмут её за 5 секунд.")


async def _publish(settings: Settings, script: str, number: int | None) -> Publication | None:
    """What is live now; None where it was live already."""
    async with open_scripts(settings) as scripts:
        state = await scripts.state(script)
        wanted = state.newest if number is None else number
        if wanted == state.live:
            return None
        return await scripts.publish(script, wanted, by=whoever_types())


@click.command(epilog="Пример: registratura script rollback inbound")
@config_option
@click.argument("name")
def rollback(config: Path | None, name: str) -> None:
    """Вернуть сценарию NAME ту версию, что действовала раньше; ещё раз — ещё более раннюю."""
    done = asyncio.run(_roll_back(load_settings(config), split(name)[0]))
    click.echo(f"Возвращено: {done.script}, {_numbered(done.number)}. Идущие разговоры закончатся со своей версией.")


async def _roll_back(settings: Settings, script: str) -> Publication:
    async with open_scripts(settings) as scripts:
        return await scripts.roll_back(script, by=whoever_types())


def _numbered(number: int) -> str:
    return "поставляемая версия" if number == SHIPPED_VERSION else f"версия {number}"


def _moment(at: datetime | None) -> str:
    return f"{at:%d.%m.%Y %H:%M}" if at else ""
