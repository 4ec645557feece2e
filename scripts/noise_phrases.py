"""Hear phrases the way our recogniser does: a voice, a noisy telephone line, Whisper base.

This is how dialogs/nlu/data/recognised.yml and tests/data/nlu_*_asr.jsonl are made:

    python scripts/noise_phrases.py pick --share 0.26 --out picked.jsonl # clean phrases that are still to be noised
    python scripts/noise_phrases.py hear picked.jsonl heard.jsonl        # about 1.3 s of processor a phrase
    python scripts/noise_phrases.py file heard.jsonl                     # into recognised.yml, useless ones left out

Each phrase is spoken by one of the five free RHVoice voices at one of several rates and pitches, passes through A-law
at 8 kHz with white, pink or rumbling noise at 20, 15 or 10 dB below the voice, and is decoded by Whisper base. `hear`
goes on where it stopped; its answers depend on nothing but the phrase and `--seed`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fetch_models import default_cache, say
from rapidfuzz import fuzz

from dialogs.nlu.training import Example, TrainingDataError, load_examples
from dialogs.slots.lexicon import DATA
from dialogs.slots.tokens import normalise
from speech import pcm
from speech.models import whisper_folder
from speech.port import AsrContext, SpeechError, Voice
from speech.rhvoice import VOICES, RhvoiceSynthesizer
from speech.whisper import WhisperRecognizer

RATES = (0.85, 1.0, 1.0, 1.15, 1.3)
PITCHES = (0.85, 1.0, 1.0, 1.15)
SNRS_DB = (20, 20, 15, 10)
NOISES = ("white", "pink", "rumble")
LIKE_ENOUGH = 60
"""Below this likeness to what was said (0-100) a text teaches nothing about it."""
RECOGNISED = DATA / "recognised.yml"
_HEADER = """# Training phrases as Whisper base heard them from our own voices over a noisy 8 kHz line.
# Made by scripts/noise_phrases.py, which says how: five voices, several rates and pitches, A-law, SNR 20, 15 and 10 dB.
version: "3.1"
nlu:
"""


def main() -> int:
    """Run one step; exit 1 with one line of reason."""
    options = _options()
    try:
        if options.step == "pick":
            _write_lines(options.out, pick(options.share, options.seed))
        elif options.step == "hear":
            asyncio.run(hear(waiting(options.source, options.target), options.target, options.seed))
        else:
            say(f"noise_phrases: добавлено {file_heard(options.heard)} фраз в {RECOGNISED.name}")
    except (SpeechError, TrainingDataError, OSError, KeyError, ValueError) as error:
        say(f"noise_phrases: {error}")
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    picking = steps.add_parser("pick", help="выбрать чистые фразы, которых ещё не слышал распознаватель")
    picking.add_argument("--share", type=float, default=0.26, help="какая доля всех фраз должна быть услышанной")
    picking.add_argument("--out", type=Path, required=True, help="куда записать выбранное (JSONL)")
    hearing = steps.add_parser("hear", help="произнести, зашуметь и распознать")
    hearing.add_argument("source", type=Path, help="JSONL с полем text")
    hearing.add_argument("target", type=Path, help="JSONL: text — услышанное, said — сказанное, snr_db")
    filing = steps.add_parser("file", help="добавить услышанное к обучающим фразам")
    filing.add_argument("heard", type=Path, help="JSONL шага hear с полем intent")
    for one in (picking, hearing):
        one.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


# ------------------------------------------------------------------ choosing


def pick(share: float, seed: int) -> Iterator[dict[str, Any]]:
    """Choose, intent by intent, as many clean phrases as the share lacks, a fifth more for those that get lost."""
    examples, heard = load_examples(), _recognised_texts()
    noised = Counter(example.intent for example in examples if example.text in heard)
    clean: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        if example.text not in heard:
            clean[example.intent].append(example.text)
    for intent, texts in clean.items():
        wanted = int((len(texts) * share / (1 - share) - noised[intent]) * 1.2)
        # a seed of its own for each intent: phrases added to one leave the choice of the others alone
        chosen = random.Random(f"{seed} {intent}").sample(texts, max(0, min(wanted, len(texts))))
        yield from ({"text": text, "intent": str(intent)} for text in chosen)


def _recognised_texts() -> frozenset[str]:
    if not RECOGNISED.is_file():
        return frozenset()
    lines = RECOGNISED.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip().removeprefix("- ") for line in lines if line.strip().startswith("- "))


# ------------------------------------------------------------------ hearing


def waiting(source: Path, target: Path) -> list[dict[str, Any]]:
    """Return the lines of `source` that `target` does not hold yet."""
    done = {record["said"] for record in _read_lines(target)} if target.is_file() else set()
    return [record for record in _read_lines(source) if record["text"] not in done]


async def hear(records: list[dict[str, Any]], target: Path, seed: int) -> None:
    """Say, noise and recognise every record, adding the answers to `target`."""
    speaker = RhvoiceSynthesizer()
    recognizer = WhisperRecognizer(whisper_folder(default_cache()), workers=1, threads=1)
    await speaker.start()
    await recognizer.start()
    try:
        with target.open("a", encoding="utf-8") as out:
            for number, record in enumerate(records, start=1):
                heard = await _hear_one(speaker, recognizer, record, seed)
                out.write(json.dumps(heard, ensure_ascii=False) + "\n")
                out.flush()
                if number % 50 == 0:
                    say(f"noise_phrases: {number} из {len(records)}")
    finally:
        await speaker.close()
        await recognizer.close()


async def _hear_one(
    speaker: RhvoiceSynthesizer, recognizer: WhisperRecognizer, record: dict[str, Any], seed: int
) -> dict[str, Any]:
    dice = random.Random(f"{seed} {record['text']}")
    voice = Voice(name=dice.choice(VOICES), rate=dice.choice(RATES), pitch=dice.choice(PITCHES))
    snr_db, kind = dice.choice(SNRS_DB), dice.choice(NOISES)
    said = b"".join([piece async for piece in speaker.stream(record["text"], voice)])
    sound = telephone(pcm.silence(200) + said + pcm.silence(300), kind, snr_db, dice.randrange(2**32))
    stream = recognizer.open(AsrContext(call_id="noise", deadline_ms=60_000))
    for frame in pcm.frames(sound):
        stream.push(frame)
    result = await stream.finalise()
    stream.close()
    return {**record, "text": result.text, "said": record["text"], "noise": "asr", "snr_db": snr_db}


def telephone(sound: bytes, kind: str, snr_db: float, seed: int) -> bytes:
    """Return PCM16 of a voice with noise `snr_db` below it, through A-law."""
    samples = pcm.to_samples(sound).astype(np.float64)
    loud = samples[np.abs(samples) > 0.02 * np.abs(samples).max(initial=1.0)]
    level = float(np.sqrt(np.mean(loud**2))) if len(loud) else 1.0
    noisy = samples + _noise(kind, len(samples), seed) * level * 10 ** (-snr_db / 20)
    return pcm.alaw_decode(pcm.alaw_encode(pcm.from_floats(noisy)))


def _noise(kind: str, count: int, seed: int) -> Any:
    """Return noise of unit power in the telephone band: white, pink, or the rumble of a street."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / 8000)
    slope = {"white": 0.0, "pink": 0.5, "rumble": 1.0}[kind]
    shaped = spectrum * np.where((hertz > 60) & (hertz < 3800), np.maximum(hertz, 60.0) ** -slope, 0.0)
    noise = np.fft.irfft(shaped, count)
    return noise / max(1e-9, float(np.sqrt(np.mean(noise**2))))


