"""What a prompt is made of: recorded words `@name(слова)`, fixed sentences from the voice cache, and the rest.

Only what holds variables is synthesised anew in each call.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[«\"A-ZА-ЯЁ{])")
_VARIABLE = re.compile(r"\{\{|\{%")
_RECORDED = re.compile(r"@([\w-]+)\(([^()]*)\)")


@lru_cache(maxsize=4096)
def parts_of(template: str) -> tuple[str, ...]:
    """Return the prompt as templates spoken one after another.

    Neighbouring fixed sentences stay together, and so do neighbouring sentences with variables; recorded words stand
    alone. A prompt with control blocks is not split, since a block may span sentences.
    """
    if "{%" in template:
        return (template.strip(),)
    parts: list[str] = []
    end = 0
    for mark in _RECORDED.finditer(template):
        parts += [*_sentences(template[end : mark.start()]), mark.group()]
        end = mark.end()
    return (*parts, *_sentences(template[end:]))


def _sentences(template: str) -> list[str]:
    whole = template.strip()
    if not _VARIABLE.search(whole):
        return [whole] if whole else []
    parts: list[str] = []
    for sentence in _SENTENCE_END.split(whole):
        fixed = not _VARIABLE.search(sentence)
        if parts and fixed == (not _VARIABLE.search(parts[-1])):
            parts[-1] = f"{parts[-1]} {sentence}"
        else:
            parts.append(sentence)
    return parts


def spoken_parts(text: str) -> tuple[tuple[str, str], ...]:
    """Return a filled-in prompt as (name of the recording, or "", and its words), in order."""
    parts: list[tuple[str, str]] = []
    end = 0
    for mark in _RECORDED.finditer(text):
        parts += [("", text[end : mark.start()].strip()), (mark.group(1), mark.group(2).strip())]
        end = mark.end()
    return tuple((name, words) for name, words in (*parts, ("", text[end:].strip())) if words)


def recordings_in(template: str) -> tuple[tuple[str, str], ...]:
    """Return the recordings that a prompt names, with their words."""
    return tuple((mark.group(1), mark.group(2).strip()) for mark in _RECORDED.finditer(template))


def words_of(template: str) -> str:
    """Return the prompt without the names of its recordings: what is heard, whoever says it."""
    return _RECORDED.sub(r"\2", template)
