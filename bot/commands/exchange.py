"""`import`, `export`, `backup` and `restore`: the clinic's data in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.support import clock_from, config_option, now_option
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from crm_bridge.local.exchange.backup import Copy
    from crm_bridge.local.exchange.importer import ImportOrder, ImportReport, Progress

KINDS = ("patients", "doctors", "services", "schedules", "consents", "visits")
_READABLE = click.Path(path_type=Path, exists=True, dir_okay=False)
_WRITABLE = click.Path(path_type=Path, dir_okay=False)


@click.command("import", epilog="Пример: registratura import patients пациенты.xlsx --dry-run")
@config_option
@now_option
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=_READABLE)
@click.option("--dry-run", is_flag=True, help="Только посчитать: база не меняется.")
@click.option("--errors", type=_WRITABLE, help="Куда сложить строки с ошибками (по умолчанию ФАЙЛ.errors.csv рядом).")
@click.option(
    "--clinic-mapping", multiple=True, metavar="СТОЛБЕЦ=ПОЛЕ", help="Какой столбец чем считать; можно несколько раз."
)
def import_(
    config: Path | None,
    now: datetime | None,
    kind: str,
    file: Path,
    dry_run: bool,
    errors: Path | None,
    clinic_mapping: tuple[str, ...],
) -> None:
    """Загрузить таблицу CSV или XLSX: patients — пациенты, doctors — врачи, services — услуги,
    schedules — расписание, consents — согласия, visits — прошлые приёмы.

    Повторная загрузка ничего не удваивает; прерванная продолжается с места остановки той же командой.
    """
    from crm_bridge.local.exchange.fields import Kind
    from crm_bridge.local.exchange.importer import ImportOrder

    mapping = dict(_pair(text) for text in clinic_mapping)
    order = ImportOrder(path=file, kind=Kind(kind), dry_run=dry_run, errors=errors, mapping=mapping)
    with _progress("Загрузка") as progress:
        report = asyncio.run(_import(load_settings(config), order, now, progress))
    for line in report_lines(report):
        click.echo(line)


def _pair(text: str) -> tuple[str, str]:
    heading, equals, field = text.rpartition("=")
    if not (heading.strip() and equals and field.strip()):
        raise click.BadParameter(
            f"«{text}»: нужно СТОЛБЕЦ=ПОЛЕ, например «Дата рожд.=birth_date»", param_hint="MAPPING"
        )
    return heading.strip(), field.strip()


async def _import(settings: Settings, order: ImportOrder, now: datetime | None, progress: Progress) -> ImportReport:
    from bot.composition.database import data_folder, open_database, readable_faults
    from crm_bridge.local.exchange.importer import import_table

    data_folder(settings)
    database = await open_database(settings.database_url)
    try:
        with readable_faults(settings.database_url):
            return await import_table(order, database, clock_from(now), progress=progress)
    finally:
        await database.dispose()


def report_lines(report: ImportReport) -> Sequence[str]:
    """The report as the person at the terminal reads it."""
    counts = {
        "новых": report.new,
        "дополнено": report.changed,
        "уже были": report.unchanged,
        "повторов в файле": report.repeated,
        "с ошибками": report.bad,
    }
    lines = [f"Строк в файле: {report.total}"]
    if report.resumed_from:
        lines.append(f"  продолжено со строки {report.resumed_from + 1}")
    lines += [f"  {name:<18} {count}" for name, count in counts.items()]
    if report.errors:
        lines.append(f"Строки с ошибками: {report.errors}. Исправьте их и загрузите этот файл той же командой.")
    if report.dry_run:
        lines.append("База не изменена.")
    return lines


@contextmanager
def _progress(title: str) -> Iterator[Progress]:
    """A bar on stderr, where it disturbs nothing that is piped on; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@click.command(epilog="Пример: registratura export patients пациенты.xlsx")
@config_option
@click.argument("kind", type=click.Choice((*KINDS, "all")))
@click.argument("file", type=_WRITABLE)
def export(config: Path | None, kind: str, file: Path) -> None:
    """Выгрузить таблицу в FILE (.csv или .xlsx); all — все таблицы базы в zip строками JSON."""
    count = asyncio.run(_export(load_settings(config), kind, file))
    click.echo(f"Выгружено строк: {count}, файл {file}")


async def _export(settings: Settings, kind: str, file: Path) -> int:
    from bot.composition.database import data_folder, open_database, readable_faults
    from crm_bridge.local.exchange.backup import backup as write_backup
    from crm_bridge.local.exchange.exporter import export_table
    from crm_bridge.local.exchange.fields import Kind
    from crm_bridge.local.exchange.portable import read_manifest

    data_folder(settings)
    database = await open_database(settings.database_url)
    try:
        with readable_faults(settings.database_url):
            if kind == "all":
                await write_backup(file, database, portable=True)
                return sum(read_manifest(file)["rows"].values())
            return await export_table(Kind(kind), file, database)
    finally:
        await database.dispose()


@click.command(epilog="Пример: registratura backup копия --portable")
@config_option
@click.argument("file", type=_WRITABLE)
@click.option("--portable", is_flag=True, help="Переносимая копия: восстановится и в SQLite, и в PostgreSQL.")
def backup(config: Path | None, file: Path, portable: bool) -> None:
    """Сделать резервную копию базы в FILE; службу останавливать не нужно."""
    copy = asyncio.run(_backup(load_settings(config), file, portable))
    click.echo(f"Копия готова: {_told(copy)}")
    click.echo("В ней персональные данные: храните её зашифрованной.")


async def _backup(settings: Settings, file: Path, portable: bool) -> Copy:
    from bot.composition.database import data_folder, open_database, readable_faults
    from crm_bridge.local.exchange.backup import backup as write_backup

    data_folder(settings)
    database = await open_database(settings.database_url)
    try:
        with readable_faults(settings.database_url):
            return await write_backup(file, database, portable=portable)
    finally:
        await database.dispose()


@click.command(epilog="Пример: registratura restore копия --force")
@config_option
@click.argument("file", type=_READABLE)
@click.option("--force", is_flag=True, help="Восстановить поверх данных: всё, что сейчас в базе, пропадёт.")
def restore(config: Path | None, file: Path, force: bool) -> None:
    """Восстановить базу из FILE; остановите службу на это время."""
    from bot.composition.database import check_place, data_folder, readable_faults
    from crm_bridge.local.exchange.backup import restore as read_backup

    settings = load_settings(config)
    data_folder(settings)
    with readable_faults(settings.database_url):
        check_place(settings.database_url)
        copy = asyncio.run(read_backup(file, settings.database_url, force=force))
    click.echo(f"Восстановлено: {_told(copy)}")


def _told(copy: Copy) -> str:
    return f"{copy.path} ({copy.form.value}, схема {copy.revision}, {copy.size / 1_000_000:.1f} МБ)"


globals()["import"] = import_  # cli.py looks a command up under its own name, and this one is a keyword
