"""Words as they sound over a telephone, for likeness where letters mislead."""

from __future__ import annotations

from typing import Final

_MERGED: Final = str.maketrans("оеэыяюбдгвзж", "аиииаупткфсш", "ьъ")


def sounds(word: str) -> str:
    """Return a folded word with unstressed vowels and voiced pairs fallen together and no letter twice in a row."""
    merged = word.translate(_MERGED)
    return "".join(sound for index, sound in enumerate(merged) if index == 0 or merged[index - 1] != sound)


def text_sounds(text: str) -> str:
    """Return a normalised text word by word as it sounds."""
    return " ".join(sounds(word) for word in text.split())
