"""What a turn will most likely need, got ready while the silence after the caller's words still runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.calls.effects import writes
from dialogs.engine import DialogState, advance
from dialogs.port import Interpretation
from dialogs.script import Script
from dialogs.step import Effect, EffectDone, Heard

_MOST_READ = 6
"""Readings of the clinic's system that one turn may get ahead."""

Perform = Callable[[Effect], Awaitable[EffectDone]]


@dataclass(slots=True)
class Foreseen:
    """Words that may be the whole turn, said to this state of the talk, and how they are understood."""

    text: str
    state: str
    said: Interpretation
    read: list[tuple[Effect, EffectDone]] = field(default_factory=list)

    async def read_ahead(self, script: Script, talk: DialogState, perform: Perform) -> None:
        """Do what these words will make the script look up, up to its first write; the talk stays where it is."""
        step = advance(script, talk, Heard(interpretation=self.said))
        while step.effects and len(self.read) < _MOST_READ:
            effect = step.effects[0]
            if effect.name == "transfer" or writes(effect.name):
                return
            done = await perform(effect)
            self.read.append((effect, done))
            step = advance(script, step.state, done)

    def take(self, effect: Effect) -> EffectDone | None:
        """What was looked up for this very effect; a write makes all that was looked up before it stale."""
        if writes(effect.name):
            self.read.clear()
        return next((done for one, done in self.read if one == effect), None)
