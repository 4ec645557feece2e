"""A clinic's own words for known things: «флюшка» is heard as «флюорография» by rules and engine alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from dialogs.slots.tokens import fold


def reworded(text: str, synonyms: Mapping[str, str]) -> str:
    """Return a text with the clinic's own words replaced by what they mean, the longest first; whole words only.

    `synonyms` are said -> meant, both folded. A text without any stays as it is.
    """
    if not synonyms:
        return text
    pattern = _pattern(tuple(sorted(synonyms)))
    folded = fold(text)
    return pattern.sub(lambda found: synonyms[found.group()], folded) if pattern.search(folded) else text


@lru_cache(maxsize=8)
def _pattern(said: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(said, key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(re.escape(one) for one in longest_first) + r")\b")
