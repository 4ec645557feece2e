"""What every subcommand shares: options, expected faults, logging."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pwd
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from bot.domain.clock import MOSCOW, Clock, SystemClock
from bot.domain.follow_up import Actor, ActorKind
from bot.domain.phone import normalize_phone
from telephony.priority import prefer_sound

FAULTS = (
    ("bot.settings", "SettingsError"),
    ("bot.notify.templates", "TemplateError"),
    ("bot.notify.gateway", "GatewayError"),
    ("bot.notify.mail", "MailError"),
    ("bot.rasa.environment", "RasaError"),
    ("bot.calls.replay", "DialogueError"),
    ("bot.domain.script_versions", "ScriptFault"),
    ("crm_bridge.rules.settings", "RuleSettingError"),
    ("crm_bridge.port", "CrmError"),
    ("dialogs.nlu.parse_lines", "LineError"),
    ("dialogs.script", "ScriptError"),
    ("speech.port", "SpeechError"),
    ("telephony.port", "LineError"),
)
"""Roots of the errors whose text is meant for the person at the terminal."""


def readable(error: Exception) -> str | None:
    """What to tell the person at the terminal; None when it is a fault of ours, which needs its traceback."""
    for module, name in FAULTS:
        loaded = sys.modules.get(module)  # not imported means not raised, and importing all of them takes seconds
        if loaded is not None and isinstance(error, getattr(loaded, name)):
            return str(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return None


@contextmanager
def starting() -> Iterator[None]:
    """What carries calls goes before all ordinary work, where the system allows that.

    Collect nothing until the service is ready (`settle_memory`): a start makes little garbage, much that stays.
    """
    prefer_sound()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def read_program(module: str) -> None:
    """Import what takes seconds to read, before all ordinary work, while models load in processes of their own."""
    with ThreadPoolExecutor(1, initializer=prefer_sound) as thread:
        await asyncio.get_running_loop().run_in_executor(thread, import_module, module)


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Файл настроек (по умолчанию registratura.toml, если он есть).",
)
clinic_option = click.option(
    "--clinic",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Файл клиники: репетиция на временной базе.",
)


engine_option = click.option(
    "--engine", type=click.Choice(["embedded", "rasa"]), default=None, help="Движок понимания вместо настройки."
)


class PhoneParam(click.ParamType[str]):
    """A telephone number however it is written."""

    name = "номер"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        phone = normalize_phone(value)
        if phone is None:
            self.fail(f"«{value}» не похоже на номер, пример: +79161234567", param, ctx)
        return phone


caller_option = click.option("--caller", type=PhoneParam(), help="Номер звонящего, +7XXXXXXXXXX.")


class MomentParam(click.ParamType[datetime]):
    """An ISO moment; without an offset it is the clinic's local time."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"«{value}» не похоже на время, пример: 2026-11-23T10:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=MOSCOW)


now_option = click.option("--now", type=MomentParam(), help="Начать часы с этого момента, например 2026-11-23T10:00.")


def whoever_types() -> Actor:
    """For the audit: the account at the clinic's own computer."""
    try:
        return Actor(kind=ActorKind.SYSTEM, id=pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:  # an account without a name
        return Actor(kind=ActorKind.SYSTEM, id=str(os.getuid()))


def clock_from(now: datetime | None) -> Clock:
    """The wall clock, or one that starts at the given moment and runs on."""
    return SystemClock(start_at=now)


def rehearsal_clock(now: datetime | None, clinic: Path | None) -> Clock:
    """The clock of a rehearsal: from `now`, else from the `now` of the clinic's file, else the wall clock.

    Raises ClinicFileError.
    """
    from crm_bridge.local.clinic_file import read_clinic_file

    return clock_from(now or (read_clinic_file(clinic).rehearsal_start if clinic else None))


class FieldFormatter(logging.Formatter):
    """Static messages with their fields behind; never a name, a full phone or a transcript."""

    KNOWN = frozenset(vars(logging.makeLogRecord({})))

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        fields = {k: v for k, v in vars(record).items() if k not in self.KNOWN and k not in ("message", "asctime")}
        return f"{text} {' '.join(f'{k}={v}' for k, v in fields.items())}" if fields else text


def configure_logging(level: int = logging.INFO) -> None:
    """Logs go to stderr, so that stdout holds only what was asked for."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FieldFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("alembic", "faster_whisper", "saq", "aiosqlite", "asyncio", "pymorphy3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
