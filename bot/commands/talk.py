"""`chat` and `nlu`: the talk without sound."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import click

from bot.commands.support import (
    caller_option,
    clinic_option,
    config_option,
    engine_option,
    now_option,
    rehearsal_clock,
)
from bot.domain.clock import SystemClock
from bot.settings import Settings, load_settings
from dialogs.script import NAMES


@click.command()
@config_option
@clinic_option
@now_option
@click.option("--jsonl", is_flag=True, help="По одному объекту JSON в строке, для программ.")
@caller_option
@click.option("--direction", type=click.Choice(["inbound", "outbound"]), default="inbound", show_default=True)
@click.option("--script", "script_name", default="", help=f"Сценарий: {', '.join(NAMES)}.")
@engine_option
def chat(
    config: Path | None,
    clinic: Path | None,
    now: datetime | None,
    jsonl: bool,
    caller: str | None,
    direction: str,
    script_name: str,
    engine: str | None,
) -> None:
    """Поговорить с роботом текстом: тот же сценарий, то же понимание и та же база, что в звонке."""
    script = script_name or ("reminder" if direction == "outbound" else "inbound")
    asyncio.run(_chat(_by_engine(load_settings(config), engine), engine, clinic, now, jsonl, caller, direction, script))


def _by_engine(settings: Settings, named: str | None) -> Settings:
    """The settings with the engine that was named, if one was."""
    if named is None:
        return settings
    return settings.model_copy(update={"nlu": settings.nlu.model_copy(update={"engine": named})})


async def _chat(
    settings: Settings,
    engine: str | None,
    clinic: Path | None,
    now: datetime | None,
    jsonl: bool,
    caller: str | None,
    direction: str,
    script: str,
) -> None:
    from uuid import uuid4

    from bot.calls.chat import run_chat, run_chat_jsonl
    from bot.composition.core import open_core
    from bot.composition.rasa import require_rasa

    if script not in NAMES:
        raise click.BadParameter(f"«{script}»: есть {', '.join(NAMES)}", param_hint="--script")
    if engine == "rasa":
        await require_rasa(settings.nlu, SystemClock(settings.zone))
    async with open_core(settings, rehearsal_clock(now, clinic), clinic=clinic) as core:
        await core.understander.ready()
        talk = core.conversation(call_id=f"chat-{uuid4()}", caller=caller, direction=direction, script=script)
        if jsonl:
            await run_chat_jsonl(talk, _lines(), _write)
        else:
            await run_chat(talk, _ask, click.echo)


async def _lines() -> AsyncIterator[str]:
    while (line := await asyncio.to_thread(sys.stdin.readline)) != "":
        yield line


async def _ask() -> str | None:
    click.echo("вы> ", nl=False)
    line = await asyncio.to_thread(sys.stdin.readline)
    return line.rstrip("\n") if line else None


def _write(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()


@click.group()
def nlu() -> None:
    """Понимание: разобрать реплики."""


@nlu.command()
@config_option
@clinic_option
@now_option
@click.option("--jsonl", is_flag=True, help="Строки JSON на входе и выходе.")
@engine_option
def parse(config: Path | None, clinic: Path | None, now: datetime | None, jsonl: bool, engine: str | None) -> None:
    """Прочитать {"id","text","state"} и напечатать намерение, уверенность и слоты."""
    asyncio.run(_parse(_by_engine(load_settings(config), engine), clinic, now))


async def _parse(settings: Settings, clinic: Path | None, now: datetime | None) -> None:
    from bot.calls.facts import nlu_directory
    from bot.composition.learning import PublishedPhrases
    from bot.composition.rasa import ready_rasa
    from bot.composition.understanding import UpcomingUnderstander
    from crm_bridge.local.build import read_clinic
    from dialogs.nlu.parse_lines import parse_line, read_line

    clock = rehearsal_clock(now, clinic)
    rasa = await ready_rasa(settings.nlu, clock) if settings.nlu.engine == "rasa" else None
    understander = UpcomingUnderstander(rasa, PublishedPhrases(settings))
    directory = nlu_directory(read_clinic(clinic, clock.now()).directory) if clinic else None
    number = 0
    try:
        await understander.ready()
        async for line in _lines():
            number += 1
            if line.strip():
                answer = await parse_line(understander, read_line(number, line), clock.now(), directory)
                _write(json.dumps(answer, ensure_ascii=False))
    finally:
        await understander.close()
