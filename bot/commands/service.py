"""`serve`: the service, or a rehearsal of it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import click

from bot.commands.support import clinic_option, clock_from, config_option, now_option
from bot.settings import Settings, load_settings


@click.command()
@config_option
@clinic_option
@now_option
def serve(config: Path | None, clinic: Path | None, now: datetime | None) -> None:
    """Принимать звонки, звонить пациентам и показывать страницу.

    С --clinic и --now это репетиция: временная база с этой клиникой и часы, которые идут с заданного момента.
    """
    asyncio.run(_serve(load_settings(config), clinic, now))


async def _serve(settings: Settings, clinic: Path | None, now: datetime | None) -> None:
    from bot.composition.core import open_core, open_state
    from bot.composition.line import asterisk_line
    from bot.composition.service import forever, open_service, serve_page
    from bot.composition.speech import open_speech

    line = asterisk_line(settings)
    click.echo("Готовлю базу, распознавание и голос…", err=True)
    async with (
        open_core(settings, clock_from(now), clinic=clinic) as core,
        open_state(core) as state,
        open_speech(settings) as speech,
        open_service(core, state, speech, line) as service,
    ):
        runner, address = await serve_page(service.app, settings)
        try:
            health = await line.health()
            click.echo(f"Принимаю звонки: Asterisk {health.version}. Страница: {address}", err=True)
            await forever()
            click.echo("Останавливаюсь; идущие разговоры останутся на линии.", err=True)
        finally:
            await runner.cleanup()
