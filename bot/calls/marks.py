"""What the journal notes beside the bot's words: «[медленнее, громче] » where the voice changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from dialogs.step import Manner, Say

_SLOWER, _QUICKER, _LOUDER, _SOFTER = "медленнее", "быстрее", "громче", "тише"
_MARK: Final = re.compile(rf"^\[((?:{_SLOWER}|{_QUICKER}|{_LOUDER}|{_SOFTER})(?:, (?:{_LOUDER}|{_SOFTER}))?)\] ")


def manner_among(says: Sequence[Say]) -> Manner | None:
    """How a turn is spoken in the end, what is dictated left aside; None where all of it is."""
    return next((say.manner for say in reversed(says) if not say.manner.pause_ms), None)


def change_of_manner(before: Manner, now: Manner) -> str:
    """The note before the first words that are spoken differently, "" where nothing changes."""
    pace = _SLOWER if now.rate < before.rate else _QUICKER if now.rate > before.rate else ""
    loudness = _LOUDER if now.gain_db > before.gain_db else _SOFTER if now.gain_db < before.gain_db else ""
    changes = ", ".join(filter(None, (pace, loudness)))
    return f"[{changes}] " if changes else ""


def unmarked(text: str) -> str:
    """The words alone."""
    return _MARK.sub("", text)


def steps_slower(texts: Iterable[str]) -> list[int]:
    """How many steps below the usual pace each of the bot's turns, in order from the first, was spoken."""
    steps, paces = 0, []
    for text in texts:
        mark = _MARK.match(text)
        changes = mark.group(1) if mark else ""
        steps = steps + 1 if _SLOWER in changes else 0 if _QUICKER in changes else steps
        paces.append(steps)
    return paces
