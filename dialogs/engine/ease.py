"""What makes it easier for one caller to follow: slower, louder, shorter. They ask for it, or the call shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dialogs.script.model import SpeechSettings
from dialogs.step import Manner

MOST = 2
"""How often «медленнее» and «громче» have an effect: beyond that speech falls apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ease:
    """`slow` and `loud` count steps; with `usual` the caller wants the usual pace, whatever the call shows.

    `troubles` counts misunderstandings and silences of the whole call; `elder` is true for a patient of great age.
    """

    slow: int = 0
    loud: int = 0
    usual: bool = False
    troubles: int = 0
    elder: bool = False


def wished(ease: Ease, wish: str, speech: SpeechSettings) -> Ease:
    """Do as the caller asks: "slower", "louder", "quicker", "softer" or "usual"."""
    match wish:
        case "slower":
            return replace(ease, slow=min(_steps(ease, speech) + 1, MOST), usual=False)
        case "quicker" if _steps(ease, speech):
            return replace(ease, slow=0, usual=True)
        case "usual" if _steps(ease, speech) or ease.loud:
            return replace(ease, slow=0, loud=0, usual=True)
        case "louder":
            return replace(ease, loud=min(ease.loud + 1, MOST))
        case "softer":
            return replace(ease, loud=max(ease.loud - 1, 0))
    return ease


def troubled(ease: Ease) -> Ease:
    """One more turn in which nobody spoke, or nothing was understood."""
    return replace(ease, troubles=ease.troubles + 1)


def is_brief(ease: Ease, speech: SpeechSettings) -> bool:
    """Whether prompts are the short ones, and slower unless the caller wants otherwise."""
    return ease.elder or ease.troubles >= speech.ease_after_troubles


def manner_of(ease: Ease, speech: SpeechSettings, pause_ms: int = 0) -> Manner:
    """How the next prompt is spoken; what is dictated is never quicker than one step below the usual."""
    steps = max(_steps(ease, speech), 1 if pause_ms else 0)
    return Manner(rate=round(speech.slow_rate**steps, 3), gain_db=speech.loud_db * ease.loud, pause_ms=pause_ms)


def _steps(ease: Ease, speech: SpeechSettings) -> int:
    return max(ease.slow, 1 if is_brief(ease, speech) and not ease.usual else 0)


def aged(ease: Ease, known: Mapping[str, Any], speech: SpeechSettings) -> Ease:
    """The same for a patient whose record, after identity, tells of an age from `ease_from_age` on."""
    if ease.elder:
        return ease
    born, today = _day(_birth_date(known)), _day(known.get("now"))
    if born is None or today is None:
        return ease
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return replace(ease, elder=True) if age >= speech.ease_from_age else ease


def _birth_date(known: Mapping[str, Any]) -> Any:
    """Of the patient found by name and birth date, or of the one an outbound call has found on the phone."""
    patient = known.get("patient")
    if isinstance(patient, Mapping) and patient.get("found"):
        return patient.get("birth_date")
    for name in ("visit", "errand", "offer"):
        record = known.get(name)
        if isinstance(record, Mapping) and record.get("patient") and record["patient"] == known.get("person_name"):
            return record.get("birth_date")
    return None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return None
