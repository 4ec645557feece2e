"""Which engine ranks intents, by the name in the settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.nlu.training import Example

ENGINES = ("embedded", "rasa")


class EngineUnavailable(RuntimeError):
    """The engine named in the settings cannot be used; the Russian message says what to set instead."""


def build_engine(name: str, *, cache: Path | None = None, taught: Sequence[Example] = ()) -> EmbeddedEngine:
    """Return the engine of the setting `nlu.engine`; `cache` is the folder for trained models.

    `taught` are a clinic's own phrases beside the shipped ones.
    """
    if name == "embedded":
        return EmbeddedEngine(cache=cache, taught=taught)
    if name == "rasa":
        raise EngineUnavailable(
            'Движок понимания «rasa» ещё не построен в этой версии. Поставьте в настройках nlu.engine = "embedded".'
        )
    raise EngineUnavailable(
        f"Неизвестный движок понимания «{name}» в настройке nlu.engine; возможны: {', '.join(ENGINES)}."
    )
