"""Which words a prompt is spoken in: the next of its variants, short ones for who has trouble, a kind one first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dialogs.engine.state import DialogState
from dialogs.expressions import render
from dialogs.port import State
from dialogs.prompts import parts_of, spoken_parts
from dialogs.script.model import Question, Script, Variants
from dialogs.step import USUAL, Effect, Manner, Say

_SEVERAL = re.compile(r"[.!?…]\s")


def says_of(
    template: str, prompt_id: str, values: Mapping[str, Any], *, must_hear: bool = False, manner: Manner = USUAL
) -> list[Say]:
    """Return a prompt filled in, part by part."""
    words = [one for part in parts_of(template) for one in spoken_parts(render(part, values))]
    return [
        Say(
            text=text,
            prompt_id=f"{prompt_id}#{number}",
            must_hear=must_hear,
            recording=recording,
            manner=manner,
        )
        for number, (recording, text) in enumerate(words)
    ]


def asking(question: Question, *, brief: bool) -> Variants:
    """Return how the question is put: briefly where the short wording says all that the long one does.

    What names a time, says more than one sentence, or asks about danger to life, is never shortened.
    """
    if not (brief and question.short) or question.state == State.ASK_RED_FLAGS:
        return question.say
    complete = not any("{" in wording or _SEVERAL.search(wording) for wording in question.say)
    shorter = max(map(len, question.short)) < min(map(len, question.say))
    return question.short if complete and shorter else question.say


def kind_word(script: Script, state: DialogState, feeling: str, effect: Effect | None) -> Say | None:
    """Return what is said to somebody in pain or fear, once a call for each; never on the way to a person or 103."""
    variants = next((words for name, words in script.empathy.items() if name == feeling), ())
    leaves = state.ended or state.gone or (effect is not None and effect.name == "transfer")
    if not variants or feeling in state.comforted or leaves or "emergency" in state.happened:
        return None
    return Say(text=variants[state.turns % len(variants)], prompt_id=f"empathy.{feeling}")
