"""«Да… подходит»: a yes is taken at once, and the rest of it comes over the next question. It is no answer to that."""

from __future__ import annotations

from bot.domain.clock import Clock
from dialogs.port import Intent, Interpretation

AFTERTHOUGHT_S = 4.0
"""So long after a yes or a no the rest of it may still come: old people, and synthesised ones, pause at a comma."""


class Afterthought:
    """Remembers the last spoken yes or no of one call."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._intent = ""
        self._at = 0.0

    def is_one(self, said: Interpretation, expected: str) -> bool:
        """Whether these words only repeat the yes or no just taken, while something else is being asked."""
        repeated = said.intent in (Intent.AFFIRM, Intent.DENY) and said.intent == self._intent and not said.slots
        return repeated and expected in ("name", "date", "digits", "address") and self._age() <= AFTERTHOUGHT_S

    def heard(self, said: Interpretation) -> None:
        """The words that are now being answered."""
        self._intent, self._at = said.intent, self._clock.monotonic()

    def _age(self) -> float:
        return self._clock.monotonic() - self._at
