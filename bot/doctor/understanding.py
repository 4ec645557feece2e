"""Understanding: the engine of the settings, and whether it is the one that answers."""

from __future__ import annotations

from bot.composition.learning import PublishedPhrases
from bot.composition.rasa import rasa_state, training_with
from bot.doctor.finding import Finding, ok
from bot.settings import Settings


async def check_understanding(settings: Settings) -> list[Finding]:
    """Understanding."""
    if settings.nlu.engine == "embedded":
        return [ok("Понимание", "встроенный движок")]
    taught = await PublishedPhrases(settings).taught()
    state = await rasa_state(settings.nlu, training_with(taught.added))
    return [Finding(name="Понимание", grade=state.grade, text=state.told, remedy=state.remedy)]
