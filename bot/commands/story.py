"""`story`: the seeds' own stories, told and checked."""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot.commands.demo import HURRY_RATE
from bot.commands.support import configure_logging, now_option, starting
from bot.settings import OutboundSettings, Settings, asterisk_root, load_settings

LINKS = "https://clinic.example"
"""Where the links in messages lead while the clinic has no address for them; these messages reach nobody."""


@click.command(epilog="Пример: registratura story medmis --sip")
@click.argument("name", required=False)
@click.option("--sip", is_flag=True, help="Звонки настоящие: Asterisk на петле, синтезированные пациенты у телефонов.")
@click.option("--seed", type=int, default=1, show_default=True, help="Зерно: какими голосами говорят пациенты.")
@click.option("--json", "as_json", is_flag=True, help="Последняя строка — JSON: сошлась ли, проверки, звонки, секунды.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Где оставить записи звонков.")
@now_option
def story(name: str | None, sip: bool, seed: int, as_json: bool, keep: Path | None, now: datetime | None) -> None:
    """Показать историю NAME по шагам на временной базе и проверить её; без имени — список историй.

    Шаги и проверки одни и те же в тексте и с --sip. Код выхода 0, только если сошлось всё, а с --sip ещё и не
    осталось ни каналов, ни мостов.
    """
    from bot.demo.stories import STORIES

    if name is None:
        for known, (about, _) in STORIES.items():
            click.echo(f"{known:<18} {about}")
        return
    if name not in STORIES:
        raise click.BadParameter(f"«{name}»: есть {', '.join(STORIES)}")
    if sip and asterisk_root() is None:
        raise click.ClickException("Asterisk здесь не собран: make system. Без --sip история идёт в тексте.")
    configure_logging(logging.WARNING)
    with starting(), tempfile.TemporaryDirectory(prefix="registratura-story-") as folder:
        summary = asyncio.run(_tell(name, _settings(keep or Path(folder)), sip, seed, now))
    close(summary, as_json)


def _settings(folder: Path) -> Settings:
    """Nobody is phoned by the service itself: the story says when."""
    settings = load_settings(data=folder, outbound=OutboundSettings(enabled=False))
    page = settings.page.model_copy(update={"port": 0})
    speech = settings.speech.model_copy(update={"rate": HURRY_RATE})
    notify = settings.notify.model_copy(update={"public_url": settings.notify.public_url or LINKS})
    return settings.model_copy(update={"page": page, "speech": speech, "notify": notify})


async def _tell(name: str, settings: Settings, sip: bool, seed: int, now: datetime | None) -> dict[str, Any]:
    from bot.demo.stage import demo_clock
    from bot.demo.stories.tale import Telling
    from bot.demo.stories.teller import tell, tell_by_sip

    moment = now or demo_clock(settings).now()
    return await (tell_by_sip if sip else tell)(settings, name, moment, Telling(say=click.echo, seed=seed))


def close(summary: dict[str, Any], as_json: bool) -> None:
    """The last words: whether it came out, and the JSON line. Raises Exit when it did not."""
    if summary["right"]:
        click.secho(f"История сошлась: проверок {summary['checks']}, звонков {summary['calls']}.", fg="green")
    else:
        click.secho(f"История не сошлась: {_fault(summary)}", fg="red")
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    if not summary["right"]:
        raise click.exceptions.Exit(1)


def _fault(summary: dict[str, Any]) -> str:
    left = f"осталось каналов {summary.get('channels_left')}, мостов {summary.get('bridges_left')}"
    return summary["fault"] or left
