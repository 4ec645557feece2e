"""What extractors hand to each other: the text under reading and the places where a value was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from dialogs.port import Directory
from dialogs.slots import morph
from dialogs.slots.tokens import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A value found in tokens `start`..`end` (end excluded)."""

    start: int
    end: int
    value: str


@dataclass(slots=True)
class Reading:
    """One utterance being read: extractors mark the tokens they used, later ones leave those alone.

    `moving` is true when the caller is known to move or give up a booking.
    """

    tokens: Sequence[Token]
    today: date
    state: str = "open"
    directory: Directory = field(default_factory=Directory)
    moving: bool = False
    used: set[int] = field(default_factory=set)

    def word(self, index: int) -> str:
        """Return the text of a token, "" beyond the ends."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def number(self, index: int) -> int | None:
        """Return the value of a free number token, None for anything else."""
        if not 0 <= index < len(self.tokens) or index in self.used:
            return None
        return self.tokens[index].value

    def is_free(self, start: int, end: int) -> bool:
        """Tell whether no token of the range was used."""
        return not any(index in self.used for index in range(start, end))

    def take(self, start: int, end: int) -> None:
        """Mark a range as used."""
        self.used.update(range(start, end))

    def has_any(self, words: Iterable[str]) -> bool:
        """Tell whether any token is one of these words."""
        wanted = frozenset(words)
        return any(token.text in wanted for token in self.tokens)

    def has_stem(self, *stems: str) -> bool:
        """Tell whether any word begins with one of these stems."""
        return any(token.kind == "word" and token.text.startswith(stems) for token in self.tokens)


Match = tuple[int, str]
"""How many tokens a matcher takes, and the value."""

Matcher = Callable[[Reading, int], Match | None]

_PLANS: Final = ("запишите", "запиши", "перезапиш", "перенесите", "переставьте", "давайте")
_POLITE_PAST: Final = (
    "хоте", "дума", "планирова", "собира", "записа", "перене", "забы", "обеща", "мог", "реши", "назнач", "сказал",
    "постави", "освободи", "заболе", "приболе",
)  # fmt: skip


def in_past(reading: Reading, index: int) -> bool:
    """Tell whether the clause around a token speaks of what was: a past verb that is not mere politeness."""
    left = index
    while left > 0 and reading.tokens[left - 1].kind != "stop":
        left -= 1
    right = index
    while right < len(reading.tokens) and reading.tokens[right].kind != "stop":
        right += 1
    words = [token.text for token in reading.tokens[left:right] if token.kind == "word"]
    if any(word.startswith(_PLANS) for word in words):
        return False
    if "чтобы" in words or "чтоб" in words:
        return False  # "чтобы педиатр посмотрел в среду" is a wish
    return any(morph.is_past_verb(word) and not word.startswith(_POLITE_PAST) for word in words)
