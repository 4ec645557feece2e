"""What was said beside the main intent without a border between: "да, а сколько стоит", "приду, всё, до свидания"."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from dialogs.nlu.closed import closed_answer
from dialogs.nlu.config import policy
from dialogs.port import Intent

_LONGEST: Final = 4
_ANSWERED: Final = frozenset({"confirm", "reminder"})
"""Groups of states in which an answer may stand before a question."""
_QUESTIONS: Final = frozenset({
    Intent.PREP_INFO, Intent.LAB_HOURS, Intent.CLINIC_HOURS, Intent.CLINIC_ADDRESS, Intent.PRICE_INSURANCE,
    Intent.TEST_RESULTS, Intent.DOCUMENTS,
})  # fmt: skip
"""Beside these an answer is of its own; "да, перенесите" and "нет, не приду" are one intent."""
_ANSWERS: Final = frozenset({Intent.AFFIRM, Intent.DENY, Intent.CONFIRM_VISIT, Intent.CANCEL_APPOINTMENT})
_TOPICS: Final = frozenset({Intent.PRICE_INSURANCE, Intent.COMPLAINT, Intent.OPERATOR})
"""Of these a word of their own is enough, wherever it stands."""


def beside(text: str, state: str, main: str, requests: Collection[str]) -> tuple[str, ...]:
    """Return further intents of a normalised text: an answer in front, a goodbye behind, a topic by its own word."""
    words = text.split()
    found = [_answer_before(words, state) if main in _QUESTIONS else "", _goodbye_after(words, main)]
    if main in requests:
        found += [str(cue.intent) for cue in policy().cues if cue.intent in _TOPICS and cue.said.search(text)]
    return tuple(name for name in dict.fromkeys(found) if name and name != main)


def _answer_before(words: list[str], state: str) -> str:
    if policy().group_of.get(state, "") not in _ANSWERED:
        return ""
    for length in range(min(_LONGEST, len(words) - 2), 0, -1):
        listed = closed_answer(" ".join(words[:length]), state)
        if listed is not None and listed.intent in _ANSWERS:
            return str(listed.intent)
    return ""


def _goodbye_after(words: list[str], main: str) -> str:
    if main not in _ANSWERS or len(words) < 3:
        return ""
    listed = closed_answer(" ".join(words[-2:]), "open")
    return str(Intent.GOODBYE) if listed is not None and listed.intent == Intent.GOODBYE else ""
