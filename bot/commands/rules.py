"""`rules` and `report`: what the clinic's rules are set to, and what came of them."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bot.commands.support import config_option
from bot.settings import Settings, load_settings


@click.command(epilog="Пример: registratura rules --json")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Одна строка JSON на правило.")
def rules(config: Path | None, as_json: bool) -> None:
    """Все правила: номер, настройка и её значение, проверка (файл в tests/rules) или «later»."""
    for row in asyncio.run(_rules(load_settings(config))):
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            settings = ", ".join(f"{key} = {value}" for key, value in row["settings"].items())
            click.echo(f"{row['id']:<5} {row['check']:<38} {settings}")


async def _rules(settings: Settings) -> list[dict[str, Any]]:
    from crm_bridge.rules.catalogue import CATALOGUE, tests_of
    from crm_bridge.rules.settings import SETTINGS, RuleSettings

    values = {key: getattr(RuleSettings(), one.name) for key, one in SETTINGS.items()}
    if await _is_migrated(settings):
        async with _desk(settings) as desk:
            values = dict(await desk.policy.values())
    found = tests_of(Path(__file__).parents[2] / "tests" / "rules")
    return [
        {
            "id": row,
            "settings": {key: values[key] for key, one in SETTINGS.items() if row in one.rows},
            "check": found.get(row) or ("later" if later else "no test"),
        }
        for row, later in CATALOGUE.items()
    ]


async def _is_migrated(settings: Settings) -> bool:
    """Whether there is a clinic's database; before there is one, the rules have their defaults."""
    from bot.storage import migrate
    from bot.storage.engine import DATABASE_OUTAGES

    try:
        return await migrate.current_revision(settings.database_url) == migrate.head_revision()
    except DATABASE_OUTAGES:
        return False


def _day(text: str | None, default: date) -> date:
    if text is None:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"«{text}» не похоже на дату, пример: 2026-11-23") from None


@click.command(epilog="Пример: registratura report strikes --from 2026-11-01 --csv")
@config_option
@click.argument("name", required=False)
@click.option("--from", "start", help="Первый день, например 2026-11-01 (по умолчанию 30 дней назад).")
@click.option("--to", "end", help="Последний день включительно (по умолчанию сегодня).")
@click.option("--branch", help="Только этот филиал.")
@click.option("--json", "as_json", is_flag=True, help="Одна строка JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV для Excel: точка с запятой, UTF-8.")
def report(
    config: Path | None,
    name: str | None,
    start: str | None,
    end: str | None,
    branch: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Отчёт NAME за период; без имени — список отчётов."""
    from crm_bridge.local.reports import REPORTS, Period

    if name is None:
        for known, (title, _, _) in REPORTS.items():
            click.echo(f"{known:<16} {title}")
        return
    today = datetime.now().astimezone().date()
    period = Period(start=_day(start, today - timedelta(days=30)), end=_day(end, today), branch_id=branch)
    made = asyncio.run(_report(load_settings(config), name, period))
    if as_json:
        click.echo(json.dumps({"name": made.name, "rows": list(made.rows), "totals": made.totals}, ensure_ascii=False))
    elif as_csv:
        writer = csv.writer(sys.stdout, delimiter=";")
        writer.writerow(made.columns.values())
        writer.writerows([row[key] for key in made.columns] for row in made.rows)
    else:
        _show(made)


async def _report(settings: Settings, name: str, period: Any) -> Any:
    async with _desk(settings) as desk:
        return await desk.reports.report(name, period)


def _show(made: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=made.title, show_footer=bool(made.rows))
    for at, (key, title) in enumerate(made.columns.items()):
        footer = "Итого" if at == 0 else str(made.totals.get(key, ""))
        table.add_column(title, footer=footer, justify="left" if at == 0 else "right")
    for row in made.rows:
        table.add_row(*(str(row[key]) for key in made.columns))
    Console().print(table if made.rows else f"{made.title}: за этот период ничего нет.")


def _desk(settings: Settings) -> Any:
    from bot.composition.desk import open_desk

    return open_desk(settings)
