"""How well and how fast a recogniser hears: word error rate and decode times over known sound."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speech import pcm
from speech.port import AsrContext, Recognizer, Synthesizer, Voice

_WORD = re.compile(r"[а-яёa-z]+|\d+")
_LATIN_OR_MARK = re.compile(r"[A-Za-z<\[(]")
_LONGEST_MS = 12000

CLINIC_PHRASES = (
    "Здравствуйте, я хочу записаться к терапевту.",
    "Запишите меня, пожалуйста, к кардиологу на завтра.",
    "Мне нужна консультация невролога.",
    "Можно записаться на приём в четверг утром?",
    "Хочу сделать ультразвук брюшной полости.",
    "Как подготовиться к гастроскопии?",
    "Сколько стоит приём эндокринолога?",
    "Я хочу отменить свою запись.",
    "Перенесите мой визит на другой день.",
    "Нужно вызвать врача на дом.",
    "У ребёнка высокая температура.",
    "Соедините меня с оператором.",
    "Мне нужен больничный лист.",
    "До скольки вы работаете в субботу?",
    "Да, всё верно.",
    "Нет, это неправильно.",
    "Мне подходит это время.",
    "Давайте лучше вечером.",
    "Позвоните мне, пожалуйста, позже.",
    "Спасибо, до свидания.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Sound whose words are known."""

    text: str
    sound: bytes


def words(text: str) -> list[str]:
    """Words for comparison: lower case, ё as е, punctuation gone."""
    return _WORD.findall(text.lower().replace("ё", "е"))


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest insertions, deletions and replacements between two lists of words."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        diagonal, row[0] = row[0], at
        for column, other in enumerate(heard, 1):
            diagonal, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other)),
            )
    return row[-1]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Errors over all words said; pairs of (said, heard)."""
    split = [(words(said), words(heard)) for said, heard in pairs]
    return sum(word_errors(said, heard) for said, heard in split) / max(1, sum(len(said) for said, _ in split))


def human_prompts(sounds: Path, texts: Path, every: int = 1) -> list[Sample]:
    """Prompts of Asterisk's Russian set read by a person, of three words and more, without Latin letters.

    `sounds` is the folder of WAV files, `texts` the list (plain or gzip) of lines "name: text".
    """
    raw = gzip.decompress(texts.read_bytes()) if texts.suffix == ".gz" else texts.read_bytes()
    lines = [line.partition(":") for line in raw.decode("utf-8", "replace").splitlines() if not line.startswith(";")]
    known = {name.strip(): text.strip() for name, _, text in lines}
    usable = [
        (sounds / f"{name}.wav", text)
        for name, text in sorted(known.items())
        if len(words(text)) >= 3 and not _LATIN_OR_MARK.search(text)
    ]
    samples = (
        Sample(text=text, sound=_telephone(pcm.read_wav(path))) for path, text in usable[::every] if path.exists()
    )
    return [sample for sample in samples if pcm.duration_ms(sample.sound) <= _LONGEST_MS]


_SOUNDS = "usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU"
_TEXTS = "usr/share/doc/asterisk-core-sounds-ru/core-sounds-ru.txt.gz"
_CALLERS = ("Irina", "Aleksandr", "Anna", "Elena")


async def bench_asr(
    recognizer: Recognizer, speaker: Synthesizer, asterisk_root: Path | None, *, every: int = 4
) -> dict[str, Any]:
    """A started recogniser over clinic phrases (one and two at once) and, from Asterisk's root, human prompts.

    `every` takes a part of the prompts; `human` is None where the root has none.
    """
    clinic = await clinic_samples(speaker, [Voice(name=name) for name in _CALLERS])
    figures: dict[str, Any] = {
        "clinic": await bench_recognizer(recognizer, clinic),
        "clinic_two_at_once": await bench_recognizer(recognizer, clinic, at_once=2),
        "human": None,
    }
    if asterisk_root and (asterisk_root / _SOUNDS).is_dir() and (asterisk_root / _TEXTS).is_file():
        human = await asyncio.to_thread(human_prompts, asterisk_root / _SOUNDS, asterisk_root / _TEXTS, every)
        figures["human"] = await bench_recognizer(recognizer, human)
    return figures


async def clinic_samples(synthesizer: Synthesizer, voices: Sequence[Voice]) -> list[Sample]:
    """Clinic phrases in synthesised voices, in turn, through A-law."""
    samples = []
    for at, phrase in enumerate(CLINIC_PHRASES):
        pieces = [piece async for piece in synthesizer.stream(phrase, voices[at % len(voices)])]
        samples.append(Sample(text=phrase, sound=_telephone(pcm.silence(200) + b"".join(pieces) + pcm.silence(300))))
    return samples


def _telephone(sound: bytes) -> bytes:
    return pcm.alaw_decode(pcm.alaw_encode(sound))


async def bench_recognizer(
    recognizer: Recognizer,
    samples: Sequence[Sample],
    *,
    at_once: int = 1,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """`n`, `wer`, `decode_ms` and `wait_ms` (p50, p95), `failures`; `at_once` utterances in flight."""
    lane = asyncio.Semaphore(at_once)
    pairs: list[tuple[str, str]] = []
    decodes: list[float] = []
    waits: list[float] = []
    failures = 0

    async def one(sample: Sample) -> None:
        nonlocal failures
        async with lane:
            stream = recognizer.open(AsrContext(call_id="bench", deadline_ms=20_000))
            for frame in pcm.frames(sample.sound):
                stream.push(frame)
            result = await stream.finalise()
            stream.close()
        pairs.append((sample.text, result.text))
        decodes.append(result.decode_ms)
        waits.append(result.wait_ms)
        failures += result.failure is not None
        if progress:
            progress(len(pairs))

    await asyncio.gather(*(one(sample) for sample in samples))
    return {
        "engine": recognizer.capabilities.name,
        "n": len(samples),
        "at_once": at_once,
        "wer": round(word_error_rate(pairs), 3),
        "decode_ms": percentiles(decodes),
        "wait_ms": percentiles(waits),
        "failures": failures,
    }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50 and p95, rounded to a tenth."""
    if not values:
        return {"p50": 0.0, "p95": 0.0}
    return {f"p{part}": round(float(np.percentile(values, part)), 1) for part in (50, 95)}
