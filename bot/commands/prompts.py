"""`prompts`: sentences that a person has recorded, instead of the synthesised voice."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import click

from bot.commands.script_source import read_script
from bot.commands.support import config_option
from bot.settings import Settings, load_settings

output_option = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Куда, WAV 8 кГц."
)


@click.group()
def prompts() -> None:
    """Записанные реплики: в сценарии они стоят как @имя(слова записи)."""


@prompts.command("list")
@config_option
def list_(config: Path | None) -> None:
    """Показать записи: длина, громкость, где звучат, что не так; и те, которых сценариям не хватает."""
    from bot.composition.recordings import recording_places, recordings_folder
    from dialogs.script import NAMES
    from dialogs.script.model import SpeechSettings
    from speech.recordings import examine, recorded_names

    settings = load_settings(config)
    folder = recordings_folder(settings)
    used: dict[str, list[str]] = {}
    for script in NAMES:
        for name, places in recording_places(asyncio.run(read_script(script, settings))).items():
            used.setdefault(name, []).extend(f"{script}: {place}" for place in places)
    names = sorted({*recorded_names(folder), *used})
    for name in names:
        found = examine(folder / f"{name}.wav", SpeechSettings().max_prompt_seconds)
        size = f"{found.ms / 1000:.1f} с, {found.level_db:.0f} дБ" if found.ms else "нет звука"
        click.echo(f"{name}: {size}; {', '.join(used.get(name, [])) or 'в сценариях не звучит'}")
        for fault in found.faults:
            click.echo(f"    {fault}")
    if not names:
        click.echo(f"Записей нет. Добавить: registratura prompts add файл.wav --name greeting (папка {folder})")


@prompts.command()
@config_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", required=True, help="Имя записи в сценарии: буквы, цифры, «-» и «_».")
@click.option("--replace", is_flag=True, help="Заменить запись с этим именем.")
def add(config: Path | None, file: Path, name: str, replace: bool) -> None:
    """Проверить FILE (WAV, 16 бит, от 8 до 48 кГц, моно или стерео) и добавить его к записям клиники."""
    from bot.composition.recordings import recordings_folder
    from dialogs.script.model import SpeechSettings
    from speech.recordings import NAME, examine

    if not NAME.fullmatch(name):
        raise click.BadParameter(f"«{name}»: только буквы, цифры, «-» и «_», пример: greeting", param_hint="--name")
    found = examine(file, SpeechSettings().max_prompt_seconds)
    if found.faults:
        raise click.ClickException("Запись не добавлена. " + "; ".join(found.faults))
    folder = recordings_folder(load_settings(config))
    target = folder / f"{name}.wav"
    if target.exists() and not replace:
        raise click.ClickException(f"Запись «{name}» уже есть: {target}. Заменить её: --replace")
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{name}.new"
    shutil.copyfile(file, fresh)
    fresh.replace(target)  # a call that plays it at this moment has the old one or the new one, whole
    click.echo(f'Добавлена запись «{name}», {found.ms / 1000:.1f} с. В сценарии: say: "@{name}(слова записи)"')


@prompts.command()
@config_option
@click.argument("prompt")
@output_option
@click.option("--slower", is_flag=True, help="Как после «помедленнее».")
@click.option("--louder", is_flag=True, help="Как после «погромче».")
def play(config: Path | None, prompt: str, output: Path, slower: bool, louder: bool) -> None:
    """Записать в файл, что услышит звонящий: запись по имени или реплику сценария, «@имя(слова) и остальное»."""
    ms = asyncio.run(_play(load_settings(config), prompt, output, slower=slower, louder=louder))
    click.echo(f"{output}: {ms / 1000:.1f} с, через телефонный кодек")


async def _play(settings: Settings, prompt: str, output: Path, *, slower: bool, louder: bool) -> int:
    from bot.calls.prompt_sound import PromptSound
    from bot.composition.recordings import open_recordings
    from bot.composition.speech import build_synthesizer, chosen_voice
    from dialogs.engine.ease import Ease, manner_of
    from dialogs.engine.wording import says_of
    from dialogs.expressions import ExpressionError, compile_text
    from dialogs.script.model import SpeechSettings
    from speech.files import write_as_heard
    from speech.prompts import PromptCache

    try:
        compile_text(prompt, expression=False)
    except ExpressionError as error:
        raise click.ClickException(f"Реплика не читается: {error}") from None
    voice = chosen_voice(settings)
    synthesizer, _ = build_synthesizer()
    try:
        await synthesizer.start()
        cache = PromptCache(synthesizer, None)
        recordings = open_recordings(settings, cache, voice)
        template = f"@{prompt}({prompt})" if prompt in recordings.names() else prompt
        manner = manner_of(Ease(slow=int(slower), loud=int(louder)), SpeechSettings())
        sound = PromptSound(cache, voice, recordings)
        says = says_of(template, "preview", {}, manner=manner)
        heard = b"".join([piece for say in says async for piece in sound.pieces(say)])
        return write_as_heard(output, heard)
    finally:
        await synthesizer.close()