# ------------------------------------------------------------------- filing


def file_heard(path: Path) -> int:
    """Write recognised.yml anew with what was heard added; returns how many phrases came in."""
    examples, heard = load_examples(), _recognised_texts()
    known = {normalise(example.text): example.intent for example in examples}
    by_intent: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        if example.text in heard:
            by_intent[example.intent].append(example.text)
    added = 0
    for record in _read_lines(path):
        text = " ".join(record["text"].split())
        if normalise(text) in known or not _teaches(text, record["said"]):
            continue
        known[normalise(text)] = Example(text=text, intent=record["intent"]).intent
        by_intent[record["intent"]].append(text)
        added += 1
    RECOGNISED.write_text(_HEADER + "\n".join(_section(*item) for item in by_intent.items()) + "\n", encoding="utf-8")
    return added


def _teaches(heard: str, said: str) -> bool:
    """Tell whether enough of the phrase is left, and no markup would be read out of it."""
    plain = normalise(heard)
    return bool(plain) and not set(heard) & set("[](){}") and fuzz.ratio(plain, normalise(said)) >= LIKE_ENOUGH


def _section(intent: str, texts: list[str]) -> str:
    return "\n".join((f"- intent: {intent}", "  examples: |", *(f"    - {text.lstrip('- ')}" for text in texts)))


def _read_lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def _write_lines(path: Path, records: Iterator[dict[str, Any]]) -> None:
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    say(f"noise_phrases: {len(lines)} фраз в {path}")


if __name__ == "__main__":
    sys.exit(main())
