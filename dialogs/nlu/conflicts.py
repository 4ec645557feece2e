"""Phrases that two intents claim: in the training data, and in the lists that decide by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from dialogs.nlu.config import ClosedClass, policy
from dialogs.nlu.training import read_examples
from dialogs.slots.tokens import normalise


def shared_phrases() -> list[tuple[str, tuple[str, ...]]]:
    """Return (phrase, intents) of every phrase that stands under more than one intent, sorted; none when all is well.

    A list that applies in a few states only may claim a phrase of a list that applies everywhere: there it goes first.
    """
    taught: dict[str, set[str]] = defaultdict(set)
    for example in read_examples():
        taught[normalise(example.text)].add(str(example.intent))
    found = {phrase: intents for phrase, intents in taught.items() if len(intents) > 1}
    for phrase, intents in _listed_twice():
        found.setdefault(phrase, set()).update(intents)
    return sorted((phrase, tuple(sorted(intents))) for phrase, intents in found.items())


def _listed_twice() -> Iterator[tuple[str, set[str]]]:
    lists = policy().closed
    for number, one in enumerate(lists):
        for other in lists[number + 1 :]:
            if one.intent != other.intent and _meet(one, other):
                for words in set(one.folded) & set(other.folded):
                    yield " ".join(words), {str(one.intent), str(other.intent)}


def _meet(one: ClosedClass, other: ClosedClass) -> bool:
    """Whether neither goes before the other: both everywhere, or both in some state."""
    return bool(set(one.only) & set(other.only)) or not (one.only or other.only)
