"""Who is speaking: a name as a recogniser heard it, against the people whom the clinic knows by this phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rapidfuzz import fuzz

from bot.domain.clinic import Patient

ALIKE = 62.0
"""Likeness of names, 0..100, from which a garbled name is taken for the known one: only together with the same phone
and the same birth date, and always read back (measured on names recognised from telephone speech)."""

NAMED = 68.0
"""Likeness from which a garbled name is written as the known one before the birth date is asked."""
APART = 8.0
"""How much nearer it must be than the next of the family."""


def by_phone(said: str, born: date, people: Sequence[Patient]) -> Patient | None:
    """The one of a phone's people who has this birth date and a name like this; None when nobody has."""
    same_day = [person for person in people if person.birth_date == born]
    best = max(same_day, key=lambda person: likeness(said, person.full_name), default=None)
    return best if best is not None and likeness(said, best.full_name) >= ALIKE else None


def by_name(said: str, people: Sequence[Patient]) -> Patient | None:
    """The one of a phone's people whose name was said, clearly nearer than anybody else's. It proves no identity."""
    ranked = sorted(people, key=lambda person: likeness(said, person.full_name), reverse=True)
    if not ranked or likeness(said, ranked[0].full_name) < NAMED:
        return None
    if len(ranked) > 1 and likeness(said, ranked[0].full_name) - likeness(said, ranked[1].full_name) < APART:
        return None
    return ranked[0]


def likeness(said: str, name: str) -> float:
    """How alike two names sound, 0..100: word order, word borders, case and ё do not matter."""
    one, other = _plain(said), _plain(name)
    return max(fuzz.token_sort_ratio(one, other), fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").replace("-", " ").split())
