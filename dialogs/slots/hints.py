"""Small findings beside the slots: which of the offered, for whom, home or clinic, "когда угодно", "погромче"."""

from __future__ import annotations

import re
from typing import Final

from dialogs.slots.digits import all_digits
from dialogs.slots.lexicon import first_said
from dialogs.slots.mentions import Reading

_FILE: Final = "answers.yml"
_LISTENING: Final = "listening.yml"
_TEMPERATURE: Final = re.compile(
    r"(?:температур\w*|градусник\w*)(?: \w+){0,3}? (3[5-9]|4[0-2])(?:(?:[.,]| и | )(\d))?\b"
)


def read_hints(reading: Reading, text: str) -> dict[str, str]:
    """Return the hints found; `text` is the normalised utterance with numbers as figures."""
    found = {name: _first(_FILE, name, text) for name in ("choice", "who", "visit_kind")}
    words = " ".join(word for word in text.split() if word[0].isalnum())
    found |= {name: _first(_LISTENING, name, words) for name in ("manner", "feeling")}
    found |= {"digits": all_digits(reading), "temperature": _temperature(text), "any": _any(reading, text)}
    return {name: value for name, value in found.items() if value}


def _first(file: str, section: str, text: str) -> str:
    return next((value for pattern, value in first_said(file, section) if pattern.search(text)), "")


def _any(reading: Reading, text: str) -> str:
    """Return which of date and time the caller leaves open; the one asked for where the words fit both."""
    kinds = [value for pattern, value in first_said(_FILE, "any") if pattern.search(text)]
    if reading.state == "ask_time" and "time" in kinds:
        return "time"
    return kinds[0] if kinds else ""


def _temperature(text: str) -> str:
    match = _TEMPERATURE.search(text)
    if match is None:
        return ""
    return match.group(1) + (f".{match.group(2)}" if match.group(2) else "")
