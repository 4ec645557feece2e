"""`sandbox` and `asterisk-config`: Asterisk on loopback, and the same configuration for production."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import click

from bot.commands.support import config_option
from bot.settings import Settings, SettingsError, asterisk_root, load_settings
from telephony.asterisk.configuration import AsteriskConfig, Paths, Registrar, Trunk, write_configuration
from telephony.asterisk.sandbox import Sandbox, SandboxConfig, SandboxState, start_on_free_address

json_option = click.option("--json", "as_json", is_flag=True, help="Одна строка JSON.")


def sandbox_config(settings: Settings) -> SandboxConfig:
    """The sandbox of this checkout. Raises SettingsError before the Asterisk root is built."""
    root = asterisk_root()
    if root is None:
        raise SettingsError("Asterisk ещё не собран. Выполните: make system (или scripts/build_asterisk.sh от root).")
    extensions = tuple(registrar.extension for registrar in settings.registrars) or ("101", "102")
    return SandboxConfig(directory=settings.sandbox, root=root, registrars=extensions)


@click.group()
def sandbox() -> None:
    """Asterisk на петле, без прав root: start, stop, status."""


@sandbox.command()
@config_option
@json_option
def start(config: Path | None, as_json: bool) -> None:
    """Запустить (или найти запущенный) и напечатать адреса."""
    settings = load_settings(config)
    known = Sandbox(sandbox_config(settings)).state()
    if known is None:
        started = asyncio.run(start_on_free_address(sandbox_config(settings)))
        known = started.state()
    assert known is not None, "start returns only with a running Asterisk"
    _show(known, as_json)


@sandbox.command()
@config_option
@json_option
def stop(config: Path | None, as_json: bool) -> None:
    """Остановить вместе со всеми разговорами."""
    stopped = asyncio.run(Sandbox(sandbox_config(load_settings(config))).stop())
    click.echo(json.dumps({"stopped": stopped}) if as_json else "Остановлен." if stopped else "Не был запущен.")


@sandbox.command()
@config_option
@json_option
def status(config: Path | None, as_json: bool) -> None:
    """Запущен ли, и по каким адресам."""
    known = Sandbox(sandbox_config(load_settings(config))).state()
    if known is None:
        click.echo(json.dumps({"running": False}) if as_json else "Не запущен: registratura sandbox start")
        raise click.exceptions.Exit(1)
    _show(known, as_json)


def _show(state: SandboxState, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"running": True, **asdict(state)}, ensure_ascii=False))
        return
    click.echo(f"{state.version} (процесс {state.pid})")
    click.echo(f"  позвонить как пациент   {state.sip_address}")
    for endpoint, contact in state.registrars.items():
        click.echo(f"  регистратор {endpoint:<11} {contact}")
    click.echo(f"  пациенты для исходящих  {state.patients_address}")
    click.echo(f"  ARI                     {state.ari_url} (пользователь {state.ari_user})")
    click.echo(f"  конфигурация            {state.configuration}")
    click.echo(f"  записи                  {state.recordings}")


@click.command("asterisk-config")
@config_option
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def asterisk_config(config: Path | None, folder: Path) -> None:
    """Записать в FOLDER конфигурацию Asterisk для этой клиники (те же шаблоны, что в песочнице)."""
    settings = load_settings(config)
    if not settings.trunk.host:
        raise SettingsError("trunk.host: впишите адрес оператора связи в раздел [trunk] файла настроек.")
    trunk = settings.trunk
    try:
        write_configuration(
            AsteriskConfig(
                trunk=Trunk(**trunk.model_dump()),
                registrars=[
                    Registrar(extension=one.extension, name=one.name, password=one.password)
                    for one in settings.registrars
                ],
                paths=Paths(etc=folder, recordings=settings.asterisk.recordings),
                ari_user=settings.asterisk.ari_user,
                ari_password=settings.asterisk.ari_password,
                apps=(settings.asterisk.app,),
            )
        )
    except ValueError as error:
        raise SettingsError(f"Конфигурация не записана: {error}") from error
    click.echo(f"Записано в {folder}. Запуск: asterisk -f -C {folder}/asterisk.conf")
