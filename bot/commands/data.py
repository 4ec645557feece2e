"""`clinic`, `db`, `calls` and `queue`: what the clinic's data holds."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot.commands.support import clock_from, config_option, now_option
from bot.domain.call import CallRecord
from bot.settings import Settings, load_settings


@click.group()
def clinic() -> None:
    """Данные клиники."""


@clinic.command()
@config_option
@now_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def load(config: Path | None, now: datetime | None, file: Path) -> None:
    """Загрузить файл клиники (YAML или JSON): целиком или никак; повторная загрузка ничего не удваивает."""
    report = asyncio.run(_load(load_settings(config), file, now))
    click.echo(f"Клиника «{report['clinic']}» загружена:")
    for name, title in LOADED.items():
        click.echo(f"  {title:<22} {report[name]}")


LOADED = {
    "doctors": "врачей",
    "services": "услуг",
    "openings": "окон в расписании",
    "patients": "пациентов",
    "visits": "приёмов",
    "sick_leaves": "больничных",
    "test_results": "результатов",
    "new_openings": "из них новых окон",
    "new_patients": "новых пациентов",
    "new_visits": "новых приёмов",
}


async def _load(settings: Settings, file: Path, now: datetime | None) -> dict[str, Any]:
    from bot.composition.database import data_folder, open_database
    from crm_bridge.local.load import load_clinic

    data_folder(settings)
    database = await open_database(settings.database_url)
    try:
        return asdict(await load_clinic(file, database, clock_from(now)))
    finally:
        await database.dispose()


@click.group()
def db() -> None:
    """Схема базы: upgrade, downgrade, current."""


@db.command()
@config_option
def upgrade(config: Path | None) -> None:
    """Обновить схему до последней."""
    from bot.composition.database import check_place, data_folder, readable_faults
    from bot.storage import migrate

    settings = load_settings(config)
    data_folder(settings)
    with readable_faults(settings.database_url):
        check_place(settings.database_url)
        asyncio.run(migrate.upgrade(settings.database_url))
    click.echo(f"Схема {migrate.head_revision()}")


@db.command()
@config_option
@click.argument("revision")
def downgrade(config: Path | None, revision: str) -> None:
    """Вернуть схему к REVISION (base — пустая база; данные при этом теряются)."""
    from alembic.util import CommandError

    from bot.composition.database import readable_faults
    from bot.storage import migrate

    url = load_settings(config).database_url
    try:
        with readable_faults(url):
            asyncio.run(migrate.downgrade(url, revision))
    except CommandError as error:
        raise click.BadParameter(f"нет такой схемы: {revision} ({error})", param_hint="REVISION") from error
    click.echo(f"Схема {revision}")


@db.command()
@config_option
def current(config: Path | None) -> None:
    """Показать схему базы и последнюю известную."""
    from bot.composition.database import data_folder, readable_faults
    from bot.storage import migrate

    settings = load_settings(config)
    data_folder(settings)
    with readable_faults(settings.database_url):
        now = asyncio.run(migrate.current_revision(settings.database_url))
    click.echo(f"В базе {now or 'пусто'}, последняя {migrate.head_revision()}")


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="По строке JSON на звонок.")
@click.option("--last", default=20, show_default=True, help="Сколько последних звонков.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Папка данных вместо настройки.")
def calls(config: Path | None, as_json: bool, last: int, data: Path | None) -> None:
    """Журнал звонков: реплики с намерением и временем стадий, итог, запись."""
    overrides = {"data": data} if data else {}
    records = asyncio.run(_calls(load_settings(config, **overrides), last))
    for record in reversed(records):
        click.echo(json.dumps(call_json(record), ensure_ascii=False) if as_json else _line(record))
    if not records and not as_json:
        click.echo("Звонков ещё не было. Позвонить: registratura sandbox status покажет адрес.")


async def _calls(settings: Settings, last: int) -> list[CallRecord]:
    from bot.composition.rehearsal import open_newest
    from bot.storage.journal import CallJournal

    database = await open_newest(settings)
    try:
        return list(await CallJournal(database, clock_from(None)).last_calls(last))
    finally:
        await database.dispose()


def call_json(record: CallRecord) -> dict[str, Any]:
    """A call in the form of the command-line contract."""
    return {
        "id": record.id,
        "direction": record.direction,
        "caller": record.caller,
        "called": record.called,
        "line": record.line,
        "script": record.script,
        "started_at": record.started_at.isoformat(),
        "answered_at": record.answered_at.isoformat() if record.answered_at else None,
        "ended_at": record.ended_at.isoformat() if record.ended_at else None,
        "turns": [
            {
                "speaker": turn.speaker.value,
                "state": turn.state,
                "text": turn.text,
                "intent": turn.intent,
                "confidence": turn.confidence,
                "timings": dict(turn.timings),
            }
            for turn in record.turns
        ],
        "outcome": dict(record.outcome) if record.outcome else None,
        "recording": record.recording,
    }


def _line(record: CallRecord) -> str:
    outcome = (record.outcome or {}).get("outcome", "идёт")
    way = "→" if record.direction == "outbound" else "←"
    return f"{record.started_at:%d.%m.%Y %H:%M:%S} {way} {record.caller:<13} {outcome:<20} реплик {len(record.turns)}"


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="По строке JSON на задачу.")
def queue(config: Path | None, as_json: bool) -> None:
    """Кому робот собирается звонить, когда и сколько раз уже пробовал."""
    rows = asyncio.run(_queue(load_settings(config)))
    for row in rows:
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            when = datetime.fromisoformat(row["due_at"])
            click.echo(f"{when:%d.%m %H:%M} {row['kind']:<10} {row['phone']:<8} {row['status']:<8} {row['attempts']}")
    if not rows and not as_json:
        click.echo("Задач на обзвон нет.")


async def _queue(settings: Settings) -> list[dict[str, Any]]:
    from bot.composition.rehearsal import open_newest
    from bot.outbound.view import queue_view
    from bot.storage.tasks import SqlTaskStore

    database = await open_newest(settings)
    try:
        return await queue_view(SqlTaskStore(database, clock_from(None)))
    finally:
        await database.dispose()
