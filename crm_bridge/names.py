"""Comparing names as people say them: case, ё and order do not matter, a patronymic may be missing."""

from __future__ import annotations

import re


def fold(text: str) -> str:
    """Lower case, ё as е, single spaces."""
    return " ".join(text.casefold().replace("ё", "е").split())


def name_words(text: str) -> frozenset[str]:
    """The words of a name, folded; hyphens stay inside a word."""
    return frozenset(re.findall(r"[\w-]+", fold(text)))


def same_person(one: str, other: str) -> bool:
    """Whether two names can be one person's: the shorter has at least two words, all of them in the longer."""
    shorter, longer = sorted((name_words(one), name_words(other)), key=len)
    return len(shorter) >= 2 and shorter <= longer


def doctor_matches(said: str, full_name: str) -> bool:
    """Whether a surname, or a fuller name, is of this doctor."""
    words = name_words(said)
    return bool(words) and words <= name_words(full_name)
