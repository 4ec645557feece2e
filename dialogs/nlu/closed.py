"""Answers that a list decides better than a classifier: yes, no, repeat, goodbye, operator, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dialogs.nlu.config import policy
from dialogs.port import Intent, State

_PRIORITY: Final = (
    Intent.OPERATOR, Intent.CANCEL_APPOINTMENT, Intent.CONFIRM_VISIT, Intent.REPEAT, Intent.DENY, Intent.AFFIRM,
    Intent.GOODBYE, Intent.SMALLTALK,
)  # fmt: skip
_ANSWERS: Final = frozenset(
    {Intent.AFFIRM, Intent.DENY, Intent.GOODBYE, Intent.CONFIRM_VISIT, Intent.CANCEL_APPOINTMENT}
)
"""Beside these "как" and "а" ask for nothing: "ой, как хорошо", "а давайте"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAnswer:
    """What a wholly listed utterance means: an intent, or a contradiction to be asked again."""

    intent: Intent | None
    contradiction: bool = False


def closed_answer(text: str, state: str) -> ClosedAnswer | None:
    """Return the meaning of a normalised text that lists explain to the last word, None otherwise."""
    words = tuple(text.split())
    if text in policy().folded_contradictions:
        return ClosedAnswer(intent=None, contradiction=True)
    in_passing = _segment(words, state, policy().folded_particles)
    found = in_passing if in_passing & _ANSWERS else _segment(words, state)
    if not found:
        return None
    if {Intent.AFFIRM, Intent.DENY} <= found and words[:1] != ("нет",):
        return ClosedAnswer(intent=None, contradiction=True)
    if Intent.GOODBYE in found and (state == State.ASK_MORE or "перезвоню" in words):
        return ClosedAnswer(intent=Intent.GOODBYE)
    if {Intent.DENY, Intent.GOODBYE} <= found or {Intent.SMALLTALK, Intent.GOODBYE} <= found:
        return ClosedAnswer(intent=Intent.GOODBYE)
    return ClosedAnswer(intent=next(intent for intent in _PRIORITY if intent in found))


def only_fillers(text: str) -> bool:
    """Tell whether nothing but "ну", "э", "вот" was said."""
    words = tuple(text.split())
    fillers = policy().folded_fillers
    reach = [True] + [False] * len(words)
    for end in range(1, len(words) + 1):
        reach[end] = any(reach[start] and words[start:end] in fillers for start in range(max(0, end - 3), end))
    return reach[-1]


@lru_cache(maxsize=64)
def _phrases(state: str) -> tuple[dict[tuple[str, ...], Intent], int]:
    table: dict[tuple[str, ...], Intent] = {}
    for group in reversed(policy().closed):
        if group.applies(state):
            table.update(dict.fromkeys(group.folded, group.intent))
    for group in policy().closed:
        if group.only and group.applies(state):
            table.update(dict.fromkeys(group.folded, group.intent))
    return table, max(len(words) for words in table)


def _segment(
    words: tuple[str, ...], state: str, particles: frozenset[tuple[str, ...]] = frozenset()
) -> frozenset[Intent]:
    """Cover all words with listed phrases and fillers, in as few pieces as possible; empty where that fails.

    `particles` are listed phrases that count as fillers this time.
    """
    table, longest = _phrases(state)
    fillers = policy().folded_fillers | particles
    best: list[tuple[int, frozenset[Intent]] | None] = [None] * (len(words) + 1)
    best[0] = (0, frozenset())
    for end in range(1, len(words) + 1):
        for start in range(max(0, end - longest), end):
            before, piece = best[start], words[start:end]
            if before is None or not (piece in table or piece in fillers):
                continue
            meant = before[1] | ({table[piece]} if piece in table and piece not in particles else frozenset())
            candidate = (before[0] + 1, meant)
            current = best[end]
            if current is None or candidate[0] < current[0]:
                best[end] = candidate
    last = best[-1]
    return last[1] if last else frozenset()
