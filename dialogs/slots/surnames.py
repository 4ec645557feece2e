"""Names as heard back to the nominative: "к ивановой" -> Иванова, "сидорова петра ильича" -> Сидоров Пётр Ильич."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from dialogs.slots import morph
from dialogs.speech_text.names import Case, Gender

_SURNAME_SHAPE: Final = re.compile(
    r"^[а-я]{2,}(?:(?:ов|ев|ин|ын)(?:а|у|ой|ым|е|)|(?:ск|цк)(?:ий|ая|ого|ому|им|ой|ую|ом)|енко|чук|юк|ян|янц|дзе|швили|"
    r"(?:ов|ин)ич|(?:ович|евич)(?:а|у|ем|)|ых|их)$"
)
_PEOPLE: Final = frozenset(
    {
        "ребенку",
        "ребенок",
        "ребенка",
        "мама",
        "маме",
        "сын",
        "сыну",
        "дочь",
        "дочке",
        "дочери",
        "муж",
        "мужу",
        "жена",
        "жене",
    }
)
_CASES: Final[tuple[Case, ...]] = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_FIXED: Final = ("ко", "о", "ых", "их", "дзе", "швили", "и", "э")


def has_tag(word: str, tag: str) -> bool:
    """Tell whether any reading of the word carries a tag: Name, Surn, Patr."""
    return any(tag in parse.tag for parse in morph.parses(word))


@lru_cache(maxsize=8192)
def is_first_name(word: str) -> bool:
    """Tell whether a word is rather a first name than anything else."""
    readings = morph.parses(word)
    return "Name" in readings[0].tag or (has_tag(word, "Name") and readings[0].score < 0.6)


@lru_cache(maxsize=8192)
def is_patronymic(word: str) -> bool:
    """Tell whether a word is a patronymic in any case, known or only shaped like one."""
    if has_tag(word, "Patr"):
        return True
    return len(word) > 6 and bool(re.search(r"(?:овн|евн|ичн)(?:а|ы|е|у|ой)$|(?:ович|евич)(?:а|у|ем|е|)$", word))


@lru_cache(maxsize=8192)
def is_surname(word: str) -> bool:
    """Tell whether a word reads as a surname first, or is unknown and shaped like one."""
    if len(word) < 3:
        return False
    first = morph.parses(word)[0].tag
    if "Surn" in first and morph.is_known(word):
        return True
    if morph.is_known(word):
        # of a town that the dictionary declines it knows no family: "кириллова" is of Кириллов
        named = has_tag(word, "Surn") or ("Geox" in first and len(word) > 6)
        return named and bool(_SURNAME_SHAPE.match(word)) and not {"VERB", "ADVB"} & set(first.grammemes)
    return bool(_SURNAME_SHAPE.match(word))


@lru_cache(maxsize=8192)
def is_plain_surname(word: str) -> bool:
    """Tell whether a word is a surname and no form of a thing ("с машиной" is no doctor Машина)."""
    return is_surname(word) and not any({"NOUN", "inan"} <= set(p.tag.grammemes) for p in morph.parses(word))


@lru_cache(maxsize=8192)
def may_be_surname(word: str) -> bool:
    """Tell whether a word can be a surname where one is expected: common nouns such as "мельник" included."""
    if is_surname(word) or has_tag(word, "Surn"):
        return True
    if has_tag(word, "ADJF"):
        return not has_tag(word, "Apro")
    return not morph.is_known(word) and len(word) > 3


@lru_cache(maxsize=8192)
def is_person_noun(word: str) -> bool:
    """Tell whether a word is a common noun for a person, as many surnames are: "мельник", "сорока"."""
    tag = morph.parses(word)[0].tag
    return "NOUN" in tag and "anim" in tag and word not in _PEOPLE


def surname_to_nominative(word: str, case: Case, gender: Gender | None = None) -> str:
    """Return a surname heard in `case` as it stands in a list of names (lower case)."""
    if case == "gent" and word.endswith(("ову", "еву", "ину", "ыну", "скую", "цкую")):
        case = "accs"  # "врача иванову": the two cases of a masculine title look alike
    if word.endswith(_FIXED) and not word.endswith(("ского", "цкого", "ого")):
        return word
    for suffix, replacement, of in _ENDINGS[case]:
        if word.endswith(suffix) and (gender is None or of is None or of == gender):
            return word[: len(word) - len(suffix)] + replacement
    if gender == "female" and word.endswith("ой") and morph.is_known(word):
        return word[:-2] + "ая"
    if gender == "female" or case == "nomn" or word[-1] not in "аую":
        return word
    return word[:-1]


_Ending = tuple[str, str, Gender | None]


def _possessive(ending: str, replacement: str, gender: Gender) -> tuple[_Ending, ...]:
    return tuple((stem + ending, stem + replacement, gender) for stem in ("ов", "ев", "ин", "ын"))


_OBLIQUE_FEMALE: Final = (*_possessive("ой", "а", "female"), ("ской", "ская", "female"), ("цкой", "цкая", "female"))
_ENDINGS: Final[dict[Case, tuple[_Ending, ...]]] = {
    "nomn": (),
    "gent": (
        *_OBLIQUE_FEMALE, *_possessive("а", "", "male"), ("ского", "ский", "male"), ("цкого", "цкий", "male"),
        ("ьего", "ий", "male"), ("ого", "ой", "male"), ("ля", "ль", "male"), ("ря", "рь", "male"), ("я", "й", "male"),
        ("ки", "ка", None), ("ы", "а", None),
    ),
    "datv": (
        *_OBLIQUE_FEMALE, *_possessive("у", "", "male"), ("скому", "ский", "male"), ("цкому", "цкий", "male"),
        ("ому", "ой", "male"), ("лю", "ль", "male"), ("рю", "рь", "male"), ("ю", "й", "male"), ("у", "", "male"),
        ("е", "а", None),
    ),
    "accs": (
        *_possessive("у", "а", "female"), *_possessive("а", "", "male"), ("скую", "ская", "female"),
        ("ского", "ский", "male"), ("ля", "ль", "male"), ("у", "а", None),
    ),
    "ablt": (
        *_OBLIQUE_FEMALE, *_possessive("ым", "", "male"), ("ским", "ский", "male"), ("цким", "цкий", "male"),
        ("лем", "ль", "male"), ("ем", "", "male"), ("ом", "", "male"), ("кой", "ка", None),
    ),
    "loct": (*_OBLIQUE_FEMALE, *_possessive("е", "", "male"), ("ском", "ский", "male"), ("е", "", "male")),
}  # fmt: skip


def full_name_to_nominative(words: list[str], likelier: Case | None = None) -> list[str]:
    """Return the words of one full name, heard in one common case, in the nominative with capital letters.

    `likelier` is the case to take where forms are alike: "запишите егорову валентину" is a woman.
    """
    case, gender = _agreement(words, likelier)
    return [_title(_part_to_nominative(word, case, gender)) for word in words]


def name_gender(words: list[str]) -> Gender:
    """Return the gender on which the words of a name agree."""
    return _agreement(words)[1]


def _agreement(words: list[str], likelier: Case | None = None) -> tuple[Case, Gender]:
    best: tuple[int, Case, Gender] = (-1, "nomn", "male")
    for case in _CASES if likelier is None else ("nomn", likelier, *_CASES):
        for gender, tag in (("female", "femn"), ("male", "masc")):
            agreed = sum(bool(_readings(word, case, tag)) for word in words)
            if agreed > best[0]:
                best = (agreed, case, "female" if gender == "female" else "male")
    return best[1], best[2]


def _readings(word: str, case: str, gender: str) -> list[Any]:
    return [
        parse
        for parse in morph.parses(word)
        if {"Name", "Surn", "Patr"} & set(parse.tag.grammemes)
        and parse.tag.case == case
        and (parse.tag.gender in (gender, None) or "ms-f" in parse.tag)
        and parse.tag.number != "plur"
    ]


def _part_to_nominative(word: str, case: Case, gender: Gender) -> str:
    if case == "nomn":
        return word
    readings = _readings(word, case, "femn" if gender == "female" else "masc")
    if readings:
        form = readings[0].inflect({"nomn", "sing"})
        if form is not None:
            return str(form.word)
    return surname_to_nominative(word, case, gender)


def _title(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
