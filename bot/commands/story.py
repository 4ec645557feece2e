"""`story`: the seeds' own stories, told and checked."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from datetime import datetime
from pathlib import Path

import click

from bot.commands.support import configure_logging, now_option


@click.command()
@click.argument("name", required=False)
@now_option
def story(name: str | None, now: datetime | None) -> None:
    """Показать историю NAME по шагам на временной базе и проверить её; без имени — список историй."""
    from bot.demo.stories import STORIES

    if name is None:
        for known, (about, _) in STORIES.items():
            click.echo(f"{known:<18} {about}")
        return
    if name not in STORIES:
        raise click.BadParameter(f"«{name}»: есть {', '.join(STORIES)}")
    configure_logging(logging.WARNING)
    asyncio.run(_tell(name, now))


async def _tell(name: str, now: datetime | None) -> None:
    from bot.demo.stage import demo_clock
    from bot.demo.stories import STORIES, StoryFailed, open_tale
    from bot.settings import load_settings

    with tempfile.TemporaryDirectory(prefix="registratura-story-") as folder:
        settings = load_settings(data=Path(folder))
        moment = now or demo_clock(settings).now()
        async with open_tale(settings, moment, click.echo) as tale:
            try:
                await STORIES[name][1](tale)
            except StoryFailed as failed:
                raise click.ClickException(f"История не сошлась: {failed}") from failed
            click.secho(f"История сошлась: проверок {tale.checks}.", fg="green")
