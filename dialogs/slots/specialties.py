"""Specialties in speech: the gazetteer in all cases, and names the recogniser garbled or tore in two."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from dialogs.slots import morph
from dialogs.slots.lexicon import specialty_forms
from dialogs.slots.mentions import Mention, Reading
from dialogs.slots.sounds import sounds

_LONGEST: Final = 3
_SENT: Final = ("назначил", "направил", "велел", "прописал", "послал", "посоветовал", "отправил", "порекомендовал")
_DENIED: Final = frozenset({"не", "кроме"})


def find_specialty(reading: Reading) -> Mention | None:
    """Find the first specialty that is not denied ("только не к хирургу" names none)."""
    for index in range(len(reading.tokens)):
        if not reading.is_free(index, index + 1):
            continue
        mention = _gazetteer(reading, index) or _garbled(reading, index)
        if mention is not None and not _is_denied(reading, index) and not _is_who_sends(reading, mention):
            return mention
    return None


def _gazetteer(reading: Reading, index: int) -> Mention | None:
    forms = specialty_forms()
    for length in range(_LONGEST, 0, -1):
        words = tuple(reading.word(index + step) for step in range(length))
        if words in forms and not _is_adjective_of_thing(reading, index, length):
            return Mention(start=index, end=index + length, value=forms[words])
    return None


def _is_adjective_of_thing(reading: Reading, index: int, length: int) -> bool:
    """Tell "зубная паста" and "кожная сыпь" from "к зубному"."""
    parse = morph.parses(reading.word(index))[0]
    if length > 1 or "ADJF" not in parse.tag:
        return False
    following = reading.word(index + 1)
    return bool(following) and "NOUN" in morph.parses(following)[0].tag and following not in ("врач", "врачу", "врача")


def _garbled(reading: Reading, index: int) -> Mention | None:
    word = reading.word(index)
    if reading.tokens[index].kind != "word" or len(word) < 4 or morph.is_known(word):
        return None
    joined = word + reading.word(index + 1)
    for text, length in ((word, 1), (joined, 2)):
        found = _nearest(text)
        if found:
            return Mention(start=index, end=index + length, value=found)
    return None


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str | None:
    """Return the specialty within one wrong sound in five, at most three."""
    if len(word) < 6:
        return None
    heard = sounds(word)
    allowed = min(3, len(word) // 5)
    best: tuple[int, str] | None = None
    for form, name in _single_forms():
        distance = Levenshtein.distance(heard, form, score_cutoff=allowed)
        if distance <= allowed and (best is None or distance < best[0]):
            best = (distance, name)
    return best[1] if best else None


@lru_cache(maxsize=1)
def _single_forms() -> tuple[tuple[str, str], ...]:
    return tuple(
        (sounds(words[0]), name) for words, name in specialty_forms().items() if len(words) == 1 and len(words[0]) > 5
    )


def _is_who_sends(reading: Reading, mention: Mention) -> bool:
    """Tell "кардиолог назначила" and "терапевт направил": another one is wanted."""
    return any(reading.word(mention.end + step).startswith(_SENT) for step in (0, 1, 2)) and not any(
        reading.word(mention.start - 1) == preposition for preposition in ("к", "ко", "у")
    )


def _is_denied(reading: Reading, index: int) -> bool:
    before = [reading.word(index - step) for step in (1, 2)]
    return before[0] in _DENIED or (before[1] in _DENIED and before[0] in ("к", "на", "у", "от"))
