"""`script`: check, compare, draw, try and test speech scripts; their versions are in script_versions."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.script_source import REFERENCE, is_file, read_files, read_script, split
from bot.commands.script_versions import export, history, publish, rollback, save, versions
from bot.commands.support import caller_option, clinic_option, config_option, now_option, rehearsal_clock
from bot.settings import Settings, load_settings
from dialogs.script import NAMES, Script, ScriptError, check_script

if TYPE_CHECKING:
    from bot.calls.replay import Dialogue, Played


@click.group(epilog=f"Сценарий называют так: {REFERENCE}.")
def script() -> None:
    """Речевые сценарии: проверить, сравнить, нарисовать, испытать, опубликовать, вернуть."""


for _command in (versions, save, publish, rollback, history, export):
    script.add_command(_command)


@script.command(epilog="Пример: registratura script check inbound.yml")
@config_option
@click.argument("names", nargs=-1)
def check(config: Path | None, names: tuple[str, ...]) -> None:
    """Проверить сценарии (без имён — все и данные понимания): тупики, переменные, пути к человеку, длину реплик."""
    settings = load_settings(config)
    faulty = sum(asyncio.run(_check(name, settings)) for name in names or NAMES)
    if not names:
        faulty += _check_phrases()
    if faulty:
        raise click.exceptions.Exit(1)


async def _check(name: str, settings: Settings) -> bool:
    from bot.composition.recordings import recording_problems, recordings_folder

    try:
        script = await read_script(name, settings)
        problems = [*check_script(script), *recording_problems(script, recordings_folder(settings))]
    except ScriptError as error:
        problems = list(error.problems)
    for problem in problems:
        click.echo(f"{name}: {problem}")
    if not problems:
        click.echo(f"{name}: в порядке")
    return bool(problems)


def _check_phrases() -> bool:
    """Two intents that share a phrase confuse every script alike."""
    from dialogs.nlu.conflicts import shared_phrases

    shared = shared_phrases()
    for phrase, intents in shared:
        click.echo(f"понимание: фраза «{phrase}» стоит сразу под {' и '.join(intents)}: оставьте одно намерение")
    if not shared:
        click.echo("понимание: ни одна фраза не стоит под двумя намерениями")
    return bool(shared)


@script.command(epilog="Пример: registratura script diff inbound:3 inbound.yml")
@config_option
@click.argument("before")
@click.argument("after")
def diff(config: Path | None, before: str, after: str) -> None:
    """Рассказать по шагам, чем сценарий AFTER отличается от BEFORE."""
    from dialogs.script.diff import changes

    settings = load_settings(config)
    old, new = (asyncio.run(read_script(one, settings)) for one in (before, after))
    found = changes(old, new)
    for change in found:
        click.echo(str(change))
    click.echo(f"Отличий: {len(found)}" if found else "Для звонка они одинаковы.")


@script.command(epilog="Пример: registratura script graph inbound --out inbound.svg")
@config_option
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Куда записать; без этого на экран.")
@click.option("--format", "form", type=click.Choice(["svg", "mermaid"]), default="svg", show_default=True)
def graph(config: Path | None, name: str, out: Path | None, form: str) -> None:
    """Нарисовать шаги сценария: SVG открывается в браузере, Mermaid вставляют в документы."""
    from dialogs.script.picture import as_mermaid, as_svg

    made = asyncio.run(read_script(name, load_settings(config)))
    text = as_svg(made) if form == "svg" else as_mermaid(made)
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    click.echo(f"Записано: {out}, шагов {len(made.steps)}.")


@script.command(epilog="Пример: registratura script run inbound.yml --caller +79165550101")
@config_option
@clinic_option
@now_option
@caller_option
@click.argument("name")
def run(config: Path | None, clinic: Path | None, now: datetime | None, caller: str | None, name: str) -> None:
    """Поговорить со сценарием текстом; перед каждой вашей строкой видно, в каком он шаге."""
    asyncio.run(_run(load_settings(config), clinic, now, caller, name))


async def _run(settings: Settings, clinic: Path | None, now: datetime | None, caller: str | None, name: str) -> None:
    from uuid import uuid4

    from bot.calls.chat import run_chat
    from bot.composition.core import DEMO_CLINIC, open_core

    made = await read_script(name, settings)
    # what is tried out must not book anybody in the clinic's own database
    async with open_core(settings, rehearsal_clock(now, clinic), clinic=clinic or DEMO_CLINIC) as core:
        await core.understander.ready()
        talk = core.talk(made, call_id=f"run-{uuid4()}", caller=caller)

        async def ask() -> str | None:
            place = (talk.snapshot()["dialog"] or {}).get("step", "")
            click.echo(f"     (шаг: {place})")
            click.echo("вы> ", nl=False)
            line = await asyncio.to_thread(sys.stdin.readline)
            return line.rstrip("\n") if line else None

        await run_chat(talk, ask, click.echo)


@script.command(epilog="Пример: registratura script test inbound --dialogues мои.yml")
@config_option
@clinic_option
@now_option
@click.option(
    "--dialogues",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Файлы с диалогами вместо тех, что лежат у сценария.",
)
@click.option("--json", "as_json", is_flag=True, help="Одна строка JSON на диалог.")
@click.argument("names", nargs=-1)
def test(
    config: Path | None,
    clinic: Path | None,
    now: datetime | None,
    dialogues: tuple[Path, ...],
    as_json: bool,
    names: tuple[str, ...],
) -> None:
    """Провести диалоги (docs/reference/dialogues.md) и показать, что вышло не так. Код выхода 0, если всё так."""
    tested = asyncio.run(_tests(load_settings(config), dialogues, names or NAMES))
    if not any(found for _, found in tested):
        raise click.ClickException(f"Ни одного диалога для сценариев {', '.join(names or NAMES)}: проверять нечего")
    failed = asyncio.run(_play(tested, clinic, now, as_json))
    if failed:
        raise click.exceptions.Exit(1)


Tested = list[tuple[Script, list["Dialogue"]]]


async def _tests(settings: Settings, files: tuple[Path, ...], names: tuple[str, ...]) -> Tested:
    """Which scripts are led through which dialogues."""
    from bot.calls.replay import parse_dialogues, read_dialogues
    from bot.scripting.exam import dialogues_file

    if not files:
        found: Tested = []
        for one in names:
            name, texts = await read_files(one, settings)
            own = parse_dialogues(texts.get(dialogues_file(name), ""), dialogues_file(name))
            found.append((await read_script(one, settings), own))
        return found
    given = [dialogue for file in files for dialogue in read_dialogues(file)]
    for dialogue in given:
        if _script_of(dialogue) not in NAMES:
            raise click.ClickException(
                f"Диалог {dialogue.id}: сценария «{_script_of(dialogue)}» нет; есть: {', '.join(NAMES)}"
            )
    scripts = {Path(one).stem if is_file(one) else split(one)[0]: await read_script(one, settings) for one in names}
    return [(made, [one for one in given if _script_of(one) == name]) for name, made in scripts.items()]


def _script_of(dialogue: Dialogue) -> str:
    return dialogue.script or ("reminder" if dialogue.direction == "outbound" else "inbound")


async def _play(tested: Tested, clinic: Path | None, now: datetime | None, as_json: bool) -> int:
    from bot.composition.core import DEMO_CLINIC
    from bot.composition.script_stage import EXAM_NOW, Stage
    from bot.scripting.exam import play_all

    stage = Stage(clinic or DEMO_CLINIC, now or EXAM_NOW)
    failed, count = 0, 0
    times: list[float] = []
    for made, dialogues in tested:
        for dialogue, played in await play_all(made, dialogues, stage.begin):
            _report(made, dialogue, played, as_json)
            count += 1
            failed += bool(played.failures)
            times += played.turns_ms
    if not as_json:
        slow = sorted(times)[int(len(times) * 0.95)] if times else 0.0
        click.echo(f"Диалогов {count}, не прошло {failed}; ответ готов за {slow:.0f} мс (p95).")
    return failed


def _report(made: Script, dialogue: Dialogue, played: Played, as_json: bool) -> None:
    if as_json:
        line: dict[str, Any] = {
            "script": made.id,
            "id": dialogue.id,
            "passed": not played.failures,
            "failures": list(played.failures),
            "outcome": dict(played.outcome),
            "slowest_ms": round(max(played.turns_ms, default=0.0), 1),
        }
        click.echo(json.dumps(line, ensure_ascii=False))
        return
    click.echo(f"{'✗' if played.failures else '✓'} {made.id}: {dialogue.id}. {dialogue.scenario}")
    for failure in played.failures:
        click.echo(f"    {failure}")
    if played.failures:
        click.echo("    " + played.transcript.replace("\n", "\n    "))
