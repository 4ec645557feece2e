"""`serve`: the service, or a rehearsal of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.support import clinic_option, config_option, now_option, read_program, starting
from bot.domain.clock import Clock, SystemClock
from bot.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from bot.composition.speech import SpeechParts


@click.command()
@config_option
@clinic_option
@now_option
def serve(config: Path | None, clinic: Path | None, now: datetime | None) -> None:
    """Принимать звонки, звонить пациентам и показывать страницу.

    С --clinic и --now это репетиция: временная база с этой клиникой и часы, которые идут с заданного момента.
    """
    if now is not None and clinic is None:
        raise click.UsageError("--now бывает только вместе с --clinic: настоящая служба живёт по настоящим часам")
    with starting():
        asyncio.run(_serve(load_settings(config), clinic, now))


async def _serve(settings: Settings, clinic: Path | None, now: datetime | None) -> None:
    from bot.composition.speech import open_speech

    async with open_speech(settings) as speech:
        # Reading the rest of the program takes seconds, in which the models load in processes of their own.
        await read_program("bot.composition.opening")
        await _take_calls(settings, speech, clinic, now)


async def _take_calls(settings: Settings, speech: SpeechParts, clinic: Path | None, now: datetime | None) -> None:
    from bot.composition.line import asterisk_line
    from bot.composition.opening import open_all
    from bot.composition.service import serve_page, stopped

    line = asterisk_line(settings)
    await _check_surroundings(settings)
    click.echo("Готовлю базу, распознавание и голос…", err=True)
    async with (
        _database_and_clock(settings, clinic, now) as (url, clock),
        open_all(settings, clock, speech, line, clinic=clinic, url=url) as service,
    ):
        runner, address = await serve_page(service.app, settings)
        try:
            await service.ready()
            health = await line.health()
            click.echo(f"Принимаю звонки: Asterisk {health.version}. Страница: {address}", err=True)
            if await stopped(line.replaced):
                raise SettingsError(
                    f"asterisk.app: звонки приложения «{settings.asterisk.app}» забрала другая служба. "
                    "Остановите её или задайте этой другое имя."
                )
            click.echo("Останавливаюсь; идущие разговоры останутся на линии.", err=True)
        finally:
            await runner.cleanup()


async def _check_surroundings(settings: Settings) -> None:
    """What would stop the service half-way is found before anything is begun. Raises SettingsError."""
    from bot.doctor.exchange import check_asterisk, check_ports

    faults = [one for one in await check_asterisk(settings) if one.grade == "fail"]
    faults += [one for one in await check_ports(settings) if one.grade != "ok"]
    if faults:
        raise SettingsError("\n".join(f"{one.name}: {one.text}. {one.remedy}" for one in faults))


@asynccontextmanager
async def _database_and_clock(
    settings: Settings, clinic: Path | None, now: datetime | None
) -> AsyncIterator[tuple[str, Clock]]:
    """The clinic's own (no URL but that of the settings), or a rehearsal's."""
    from bot.composition.rehearsal import forget_rehearsal, rehearse

    if clinic is None:
        forget_rehearsal(settings)
        yield "", SystemClock(settings.zone)
        return
    async with rehearse(settings, clinic, now) as rehearsal:
        yield rehearsal.url, rehearsal.clock
