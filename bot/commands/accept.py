"""`accept`: the long runs that show what the bot must hold — hostile callers, spoken calls, a whole morning."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.support import clinic_option, configure_logging, engine_option, now_option, starting
from bot.settings import asterisk_root, load_settings

if TYPE_CHECKING:
    from bot.demo.hostile.run import Report

json_option = click.option("--json", "as_json", is_flag=True, help="Последняя строка — JSON с итогами.")
seed_option = click.option("--seed", type=int, default=1, show_default=True, help="Зерно: кто звонит и что говорит.")


@click.group()
def accept() -> None:
    """Долгие проверки: враждебные реплики, разговоры по настоящему SIP, утро клиники."""


@accept.command(epilog="Пример: registratura accept hostile --turns 1000 --seed 7")
@click.option("--turns", type=click.IntRange(1), default=10_000, show_default=True, help="Сколько реплик, не меньше.")
@seed_option
@clinic_option
@now_option
@json_option
def hostile(turns: int, seed: int, clinic: Path | None, now: datetime | None, as_json: bool) -> None:
    """Случайные и враждебные реплики в тексте: ни сбоя, ни петли, ни записи без проверки вслух.

    Для каждого нарушения печатает самый короткий список реплик, который его повторяет. Код выхода 0, если нарушений
    нет.
    """
    configure_logging(logging.ERROR)
    report = asyncio.run(_hostile(turns, seed, clinic, now))
    for name, examples in report.broken.items():
        click.secho(f"✗ {name}: {report.counts[name]}", fg="red")
        for example in examples:
            click.echo(f"    {json.dumps(example, ensure_ascii=False).encode(errors='backslashreplace').decode()}")
    close(
        report.figures(),
        f"Реплик {report.turns}, звонков {report.calls}, нарушений {report.counts.total()}.",
        as_json=as_json,
    )


async def _hostile(turns: int, seed: int, clinic: Path | None, now: datetime | None) -> Report:
    from bot.composition.core import DEMO_CLINIC
    from bot.composition.understanding import UpcomingUnderstander
    from bot.demo.hostile.callers import OUTBOUND
    from bot.demo.hostile.play import House, Remembering
    from bot.demo.hostile.run import run_hostile
    from bot.demo.stage import demo_clock
    from crm_bridge.local.build import read_clinic
    from dialogs.script import load_script

    settings = load_settings()
    moment = now or demo_clock(settings).now()
    house = House(
        data=read_clinic(clinic or DEMO_CLINIC, moment),
        scripts={name: load_script(name) for name in ("inbound", *OUTBOUND)},
        understander=Remembering(UpcomingUnderstander()),
        now=moment,
    )
    return await run_hostile(house, turns=turns, seed=seed, tell=tell)


def tell(text: str) -> None:
    """A line of progress."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def close(figures: dict[str, Any], said: str, *, as_json: bool) -> None:
    """The last words and the JSON line. Raises Exit when the run is not right."""
    click.secho(said, fg="green" if figures["right"] else "red")
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
    if not figures["right"]:
        raise click.exceptions.Exit(1)


@accept.command(epilog="Пример: registratura accept talk --calls 10 --first 80 --engine rasa")
@click.option("--of", type=click.IntRange(1), default=90, show_default=True, help="Сколько звонков в плане зерна.")
@click.option("--first", type=click.IntRange(0), default=0, show_default=True, help="С какого звонка плана начать.")
@click.option("--calls", type=click.IntRange(1), default=90, show_default=True, help="Сколько из них сыграть.")
@click.option("--at-once", "lanes", type=click.IntRange(1, 50), default=2, show_default=True, help="Сколько сразу.")
@engine_option
@seed_option
@json_option
def talk(of: int, first: int, calls: int, lanes: int, engine: str | None, seed: int, as_json: bool) -> None:
    """Разговоры по настоящему SIP: пять голосов, чистая линия и шум 20 и 10 дБ; итог сверяется с базой.

    Верно, если на чистой линии и при 20 дБ не меньше 85 % звонков кончились как надо и ни одной ошибочной записи.
    """
    from bot.demo.spoken.run import Talk, run_talk

    chosen = Talk(seed=seed, of=of, first=first, calls=calls, lanes=lanes, engine=_engine(engine))
    figures = _by_sip(lambda: run_talk(chosen, tell))
    share, wrong = figures["right_share_clean_snr20"]["value"], figures["wrong_commits"]["value"]
    said = f"Звонков {figures['calls']}, верных без сильного шума {share:.0%}, ошибочных записей {wrong:g}."
    close(figures, said, as_json=as_json)


@accept.command(epilog="Пример: registratura accept morning --calls 10 --minutes 6 --burst-minutes 2")
@click.option("--calls", type=click.IntRange(1), default=200, show_default=True, help="Сколько звонков до всплеска.")
@click.option("--minutes", type=click.FloatRange(0.5), default=120, show_default=True, help="За сколько минут.")
@click.option(
    "--burst-minutes", type=click.FloatRange(0), default=10, show_default=True, help="Потом втрое чаще столько минут."
)
@click.option("--spam", type=click.FloatRange(0, 1), default=0, show_default=True, help="Доля звонков с рекламой.")
@engine_option
@seed_option
@json_option
def morning(
    calls: int, minutes: float, burst_minutes: float, spam: float, engine: str | None, seed: int, as_json: bool
) -> None:
    """Утро клиники: звонки приходят в своё время, сколько бы их ни было на линии, затем втрое чаще.

    Верно, если никому не было занято, никто не потерян и ответ приходил за 2 секунды (95 из 100); с рекламой ещё и
    если она не дошла до людей, а пациентов за неё не приняли.
    """
    from bot.demo.spoken.run import Morning, run_morning

    chosen = Morning(
        seed=seed, calls=calls, minutes=minutes, burst_minutes=burst_minutes, spam=spam, engine=_engine(engine)
    )
    figures = _by_sip(lambda: run_morning(chosen, tell))
    said = (
        f"Звонков {figures['calls']}, занято {figures['busy']['value']:g}, потеряно {figures['lost']['value']:g}, "
        f"ответ p95 {figures['answered_p95_s']['value']:g} с, сразу до {figures['most_at_once']}."
    )
    close({**figures, "right_calls": figures["right"], "right": figures["met"]}, said, as_json=as_json)


def _engine(named: str | None) -> str:
    return named or load_settings().nlu.engine


def _by_sip(run: Callable[[], Coroutine[Any, Any, dict[str, Any]]]) -> dict[str, Any]:
    """The figures of a run over a real line. Raises ClickException where Asterisk is not built."""
    if asterisk_root() is None:
        raise click.ClickException("Asterisk здесь не собран: make system.")
    configure_logging(logging.WARNING)
    with starting():
        return asyncio.run(run())
