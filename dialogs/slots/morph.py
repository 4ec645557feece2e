"""The one shared Russian morphological analyser, loaded on first use."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pymorphy3


@lru_cache(maxsize=1)
def analyser() -> Any:
    """Return the analyser (pymorphy3 ships no types); about 0.1 s on the first call."""
    return pymorphy3.MorphAnalyzer()


@lru_cache(maxsize=8192)
def parses(word: str) -> tuple[Any, ...]:
    """Return all readings of a word, likeliest first."""
    return tuple(analyser().parse(word))


@lru_cache(maxsize=8192)
def is_known(word: str) -> bool:
    """Tell whether the dictionary holds the word."""
    return bool(analyser().word_is_known(word))


@lru_cache(maxsize=8192)
def lemma(word: str) -> str:
    """Return the likeliest dictionary form."""
    return str(parses(word)[0].normal_form).replace("ё", "е")


def forms(word: str) -> frozenset[str]:
    """Return all inflected forms of a noun or adjective, with е for ё."""
    best = parses(word)[0]
    return frozenset(form.word.replace("ё", "е") for form in best.lexeme)


@lru_cache(maxsize=8192)
def is_past_verb(word: str) -> bool:
    """Tell whether the likeliest reading is a verb in the past tense."""
    tag = parses(word)[0].tag
    return "VERB" in tag and "past" in tag
