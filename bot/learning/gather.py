"""Takes the words that calls did not understand, masks them beside the calls, and keeps what is left."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Final, Protocol

from bot.calls.unclear import UnclearWords
from bot.domain.learning import LONGEST_PHRASE, MaskedPhrase
from dialogs.nlu.masking import mask, teachable
from dialogs.slots.tokens import normalise

log = logging.getLogger(__name__)

MOST_WAITING: Final = 1000
"""A database that is away for long loses phrases, never a call."""


class Keeps(Protocol):
    """The queue of phrases."""

    async def keep(self, phrases: list[MaskedPhrase], /) -> int:
        """Write down; known ones are counted once more."""
        ...


class Gathering:
    """Words between a call and the queue; `take` never waits and never fails."""

    def __init__(self) -> None:
        self._waiting: deque[UnclearWords] = deque(maxlen=MOST_WAITING)

    def take(self, words: UnclearWords) -> None:
        """A call did not understand this."""
        self._waiting.append(words)

    async def write(self, phrases: Keeps) -> int:
        """Mask and keep what has come since the last time; returns how many phrases were new.

        What a database does not take waits for the next time.
        """
        words = list(self._waiting)
        if not words:
            return 0
        self._waiting.clear()
        try:
            masked = await asyncio.to_thread(_masked, words)
            return await phrases.keep(masked) if masked else 0
        except BaseException:  # also a service that ends: what calls said last is written when it closes
            self._waiting.extendleft(reversed(words))
            raise


def _masked(words: list[UnclearWords]) -> list[MaskedPhrase]:
    return [phrase for one in words if (phrase := _masked_or_none(one)) is not None]


def _masked_or_none(words: UnclearWords) -> MaskedPhrase | None:
    """What cannot be masked is not kept, and does not keep the others from it."""
    try:
        return masked_phrase(words)
    except Exception as error:
        # not its text: it holds the words
        log.error("A phrase could not be masked", extra={"call_id": words.call_id, "error": type(error).__name__})
        return None


def masked_phrase(words: UnclearWords) -> MaskedPhrase | None:
    """The phrase as it may be kept; None where nothing is left to be understood, or far too much was said."""
    text = mask(words.text, state=words.state, today=words.at.date(), directory=words.directory)
    key = normalise(text)
    if not teachable(text) or max(len(text), len(key)) > LONGEST_PHRASE:
        return None
    return MaskedPhrase(
        text=text,
        key=key,
        state=words.state,
        why=words.why,
        call_id=words.call_id,
        at=words.at,
        guess=words.guess,
        confidence=words.confidence,
    )
