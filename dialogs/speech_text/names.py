"""Russian full names in any case: surnames by their endings, first names by dictionary, patronymics by rule."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

from dialogs.slots import morph

Case = Literal["nomn", "gent", "datv", "accs", "ablt", "loct"]
Gender = Literal["male", "female"]

_CASES: Final[tuple[Case, ...]] = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_HUSHED: Final = "жшчщ"
_VOWELS: Final = "аеёиоуыэюя"
_POSSESSIVE: Final = ("ов", "ев", "ёв", "ин", "ын")
_PATRONYMIC_MALE: Final = ("ович", "евич", "ич")
_PATRONYMIC_FEMALE: Final = ("овна", "евна", "ична", "инична")
_STRESSED_PATRONYMICS: Final = frozenset({"ильич", "кузьмич", "фомич", "лукич", "никитич"})
_LONG: Final = 5
"""Shorter surnames keep their vowel: Мец, Швец, but Кравец — Кравца."""
_FEMALE_CONSONANT: Final = ("патимат", "айгуль", "гузель", "нинель", "рашель", "эсфирь", "мадлен", "кармен", "элен")


@lru_cache(maxsize=1024)
def gender_of(full_name: str) -> Gender:
    """Return the gender that a name in the nominative shows: by patronymic, else first name, else surname."""
    words = full_name.lower().split()
    for word in words:
        if word.endswith(_PATRONYMIC_FEMALE) or word == "кызы":
            return "female"
        if (word.endswith(_PATRONYMIC_MALE) and word != words[0]) or word == "оглы":
            return "male"
    for word in words[1:] or words:
        found = _dictionary_gender(word)
        if found:
            return found
    return "female" if words and words[0].endswith(("ова", "ева", "ина", "ына", "ская", "цкая")) else "male"


def _dictionary_gender(word: str) -> Gender | None:
    for parse in morph.parses(word):
        if "Name" in parse.tag and parse.tag.case == "nomn":
            return "female" if parse.tag.gender == "femn" else "male"
    return None


@lru_cache(maxsize=4096)
def decline_name(full_name: str, case: Case) -> str:
    """Decline "Фамилия Имя Отчество" (or its beginning); capital letters stay as they were."""
    if case == "nomn":
        return full_name
    gender = gender_of(full_name)
    words = full_name.split()
    after = [word.lower() for word in words[1:]] + [""]
    return " ".join(
        word if after[place] in ("оглы", "кызы") else _decline_part(word, place, case, gender)
        for place, word in enumerate(words)
    )


def _decline_part(word: str, place: int, case: Case, gender: Gender) -> str:
    lower = word.lower()
    if place > 0 and lower.endswith((*_PATRONYMIC_FEMALE, *_PATRONYMIC_MALE)):
        declined = decline_surname(lower, case, gender)  # patronymics decline like nouns with the same endings
    elif place == 0:
        declined = "-".join(decline_surname(part, case, gender) for part in lower.split("-"))
    else:
        declined = decline_first_name(lower, case, gender)
    return _recase(declined, word)


def _recase(declined: str, model: str) -> str:
    if not model[:1].isupper():
        return declined
    return "-".join(part[:1].upper() + part[1:] for part in declined.split("-"))


def decline_first_name(name: str, case: Case, gender: Gender) -> str:
    """Decline a lower-case first name; names the dictionary lacks follow their ending."""
    wanted = "femn" if gender == "female" else "masc"
    for parse in morph.parses(name):
        if "Name" in parse.tag and parse.tag.gender == wanted and parse.tag.case == "nomn":
            form = parse.inflect({case, "sing"})
            if form is not None:
                return str(form.word)
    if gender == "female" and name in _FEMALE_CONSONANT:
        return name
    return decline_surname(name, case, gender)


def decline_surname(surname: str, case: Case, gender: Gender) -> str:
    """Decline a lower-case surname or patronymic by its ending; foreign and -ко surnames do not change."""
    place = _CASES.index(case)
    stem_and_endings = _feminine(surname) if gender == "female" else _masculine(surname)
    if place == 0 or stem_and_endings is None:
        return surname
    stem, endings = stem_and_endings
    return stem + endings[place - 1]


_Paradigm = tuple[str, tuple[str, str, str, str, str]]


def _feminine(surname: str) -> _Paradigm | None:
    if surname.endswith(("ова", "ева", "ёва", "ина", "ына")) and len(surname) > 4:
        return surname[:-1], ("ой", "ой", "у", "ой", "ой")
    if surname.endswith("ая"):
        soft = surname[-3] in _HUSHED
        return surname[:-2], (("ей", "ей", "ую", "ей", "ей") if soft else ("ой", "ой", "ую", "ой", "ой"))
    if surname.endswith("яя"):
        return surname[:-2], ("ей", "ей", "юю", "ей", "ей")
    return _first_declension(surname)


def _masculine(surname: str) -> _Paradigm | None:
    if surname.endswith(_POSSESSIVE) and len(surname) > 3:
        return surname, ("а", "у", "а", "ым", "е")
    if surname.endswith(("ский", "цкий", "ый", "ской", "цкой")) or (
        surname.endswith(("ой", "ий")) and len(surname) > 4
    ):
        return _adjectival(surname)
    if surname.endswith(("ых", "их")):
        return None
    if surname.endswith("ь"):
        return surname[:-1], ("я", "ю", "я", "ем", "е")
    if surname.endswith("й"):
        return surname[:-1], ("я", "ю", "я", "ем", "е")
    if surname.endswith("ец") and len(surname) > _LONG:
        return _without_fleeting(surname), ("а", "у", "а", "ем" if surname[-3] in _VOWELS else "ом", "е")
    if surname[-1] not in _VOWELS:
        stressed = surname in _STRESSED_PATRONYMICS
        instrumental = "ем" if surname[-1] in _HUSHED + "ц" and not stressed else "ом"
        return surname, ("а", "у", "а", instrumental, "е")
    return _first_declension(surname)


def _without_fleeting(surname: str) -> str:
    """Return the stem of "кравец", "коломиец", "стрелец"."""
    before = surname[-3]
    return surname[:-2] + ("й" if before in _VOWELS else "ь" if before == "л" else "") + "ц"


def _adjectival(surname: str) -> _Paradigm:
    stem = surname[:-2]
    if surname.endswith("ий") and stem[-1] not in "гкх" + _HUSHED:
        return stem, ("его", "ему", "его", "им", "ем")
    if stem[-1] in _HUSHED and not surname.endswith("ой"):
        return stem, ("его", "ему", "его", "им", "ем")
    instrumental = "им" if stem[-1] in "гкх" else "ым"
    return stem, ("ого", "ому", "ого", instrumental, "ом")


def _first_declension(surname: str) -> _Paradigm | None:
    if surname.endswith("я") and surname[-2:] != "ая":
        dative = "и" if surname.endswith("ия") else "е"
        return surname[:-1], ("и", dative, "ю", "ей", dative)
    if surname.endswith("а") and surname[-2:-1] not in tuple(_VOWELS):
        stem = surname[:-1]
        genitive = "и" if stem[-1] in "гкх" + _HUSHED else "ы"
        instrumental = "ей" if stem[-1] in _HUSHED + "ц" else "ой"
        return stem, (genitive, "е", "у", instrumental, "е")
    return None


@lru_cache(maxsize=4096)
def surname_forms(surname: str, gender: Gender) -> frozenset[str]:
    """Return all case forms of a surname, lower case with е for ё."""
    lower = surname.lower()
    return frozenset(decline_surname(lower, case, gender).replace("ё", "е") for case in _CASES)
