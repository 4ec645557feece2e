"""`asr` and `tts`: one recogniser, one voice, files in and out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from bot.commands.support import config_option
from bot.settings import Settings, load_settings


@click.command()
@config_option
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def asr(config: Path | None, files: tuple[Path, ...]) -> None:
    """Распознать записи (WAV: A-law 8 кГц или 16 бит) и напечатать по строке JSON на файл."""
    asyncio.run(_asr(load_settings(config), files))


async def _asr(settings: Settings, files: tuple[Path, ...]) -> None:
    from bot.composition.speech import build_recognizer
    from speech.files import recognise_file

    recognizer = build_recognizer(settings)
    faulty = False
    try:
        await recognizer.start()
        for file in files:
            heard = await recognise_file(recognizer, file)
            faulty = faulty or "error" in heard
            click.echo(json.dumps(heard, ensure_ascii=False))
    finally:
        await recognizer.close()
    if faulty:
        raise click.exceptions.Exit(1)


@click.command()
@config_option
@click.argument("text")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Куда, WAV.")
@click.option("--voice", default=None, help="Голос вместо настройки: Anna, Irina, Elena, Aleksandr, Aleksandr-hq.")
def tts(config: Path | None, text: str, output: Path, voice: str | None) -> None:
    """Сказать TEXT голосом робота в файл WAV 8 кГц."""
    asyncio.run(_tts(load_settings(config), text, output, voice))


async def _tts(settings: Settings, text: str, output: Path, voice: str | None) -> None:
    from bot.composition.speech import build_synthesizer, chosen_voice
    from speech.files import speak_file

    chosen = chosen_voice(settings, voice)
    synthesizer, _ = build_synthesizer()
    try:
        await synthesizer.start()
        spoken = await speak_file(synthesizer, text, output, chosen)
        click.echo(json.dumps(spoken, ensure_ascii=False))
    finally:
        await synthesizer.close()
