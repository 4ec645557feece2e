"""Groups of phrases with what they probably mean. Imports scikit-learn: only whoever asks for groups waits for that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.domain.learning import Phrase, PhraseGroup
from dialogs.nlu.added import Added, examples_of
from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.nlu.grouping import groups_of
from dialogs.nlu.masking import spoken
from dialogs.slots.tokens import normalise


def grouped_anew(phrases: Sequence[Phrase], added: tuple[Added, ...], cache: Path | None) -> list[PhraseGroup]:
    """Group phrases by the engine of what is published; `cache` is where trained engines are kept."""
    return grouped(phrases, EmbeddedEngine(cache=cache, taught=examples_of(added)))


def grouped(phrases: Sequence[Phrase], engine: EmbeddedEngine) -> list[PhraseGroup]:
    """Group phrases by an engine's features; each group is suggested what the engine makes of all of it."""
    grams, vectors = engine.features([normalise(spoken(one.text)) for one in phrases])
    intents, probabilities = engine.probabilities(grams, vectors)
    weights = np.array([one.times for one in phrases])
    made = []
    for rows in groups_of(grams, vectors, weights.tolist()):
        mean = np.average(probabilities[list(rows)], axis=0, weights=weights[list(rows)])
        best = int(mean.argmax())
        made.append(
            PhraseGroup(
                phrases=tuple(phrases[row] for row in rows), suggested=intents[best], share=round(float(mean[best]), 3)
            )
        )
    return made
