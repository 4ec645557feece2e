"""Openings that a call keeps: what it has not taken when it ends is free at once, whichever way the script ended."""

from __future__ import annotations

from dialogs.step import Effect, EffectDone

_TAKEN_OR_GIVEN_BACK = ("release", "book", "move")


class Kept:
    """Notes the holds of one call as its effects are done."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def note(self, effect: Effect, done: EffectDone) -> None:
        """An effect has been performed."""
        if done.ok and effect.name == "hold":
            self._ids[str(done.value["id"])] = None
        elif done.ok and effect.name in _TAKEN_OR_GIVEN_BACK:
            self._ids.pop(str(effect.args.get("hold")), None)

    def give_back(self) -> list[Effect]:
        """What is still to be done when the call is over; nothing is kept after that."""
        ids, self._ids = self._ids, {}
        return [Effect(name="release", args={"hold": one}) for one in ids]
