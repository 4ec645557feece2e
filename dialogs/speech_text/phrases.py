"""Names of services, specialties and doctors in the case a sentence needs, abbreviations as they are pronounced."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from dialogs.slots import morph
from dialogs.speech_text.names import Case, decline_name

_ABBREVIATIONS: Final = {
    "мрт": "эм эр тэ", "кт": "ка тэ", "экг": "э ка гэ", "пцр": "пэ цэ эр", "омс": "о эм эс", "дмс": "дэ эм эс",
    "акдс": "а ка дэ эс", "впч": "вэ пэ чэ", "пса": "пэ эс а", "ээг": "э э гэ", "фгдс": "эф гэ дэ эс", "снилс": "снилс",
    "узи": "узи", "лор": "лор", "элн": "э эл эн", "смс": "эс эм эс",
}  # fmt: skip
_INDECLINABLE: Final = frozenset(_ABBREVIATIONS) - {"лор"} | {"манту", "ковид"}
_ABBREVIATION: Final = re.compile(r"\b(" + "|".join(_ABBREVIATIONS) + r")\b", re.IGNORECASE)


def spoken_abbreviations(text: str) -> str:
    """Return text with abbreviations as they are pronounced: МРТ -> эм эр тэ; УЗИ stays a word."""
    return _ABBREVIATION.sub(lambda match: _ABBREVIATIONS[match.group().lower()], text)


@lru_cache(maxsize=2048)
def decline_phrase(text: str, case: Case) -> str:
    """Decline the name of a thing or profession: its head noun and the adjectives before it.

    "общий анализ крови", accs -> общий анализ крови; "детский врач", datv -> детскому врачу;
    what follows the head ("брюшной полости", "от гриппа") stays.
    """
    if case == "nomn":
        return text
    if text.lower() == "лор" and case == "accs":
        return decline_phrase(text, "gent")  # the dictionary takes it for a thing
    words = text.split()
    head = _head(words)
    if head is None:
        return _decline_substantive(words, case)
    noun = _noun(words[head])
    declined = [_agree(word, noun, case) for word in words[:head]]
    return " ".join([*declined, _inflect(words[head], noun, {case}), *words[head + 1 :]])


def _decline_substantive(words: list[str], case: Case) -> str:
    """Decline "заведующий отделением", where the adjective itself is the person."""
    adjective = _adjective(words[0])
    if adjective is None:
        return " ".join(words)
    wanted = {case, str(adjective.tag.gender), "sing"} | ({"anim"} if case == "accs" else set())
    return " ".join([_inflect(words[0], adjective, wanted), *words[1:]])


def _head(words: list[str]) -> int | None:
    for index, word in enumerate(words):
        if word.lower() in _INDECLINABLE or _noun(word) is not None:
            return index
        if _adjective(word) is None:
            return None
    return None


def _noun(word: str) -> Any | None:
    if word.lower() in _INDECLINABLE:
        return None
    readings = [p for p in morph.parses(word.lower()) if "NOUN" in p.tag and p.tag.case == "nomn"]
    singular = [p for p in readings if p.tag.number == "sing"]
    return next(iter(singular or readings), None)


def _adjective(word: str) -> Any | None:
    readings = (p for p in morph.parses(word.lower()) if {"ADJF", "PRTF"} & set(p.tag.grammemes))
    return next((p for p in readings if p.tag.case == "nomn"), None)


def _agree(word: str, noun: Any | None, case: Case) -> str:
    adjective = _adjective(word)
    if adjective is None or noun is None:
        return word
    wanted: set[str] = {case, noun.tag.number}
    if noun.tag.number == "sing":
        wanted.add(noun.tag.gender)
    if case == "accs" and noun.tag.gender == "masc":
        wanted.add("anim" if "anim" in noun.tag else "inan")
    return _inflect(word, adjective, wanted)


def _inflect(word: str, parse: Any | None, wanted: set[str]) -> str:
    form = parse.inflect(wanted) if parse is not None else None
    if form is None:
        return word
    return form.word.capitalize() if word[:1].isupper() else str(form.word)


def spoken_doctor(specialty: str, full_name: str, case: Case = "nomn") -> str:
    """Return profession and name in one case: ("терапевт", "Смирнова Ольга", datv) -> терапевту Смирновой Ольге."""
    return f"{decline_phrase(specialty, case)} {decline_name(full_name, case)}".strip()


def given_names(full_name: str) -> str:
    """Return how to address a person: first name and patronymic, or whatever of them is known."""
    return " ".join(full_name.split()[1:]) or full_name
