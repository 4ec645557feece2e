"""`learn`: phrases that were not understood are grouped, labelled, taught, checked and published."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.learn_words import (
    TITLES,
    group_json,
    group_lines,
    phrase_json,
    phrase_line,
    set_json,
    status_json,
    training_lines,
)  # fmt: skip
from bot.commands.support import config_option, whoever_types
from bot.settings import load_settings, nlu_cache

if TYPE_CHECKING:
    from bot.composition.learning import Learning
    from bot.domain.learning import LearningStatus, PhraseSet, Publication, Synonym

_NUMBER = click.IntRange(1, 2_000_000_000)
_ids = click.argument("ids", nargs=-1, type=_NUMBER)
_group = click.option("--group", type=_NUMBER, help="Вся группа, в которой эта фраза.")
_json = click.option("--json", "as_json", is_flag=True, help="По строке JSON.")


@click.group(epilog="Порядок: learn list, learn label, learn train, learn publish. Подробно: docs/how-to/learning.md")
def learn() -> None:
    """Непонятые фразы: разметить, обучить, проверить и опубликовать."""


@asynccontextmanager
async def _open(config: Path | None, action: str, subject: str = "") -> AsyncIterator[Learning]:
    """Learning over the settings' database; that phrases were read or changed is written into the audit."""
    from bot.composition.desk import open_desk
    from bot.composition.learning import learning_parts, learning_rules
    from crm_bridge.local.office_registers import LocalOfficeRegisters
    from crm_bridge.rules.rights import HOUSE

    who = replace(HOUSE, actor=whoever_types())
    settings = load_settings(config)
    async with open_desk(settings) as desk:
        yield learning_parts(desk.clinic, learning_rules(settings.learning), cache=nlu_cache())
        await LocalOfficeRegisters(desk.clinic.ground).record(who, action, "phrase", subject)


def _by() -> str:
    return str(whoever_types())


