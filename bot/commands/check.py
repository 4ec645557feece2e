"""`doctor` and `bench`: is it right, and how fast is it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from bot.commands.support import config_option, starting
from bot.settings import Settings, asterisk_root, load_settings, nlu_cache

MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Отчёт в JSON.")
def doctor(config: Path | None, as_json: bool) -> None:
    """Проверить всё, в чём можно ошибиться при установке, и сказать, как исправить."""
    from bot.doctor.examine import examine

    findings = asyncio.run(examine(load_settings(config)))
    if as_json:
        rows = [{"name": f.name, "grade": f.grade, "text": f.text, "remedy": f.remedy} for f in findings]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            mark, colour = MARKS[finding.grade]
            click.secho(f"{mark} {finding.name}: {finding.text}", fg=colour)
            if finding.remedy:
                click.echo(f"    {finding.remedy}")
    if any(finding.grade == "fail" for finding in findings):
        raise click.exceptions.Exit(1)


def _show(title: str, figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
        return
    click.secho(title, bold=True)
    for name, value in figures.items():
        click.echo(f"  {name:<34} {json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value}")


json_option = click.option("--json", "as_json", is_flag=True, help="Одна строка JSON.")


@click.group()
def bench() -> None:
    """Измерить скорость: turn, lines, nlu, asr, clinic. Результаты хранит docs/benchmarks.md."""


@bench.command()
@json_option
@click.option("--turns", default=40, show_default=True, help="Сколько реплик по настоящему SIP измерить.")
@click.option("--seed", default=1, show_default=True)
def turn(as_json: bool, turns: int, seed: int) -> None:
    """Пауза робота: от конца речи звонящего до первого пакета ответа, по стадиям и состояниям."""
    from bot.demo.bench import bench_turn

    with starting():
        figures = asyncio.run(bench_turn(turns=turns, seed=seed))
    _show("Пауза робота", figures, as_json)


@bench.command()
@json_option
@click.option("--calls", default=100, show_default=True)
@click.option("--seconds", default=20, show_default=True)
def lines(as_json: bool, calls: int, seconds: int) -> None:
    """Много звонков сразу: потери, разрывы, процессор на звонок рядом с простым эхо."""
    from bot.demo.bench_lines import bench_listening

    with starting():
        figures = asyncio.run(bench_listening(calls, seconds))
    _show("Линии", figures, as_json)


@bench.command()
@json_option
def nlu(as_json: bool) -> None:
    """Понимание: миллисекунды на реплику, память, запуск."""
    from dialogs.nlu.bench import bench_nlu

    _show("Понимание", bench_nlu(cache=nlu_cache()), as_json)


@bench.command()
@config_option
@json_option
def asr(config: Path | None, as_json: bool) -> None:
    """Распознавание: миллисекунды и доля ошибок на человеческих и синтезированных записях."""
    _show("Распознавание", asyncio.run(_asr(load_settings(config))), as_json)


async def _asr(settings: Settings) -> dict[str, Any]:
    from bot.composition.speech import build_recognizer
    from speech.bench import bench_asr
    from speech.rhvoice import RhvoiceSynthesizer

    recognizer, speaker = build_recognizer(settings), RhvoiceSynthesizer()
    try:
        await asyncio.gather(recognizer.start(), speaker.start())
        return await bench_asr(recognizer, speaker, asterisk_root())
    finally:
        await asyncio.gather(recognizer.close(), speaker.close())


@bench.command()
@json_option
@click.option("--patients", default=200_000, show_default=True)
@click.option("--visits", default=600_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--database", help="Адрес пустой базы PostgreSQL; иначе временный сервер.")
@click.option("--explain", is_flag=True, help="Показать планы запросов (EXPLAIN ANALYZE).")
def clinic(as_json: bool, patients: int, visits: int, seed: int, database: str | None, explain: bool) -> None:
    """Большая клиника на PostgreSQL и в десять раз меньшая: окна, пациент, сегмент, что пора сделать."""
    from bot.composition.bench_clinic import bench_clinics
    from crm_bridge.local.bench_data import Size

    size = Size(patients=patients, visits=visits, seed=seed)
    figures = bench_clinics(size, database, click.echo if explain else None)
    _show("Клиника", figures, as_json)
    if not figures["ok"]:
        raise click.exceptions.Exit(1)
