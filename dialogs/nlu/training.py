"""The training phrases: Rasa 3.1 files, the one source for every engine."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from dialogs.port import Intent
from dialogs.slots.lexicon import DATA, bullet_lines, read_yaml
from dialogs.slots.tokens import fold, normalise

_MARKUP: Final = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One training phrase as a caller says it (no markup) and its label."""

    text: str
    intent: Intent


class TrainingDataError(ValueError):
    """The training files contradict each other; the message names the phrase or the label."""


@lru_cache(maxsize=1)
def load_examples(folder: Path = DATA) -> tuple[Example, ...]:
    """Read all `intent` sections of *.yml in a folder, in file order; TrainingDataError on a faulty label or phrase.

    What was read last is kept: the shipped files do not change while a process runs.
    """
    found = read_examples(folder)
    _refuse_contradictions(found)
    return tuple(found)


def read_examples(folder: Path = DATA) -> list[Example]:
    """Read the same, whatever stands under two labels; TrainingDataError on a faulty label."""
    found: list[Example] = []
    for path in sorted(folder.glob("*.yml")):
        for section in read_yaml(path).get("nlu", ()):
            if "intent" in section:
                found += [_example(line, section["intent"], path) for line in bullet_lines(section["examples"])]
    return found


def _example(line: str, label: object, path: Path) -> Example:
    if label not in set(Intent):
        raise TrainingDataError(f"{path.name}: {label!r} is not one of the {len(Intent)} intents")
    return Example(text=_MARKUP.sub(r"\1", line), intent=Intent(str(label)))


def _refuse_contradictions(examples: list[Example]) -> None:
    labels: dict[str, Intent] = {}
    for example in examples:
        key = normalise(example.text)
        known = labels.setdefault(key, example.intent)
        if known is not example.intent:
            raise TrainingDataError(f"{example.text!r} stands under {known} and under {example.intent}")


def counts(examples: tuple[Example, ...]) -> Counter[str]:
    """Return the number of examples per intent."""
    return Counter(str(example.intent) for example in examples)


def frequent_words(examples: tuple[Example, ...], at_least: int) -> tuple[str, ...]:
    """Return the words that occur in the phrases at least so often, folded."""
    found = Counter(word for example in examples for word in fold(example.text).split() if word.isalpha())
    return tuple(word for word, number in found.items() if number >= at_least)


def fingerprint(examples: tuple[Example, ...], *versions: str) -> str:
    """Return a hash of the data and of everything else that shapes a trained model."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(f"{example.intent}\t{example.text}\n".encode())
    digest.update("\n".join(versions).encode())
    return digest.hexdigest()[:16]
