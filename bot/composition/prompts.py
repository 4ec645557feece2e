"""What the bot says in the same words to everybody: rendered before the first call, so that it costs nothing in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bot.composition.core import Core
from bot.composition.speech import SpeechParts
from dialogs.prompts import words_of
from dialogs.script import Script
from dialogs.script.model import CALL_TEXTS
from dialogs.script.wording import texts_of
from dialogs.speech_text import spoken_abbreviations
from speech.prompts import sentences

_TAG: Final = re.compile(r"\{%.*?%\}", re.DOTALL)
_VARIABLE: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NAME: Final = "Ы\N{REPLACEMENT CHARACTER}"
"""Stands for a variable's value, which may begin a sentence."""
_WHOLE: Final = re.compile(r"[«А-ЯЁ].*[.!?…]", re.DOTALL)


async def warm_prompts(core: Core, speech: SpeechParts) -> int:
    """Render what is said in every call; returns how many sentences were not kept yet."""
    clinic = (await core.clinic.directory()).name
    return await speech.prompts.warm(fixed_sentences(core.scripts.live.values(), clinic), speech.voice)


def fixed_sentences(scripts: Iterable[Script], clinic: str) -> Iterator[str]:
    """Sentences without variables, also those that stand before or after others: «Проверим.», «Всё верно?»."""
    for script in scripts:
        for name in CALL_TEXTS:
            yield from _fixed(str(script.texts.get(name, "")))
        for text in texts_of(script):
            if text.kind == "prompt":
                yield from _fixed(words_of(text.source).replace("{{ clinic }}", clinic))


def _fixed(template: str) -> Iterator[str]:
    for part in _TAG.split(template):
        for sentence in sentences(spoken_abbreviations(_VARIABLE.sub(_NAME, part))):
            if _NAME not in sentence and _WHOLE.fullmatch(sentence):
                yield sentence
