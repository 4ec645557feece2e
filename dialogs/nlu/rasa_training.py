"""What a Rasa service is trained on: the shipped phrases, written out as Rasa's own files."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from dialogs.nlu.training import Example, load_examples
from dialogs.port import Intent
from dialogs.slots.lexicon import DATA, bullet_lines, read_yaml
from dialogs.slots.tokens import normalise

RASA_VERSION: Final = "3.6.21"
_SHIPPED: Final = Path(__file__).parents[1] / "rasa"


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaTraining:
    """The files of a training by name, `epochs` of it, and the number of phrases by intent."""

    files: Mapping[str, str]
    epochs: int
    phrases: Mapping[str, int]

    @property
    def fingerprint(self) -> str:
        """A hash of all that shapes the model."""
        digest = hashlib.sha256(RASA_VERSION.encode())
        for name in sorted(self.files):
            digest.update(f"\n{name}\n{self.files[name]}".encode())
        return digest.hexdigest()[:16]

    @property
    def model(self) -> str:
        """The file name of the trained model; a running service tells it."""
        return f"rasa-{self.fingerprint}.tar.gz"


def rasa_training(
    examples: Sequence[Example] = (), *, per_intent: int | None = None, epochs: int | None = None
) -> RasaTraining:
    """Return the training on all shipped phrases (or `examples`), or on a fixed sample of each intent.

    Phrases are written normalised, as the engine is asked about them, and each once: Rasa drops what is said twice.
    """
    phrases = distinct(examples or load_examples())
    if per_intent is not None:
        phrases = {intent: _sample(texts, per_intent) for intent, texts in phrases.items()}
    config = read_yaml(_SHIPPED / "config.yml")
    if epochs is not None:
        config["pipeline"][-1]["epochs"] = epochs
    return RasaTraining(
        files={
            "config.yml": _yaml(config),
            "domain.yml": (_SHIPPED / "domain.yml").read_text(encoding="utf-8"),
            "nlu.yml": _nlu(phrases),
        },
        epochs=config["pipeline"][-1]["epochs"],
        phrases={intent: len(texts) for intent, texts in phrases.items()},
    )


def distinct(examples: Iterable[Example]) -> dict[str, tuple[str, ...]]:
    """Return intent -> its normalised phrases, each once, in the order of the data."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for example in examples:
        text = normalise(example.text)
        if text:
            found[str(example.intent)][text] = None
    return {str(intent): tuple(found[intent]) for intent in Intent if intent in found}


def _sample(texts: Sequence[str], size: int) -> tuple[str, ...]:
    """Choose by hash, so that a phrase added to the data changes the sample by one at most."""
    chosen = sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest())[:size]
    return tuple(text for text in texts if text in chosen)


def _nlu(phrases: Mapping[str, Sequence[str]]) -> str:
    sections = [_section("intent", intent, texts) for intent, texts in phrases.items()]
    sections += [_section("lookup", name, words) for name, words in _lookups().items()]
    return 'version: "3.1"\nnlu:\n' + "".join(sections)


def _section(kind: str, name: str, lines: Sequence[str]) -> str:
    return f"- {kind}: {name}\n  examples: |\n" + "".join(f"    - {line}\n" for line in lines)


def _lookups() -> dict[str, list[str]]:
    entries = [entry for path in sorted(DATA.glob("*.yml")) for entry in read_yaml(path).get("nlu", ())]
    return {
        entry["lookup"]: [normalise(word) for word in bullet_lines(entry["examples"])]
        for entry in entries
        if "lookup" in entry
    }


def _yaml(value: Any) -> str:
    written = io.StringIO()
    YAML(typ="safe").dump(value, written)
    return written.getvalue()
