"""What a clinic teaches beside the shipped phrases: as examples, looked up, and held out for measuring."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dialogs.nlu.closed import closed_answer
from dialogs.nlu.masking import spoken
from dialogs.nlu.training import Example, load_examples
from dialogs.port import Intent
from dialogs.slots.tokens import normalise

_EVERY: Final = 5
"""One labelled phrase of so many is left out of the first training, to measure what the others teach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """One phrase of the clinic's own (placeholders allowed), the state it was said in, and what it means."""

    text: str
    state: str
    intent: Intent

    @property
    def key(self) -> str:
        """Its normal form, as it is taught."""
        return normalise(spoken(self.text))


def shipped() -> dict[str, Intent]:
    """Return the normal forms of the shipped phrases with their intents."""
    return dict(_shipped())


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Intent]:
    return {normalise(example.text): example.intent for example in load_examples()}


def examples_of(added: Iterable[Added]) -> tuple[Example, ...]:
    """Return the clinic's own phrases as examples: the same words in two states are one."""
    own = {one.key: one.intent for one in added}
    return tuple(Example(text=key, intent=intent) for key, intent in own.items())


def split_off(added: Iterable[Added]) -> tuple[list[Added], list[Added]]:
    """Return (taught, held out): by a hash of the phrase, so that the same ones are held out each time."""
    taught: list[Added] = []
    held: list[Added] = []
    for one in added:
        number = int.from_bytes(hashlib.sha256(one.key.encode()).digest()[:4])
        (held if number % _EVERY == 0 else taught).append(one)
    return taught, held


def decided_by_list(text: str, state: str) -> str | None:
    """Return the intent that a list of policy.yml gives the whole phrase: no training changes that; else None."""
    listed = closed_answer(normalise(spoken(text)), state)
    if listed is None:
        return None
    return "" if listed.intent is None else str(listed.intent)
