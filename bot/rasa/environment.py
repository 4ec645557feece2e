"""Where scripts/build_rasa.sh has put Rasa: a Python and packages of its own, never shared with ours."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


class RasaError(Exception):
    """Rasa cannot be built, trained or started; the text is Russian and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaEnvironment:
    """A built environment: its `root`, and the cache folder that models are kept in."""

    root: Path
    cache: Path

    @property
    def models(self) -> Path:
        """Where trained models lie, each named by the fingerprint of its training."""
        return self.cache / "rasa-models"

    @property
    def version(self) -> str:
        """Rasa's version and its Python's, as the build has found them."""
        return (self.root / "rasa-version").read_text(encoding="utf-8").strip()

    def command(self, *arguments: str) -> tuple[str, ...]:
        """Rasa's command line."""
        return self.python("-m", "rasa", *arguments)

    def python(self, *arguments: str) -> tuple[str, ...]:
        """The command line of its Python; `run` shields it from ours."""
        return (str(self.root / "run"), *arguments)


def without_our_settings() -> dict[str, str]:
    """The variables that its processes get: passwords of the clinic's database and line are none of theirs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("REGISTRATURA__")}


def find_environment(cache: Path) -> RasaEnvironment:
    """Return the newest environment of the per-user cache. Raises RasaError before it is built."""
    built = cache.resolve().glob("rasa-env-*/rasa-version")  # its commands run in other folders
    newest = max(built, key=lambda file: file.stat().st_mtime, default=None)
    if newest is None:
        raise RasaError(
            "Среда Rasa ещё не собрана. Выполните: scripts/build_rasa.sh (скачает около 1 ГБ, займёт 2,7 ГБ)."
        )
    return RasaEnvironment(root=newest.parent, cache=newest.parents[1])
