"""Prompts split into sentences: fixed ones come from the voice cache, only those with variables are synthesised."""

from __future__ import annotations

import re
from functools import lru_cache

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[«\"A-ZА-ЯЁ{])")
_VARIABLE = re.compile(r"\{\{|\{%")


@lru_cache(maxsize=4096)
def parts_of(template: str) -> tuple[str, ...]:
    """Return the prompt as templates spoken one after another.

    Neighbouring fixed sentences stay together, and so do neighbouring sentences with variables; a prompt with control
    blocks is not split, since a block may span sentences.
    """
    if "{%" in template or not _VARIABLE.search(template):
        return (template.strip(),)
    parts: list[str] = []
    for sentence in _SENTENCE_END.split(template.strip()):
        fixed = not _VARIABLE.search(sentence)
        if parts and fixed == (not _VARIABLE.search(parts[-1])):
            parts[-1] = f"{parts[-1]} {sentence}"
        else:
            parts.append(sentence)
    return tuple(parts)
