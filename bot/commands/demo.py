"""`demo`: synthesised people phone the bot, and the bot phones one of them."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.support import configure_logging, read_program, starting
from bot.settings import OutboundSettings, Settings, asterisk_root, load_settings

if TYPE_CHECKING:
    from bot.composition.speech import SpeechParts
    from bot.demo.stage import Stage

HURRY_RATE = 1.4
"""How fast the bot speaks with `--once`, when nobody listens but the next program."""


@click.command()
@click.option("--once", is_flag=True, help="Закончить после звонков; последняя строка — JSON.")
@click.option("--seed", type=int, default=None, help="Зерно: кто звонит, каким голосом, к кому.")
@click.option("--simulated", is_flag=True, help="Без Asterisk: те же звонки на имитации линии.")
@click.option("--clinic", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Другая клиника.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Где оставить базу и записи.")
@click.option("--listen", is_flag=True, help="Потом распознать записи и сверить с подсказками робота.")
def demo(once: bool, seed: int | None, simulated: bool, clinic: Path | None, keep: Path | None, listen: bool) -> None:
    """Пять разговоров: запись, человек, врач на дом, брошенная трубка, напоминание с переносом."""
    configure_logging(logging.WARNING)
    asked_simulated = simulated
    if not simulated and asterisk_root() is None:
        click.echo("Asterisk здесь не собран (make system), поэтому звонки пойдут по имитации линии.")
        simulated = True
    chosen = secrets.randbelow(10_000) if seed is None else seed
    with starting(), tempfile.TemporaryDirectory(prefix="registratura-demo-") as folder:
        summary = asyncio.run(_demo(keep or Path(folder), chosen, simulated, clinic, once, listen))
    if once:
        click.echo(json.dumps(summary, ensure_ascii=False))
    on_asked_line = summary["line"] != "simulated" or asked_simulated
    if once and not (on_asked_line and summary["right"]):
        raise click.exceptions.Exit(1)


async def _demo(
    folder: Path, seed: int, simulated: bool, clinic: Path | None, once: bool, listen: bool
) -> dict[str, Any]:
    from bot.composition.speech import open_speech

    settings = load_settings(data=folder, outbound=OutboundSettings(enabled=False))
    if once:
        page = settings.page.model_copy(update={"port": 0})
        hurried = settings.speech.model_copy(update={"rate": HURRY_RATE})
        settings = settings.model_copy(update={"page": page, "speech": hurried})

    async with open_speech(settings) as speech:
        await read_program("bot.demo.run")
        return await _play(settings, speech, seed, simulated, clinic, once, listen)


async def _play(
    settings: Settings, speech: SpeechParts, seed: int, simulated: bool, clinic: Path | None, once: bool, listen: bool
) -> dict[str, Any]:
    from bot.composition.core import DEMO_CLINIC
    from bot.composition.service import forever
    from bot.demo.run import run_demo

    async def stay(stage: Stage) -> None:
        click.echo("\nСлужба работает. Страница: " + stage.page)
        if stage.sandbox is not None:
            click.echo(f"Позвонить самому: софтфоном без регистрации (кодек A-law) на {stage.registry}")
            click.echo(f"  например: baresip -e '/dial {stage.registry}', linphonec или MicroSIP на этой машине")
        click.echo("Закончить: Ctrl+C")
        await forever()

    return await run_demo(
        settings,
        speech,
        clinic=clinic or DEMO_CLINIC,
        seed=seed,
        simulated=simulated,
        say=click.echo,
        stay=None if once else stay,
        listen=listen,
    )
