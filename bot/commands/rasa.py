"""`rasa`: the optional Rasa service: train it, run it, see how it is."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.support import config_option
from bot.settings import Settings, cache_folder, load_settings

if TYPE_CHECKING:
    from bot.composition.rasa import RasaState
    from bot.rasa.server import RasaServer
    from dialogs.nlu.rasa_training import RasaTraining

EXAMPLE = "Пример: registratura rasa run --train"
_OF_EACH = "Для проверки: не все фразы, а столько на намерение."
_EPOCHS = "Эпох вместо тех, что в dialogs/rasa/config.yml."

per_intent_option = click.option("--per-intent", type=click.IntRange(min=2), default=None, help=_OF_EACH)
epochs_option = click.option("--epochs", type=click.IntRange(min=1), default=None, help=_EPOCHS)


@click.group(epilog=EXAMPLE)
def rasa() -> None:
    """Понимание на Rasa (необязательно): обучить, запустить, проверить. Среду собирает scripts/build_rasa.sh."""


@rasa.command(epilog="Пример: registratura rasa train")
@config_option
@per_intent_option
@epochs_option
def train(config: Path | None, per_intent: int | None, epochs: int | None) -> None:
    """Обучить Rasa на поставляемых фразах и на опубликованных клиникой (learn publish). Минуты процессора.

    Обученная раньше на тех же фразах берётся из кэша.
    """
    click.echo(asyncio.run(_trained(load_settings(config), per_intent, epochs)))


@rasa.command(epilog=EXAMPLE)
@config_option
@click.option("--train", "train_first", is_flag=True, help="Сначала обучить, если модели этих фраз ещё нет.")
@per_intent_option
@epochs_option
def run(config: Path | None, train_first: bool, per_intent: int | None, epochs: int | None) -> None:
    """Запустить службу по адресу nlu.rasa_url с секретом nlu.rasa_token и держать её до Ctrl+C."""
    asyncio.run(_run(load_settings(config), per_intent, epochs, train_first))


@rasa.command(epilog="Пример: registratura rasa status")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Одна строка JSON.")
def status(config: Path | None, as_json: bool) -> None:
    """Отвечает ли служба, пускает ли нас и на тех ли фразах обучена."""
    state = asyncio.run(_status(load_settings(config)))
    if as_json:
        click.echo(json.dumps(asdict(state), ensure_ascii=False))
    else:
        click.echo("\n    ".join(filter(None, (state.told, state.remedy))))
    if state.grade == "fail":
        raise click.exceptions.Exit(1)


async def _status(settings: Settings) -> RasaState:
    from bot.composition.rasa import rasa_state

    return await rasa_state(settings.nlu, await _training(settings))


async def _training(settings: Settings, per_intent: int | None = None, epochs: int | None = None) -> RasaTraining:
    from bot.composition.learning import PublishedPhrases
    from bot.composition.rasa import training_with

    taught = await PublishedPhrases(settings).taught()
    return training_with(taught.added, per_intent=per_intent, epochs=epochs)


async def _trained(settings: Settings, per_intent: int | None, epochs: int | None) -> Path:
    return await _train(await _training(settings, per_intent, epochs))


async def _train(training: RasaTraining) -> Path:
    from bot.rasa.environment import find_environment
    from bot.rasa.trainer import train

    return await train(find_environment(cache_folder()), training, _say)


async def _run(settings: Settings, per_intent: int | None, epochs: int | None, train_first: bool) -> None:
    server = await _server(settings, await _training(settings, per_intent, epochs), train_first)
    if os.geteuid() == 0:
        _say("служба запущена от root; её пакеты больше не обновляют, лучше дать ей отдельного пользователя")
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    running = asyncio.create_task(_serve(server, settings.nlu.rasa_url))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    finally:
        running.cancel()
        stopping.cancel()
        await server.stop()


async def _server(settings: Settings, training: RasaTraining, train_first: bool) -> RasaServer:
    from bot.composition.rasa import rasa_server
    from bot.rasa.environment import RasaError, find_environment

    environment = find_environment(cache_folder())
    model = environment.models / training.model
    server = rasa_server(settings, environment, model)
    if train_first:
        await _train(training)
    elif not model.is_file():
        raise RasaError("Модель этих фраз ещё не обучена. Выполните: registratura rasa train (или run --train).")
    return server


async def _serve(server: RasaServer, url: str) -> None:
    seconds = await server.start(_say)
    _say(f"готова через {seconds:.0f} с: {url}")
    await server.wait()


def _say(message: str) -> None:
    click.echo(f"[rasa] {message}", err=True)