@learn.command("list", epilog="Пример: registratura learn list --limit 20")
@config_option
@click.option("--status", type=click.Choice(tuple(TITLES)), help="Фразы с этим состоянием по одной, без групп.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 5000), help="Сколько показать.")
@_json
def list_(config: Path | None, status: str | None, limit: int, as_json: bool) -> None:
    """Показать очередь группами: чаще всего звучавшие первыми, у каждой подсказанное намерение."""
    lines = asyncio.run(_list(config, status, limit, as_json))
    for line in lines:
        click.echo(line)
    if not lines and not as_json:
        click.echo("Таких фраз нет." if status else "Очередь пуста: новых непонятых фраз нет.")


async def _list(config: Path | None, status: str | None, limit: int, as_json: bool) -> list[str]:
    """What to show; shown when the audit has it that it was read."""
    from bot.domain.learning import PhraseStatus
    from crm_bridge.paging import Asked

    async with _open(config, "phrase.list") as learning:
        if status is None:
            groups = (await learning.inbox.groups())[:limit]
            return [_line(group_json(one)) if as_json else group_lines(one) for one in groups]
        phrases = (await learning.inbox.page(Asked(limit=limit), status=PhraseStatus(status))).items
        return [_line(phrase_json(one)) if as_json else phrase_line(one) for one in phrases]


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


@learn.command(epilog="Пример: registratura learn label vaccination 12 15; целая группа: --group 12")
@config_option
@click.argument("intent")
@_ids
@_group
@click.option("--force", is_flag=True, help="Переучить фразу, которая уже учит другое намерение.")
def label(config: Path | None, intent: str, ids: tuple[int, ...], group: int | None, force: bool) -> None:
    """Сказать, что значат фразы IDS: намерение INTENT."""
    asyncio.run(_label(config, intent, ids, group, force))


async def _label(config: Path | None, intent: str, ids: tuple[int, ...], group: int | None, force: bool) -> None:
    async with _open(config, "phrase.label", intent[:64]) as learning:
        wanted = await _wanted(learning, ids, group)
        done = await learning.inbox.label(wanted, intent, by=_by(), force=force)
    click.echo(f"Размечено фраз: {done.count}, намерение {intent}. Обучить: registratura learn train")
    for note in done.notes:
        click.echo(f"Учтите: {note}")


async def _wanted(learning: Learning, ids: Sequence[int], group: int | None) -> Sequence[int]:
    if group is not None:
        return [*ids, *(one.id for one in (await learning.inbox.group(group)).phrases)]
    if not ids:
        raise click.UsageError("Укажите номера фраз или --group (номера показывает registratura learn list)")
    return ids


@learn.command(epilog="Пример: registratura learn ignore 13; целая группа: --group 13")
@config_option
@_ids
@_group
def ignore(config: Path | None, ids: tuple[int, ...], group: int | None) -> None:
    """Убрать фразы IDS из очереди: они ничему не учат."""
    count = asyncio.run(_ignore(config, ids, group))
    click.echo(f"Отброшено фраз: {count}")


async def _ignore(config: Path | None, ids: tuple[int, ...], group: int | None) -> int:
    async with _open(config, "phrase.ignore") as learning:
        return await learning.inbox.ignore(await _wanted(learning, ids, group), by=_by())


@learn.command(epilog="Пример: registratura learn synonym просветка флюорография; без слов — список")
@config_option
@click.argument("said", required=False)
@click.argument("meant", required=False)
@click.option("--remove", type=_NUMBER, help="Убрать синоним с этим номером.")
def synonym(config: Path | None, said: str | None, meant: str | None, remove: int | None) -> None:
    """Свои слова клиники: слово SAID значит MEANT; в звонках — после обучения и публикации."""
    if said is not None and meant is None:
        raise click.UsageError("Нужны слово и его значение, пример: registratura learn synonym просветка флюорография")
    for one in asyncio.run(_synonym(config, said, meant, remove)):
        click.echo(f"{one.id:>6}  «{one.said}» = «{one.meant}»")


async def _synonym(config: Path | None, said: str | None, meant: str | None, remove: int | None) -> Sequence[Synonym]:
    async with _open(config, "synonym.change" if said or remove else "synonym.list") as learning:
        if remove is not None:
            await learning.synonyms.remove(remove)
        if said is not None and meant is not None:
            await learning.synonyms.add(said, meant, by=_by())
        return await learning.synonyms.all()


@learn.command("import", epilog="Пример: registratura learn import расшифровки.csv")
@config_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--errors", type=click.Path(path_type=Path, dir_okay=False), help="Куда сложить строки с ошибками.")
def import_(config: Path | None, file: Path, errors: Path | None) -> None:
    """Взять в очередь свои расшифровки: CSV, XLSX (столбцы Фраза, Состояние, Намерение) или JSONL.

    Имена, телефоны, адреса и номера заменяются метками до записи. Повторная загрузка ничего не удваивает.
    """
    error_path = errors or file.with_name(f"{file.stem}.errors.csv")
    if error_path.resolve() == file.resolve():
        raise click.UsageError("Файл ошибок не может быть самим файлом; укажите другой в --errors")
    asyncio.run(_import(config, file, error_path))


async def _import(config: Path | None, file: Path, error_path: Path) -> None:
    from bot.composition.transcripts import read_transcripts

    read, unread = await asyncio.to_thread(read_transcripts, file)
    async with _open(config, "phrase.import") as learning:
        taken = await learning.transcripts.take(read.rows, by=_by())
    faults = {**unread, **taken.errors}
    click.echo(f"Новых фраз: {taken.new}, уже были: {taken.known}, с ошибками: {len(faults)}")
    if faults:
        await asyncio.to_thread(read.write_errors, error_path, faults)
        click.echo(f"Строки с ошибками: {error_path}. {read.mending}")


@learn.command(epilog="Пример: registratura learn train")
@config_option
@_json
def train(config: Path | None, as_json: bool) -> None:
    """Обучить на размеченных фразах и сравнить с тем, что работает сейчас; звонки пока понимаются по-старому."""
    made = asyncio.run(_train(config))
    for line in [_line(set_json(made))] if as_json else training_lines(made):
        click.echo(line)
    if made.status.value != "ready":
        raise click.exceptions.Exit(1)


async def _train(config: Path | None) -> PhraseSet:
    async with _open(config, "phrase.train") as learning:
        return await learning.school.train(by=_by())


@learn.command(epilog="Пример: registratura learn publish")
@config_option
@click.argument("training", required=False, type=_NUMBER)
def publish(config: Path | None, training: int | None) -> None:
    """Пустить обучение TRAINING (без номера — последнее) в звонки: служба берёт его сама за несколько секунд."""
    done = asyncio.run(_publish(config, training))
    click.echo(f"Опубликовано обучение {done.set_id}. Вернуть прежнее: registratura learn rollback")


async def _publish(config: Path | None, training: int | None) -> Publication:
    async with _open(config, "phrase.publish", str(training or "")) as learning:
        return await learning.school.publish(training, by=_by())


@learn.command(epilog="Пример: registratura learn rollback")
@config_option
def rollback(config: Path | None) -> None:
    """Вернуть обучение, которое было опубликовано до нынешнего; если его нет — поставляемые фразы."""
    done = asyncio.run(_rollback(config))
    click.echo(f"Работает обучение {done.set_id}" if done.set_id else "Работают только поставляемые фразы")


async def _rollback(config: Path | None) -> Publication:
    async with _open(config, "phrase.rollback") as learning:
        return await learning.school.roll_back(by=_by())


@learn.command(epilog="Пример: registratura learn status --json")
@config_option
@_json
def status(config: Path | None, as_json: bool) -> None:
    """Сколько фраз где, доля разобранных, что опубликовано и чем кончилось последнее обучение."""
    found = asyncio.run(_status(config))
    if as_json:
        click.echo(_line(status_json(found)))
        return
    for name, title in TITLES.items():
        click.echo(f"{title:<16} {found.counts[name]:>6}")
    click.echo(f"Разобрано {found.dealt_with:.0%}")
    taught = found.live.set_id if found.live else None
    click.echo(f"В звонках: {f'обучение {taught}' if taught else 'только поставляемые фразы'}")
    if found.last_set is not None and found.last_set.id != taught:
        click.echo("\n".join(training_lines(found.last_set)))


async def _status(config: Path | None) -> LearningStatus:
    async with _open(config, "phrase.status") as learning:
        return await learning.school.status()
