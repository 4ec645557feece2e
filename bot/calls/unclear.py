"""Which words of one conversation were not understood: handed on as they are, masked and kept by whoever takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.clock import Clock
from bot.domain.learning import Why
from dialogs.nlu.config import policy
from dialogs.port import Directory, Intent, Interpretation


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclearWords:
    """What a caller said and what it was taken for; not masked yet, so never logged and never stored like this."""

    text: str
    state: str
    directory: Directory
    why: Why
    guess: str
    confidence: float
    call_id: str
    at: datetime


Keep = Callable[[UnclearWords], None]
"""Takes words and returns at once."""


class UnclearTurns:
    """Watches the turns of one conversation; a guess that was asked about waits for its answer."""

    def __init__(self, keep: Keep, clock: Clock, call_id: str) -> None:
        self._keep = keep
        self._clock = clock
        self._call_id = call_id
        self._asked: UnclearWords | None = None

    def heard(self, said: Interpretation, *, state: str, directory: Directory) -> None:
        """A turn was understood, or was not; a "no" to a guess tells that the guess was wrong."""
        asked, self._asked = self._asked, None
        if asked is not None and said.intent == Intent.DENY:
            self._keep(replace(asked, why=Why.DENIED))
        why = why_unclear(said)
        asks = said.policy in ("confirm", "choose") and not said.emergency
        if why is None and not asks:
            return
        words = self._words(said, why or Why.DENIED, state, directory)
        if why is not None:
            self._keep(words)
        elif asks:
            self._asked = words

    def _words(self, said: Interpretation, why: Why, state: str, directory: Directory) -> UnclearWords:
        guess, confidence = said.ranking[0] if said.ranking else ("", 0.0)
        return UnclearWords(
            text=said.text,
            state=state,
            directory=directory,
            why=why,
            guess=guess,
            confidence=round(confidence, 3),
            call_id=self._call_id,
            at=self._clock.now(),
        )


def why_unclear(said: Interpretation) -> Why | None:
    """Why an utterance is worth a label, None where it was understood, or nothing was said."""
    if said.emergency or said.guard == "no_input":
        return None
    if said.guard == "unclear":
        return Why.UNCLEAR
    if said.policy == "reject":
        return Why.REJECTED
    if said.policy == "choose":
        return Why.CHOICE
    unsure = said.policy == "confirm" and said.confidence < policy().thresholds["embedded"].act
    return Why.UNSURE if unsure else None
