"""The full name a caller gives: "меня зовут …", "на имя …", or the bare answer to the question for it."""

from __future__ import annotations

from typing import Final

from dialogs.slots import morph
from dialogs.slots.lexicon import word_list
from dialogs.slots.mentions import Mention, Reading
from dialogs.slots.surnames import (
    full_name_to_nominative,
    has_tag,
    is_first_name,
    is_patronymic,
    is_person_noun,
    is_plain_surname,
    is_surname,
    may_be_surname,
    name_gender,
)  # fmt: skip

_INTRODUCED: Final = word_list("introductions")
_ASKED: Final = frozenset({"ask_name", "ask_identity", "ask_who"})
_NOT_NAMES: Final = word_list("not_names")
_LONGEST: Final = 4
_ACCUSING: Final = ("запиш", "запис", "сним", "отмен", "вычеркн", "перенес", "перезапиш")
_SHORT: Final = frozenset({"ли", "ан", "ю", "те", "пак", "тен"})
"""Surnames that are also little words: taken before a first name where a name was asked for."""


def find_person(reading: Reading) -> Mention | None:
    """Find one full name (any of its parts) of a patient; the value is in the nominative, as given."""
    asked = reading.state in _ASKED
    best: Mention | None = None
    runs = _runs(reading)
    if len(runs) > 1 and (asked or _is_one_name(reading, runs)):
        return _joined(reading, runs)
    for start, end in runs:
        introduced = _is_introduced(reading, start)
        parts = end - start
        if asked or introduced or parts >= 3 or (parts == 2 and _has_given_name(reading, start, end)):
            mention = _mention(reading, start, end)
            if best is None or parts > best.end - best.start:
                best = mention
    if best is None and reading.state == "ask_name":
        return _whole_answer(reading)
    return best


def person_gender(name: str) -> str:
    """Return "female" or "male" for a full name in the nominative."""
    return name_gender(name.lower().replace("ё", "е").split())


def _mention(reading: Reading, start: int, end: int) -> Mention:
    words = [reading.word(index) for index in range(start, end)]
    accused = reading.word(start - 1).startswith(_ACCUSING)
    return Mention(start=start, end=end, value=" ".join(full_name_to_nominative(words, "accs" if accused else None)))


def _is_introduced(reading: Reading, start: int) -> bool:
    """Tell whether the words before announce a name; after "это" and the like it must be no form of a thing."""
    word = reading.word(start)
    announced = reading.word(start - 1) in _INTRODUCED or reading.word(start - 2) in _INTRODUCED
    family = reading.word(start - 1).startswith("фамили") and is_surname(word)
    return family or (announced and (is_plain_surname(word) or is_first_name(word) or is_patronymic(word)))


def _joined(reading: Reading, runs: list[tuple[int, int]]) -> Mention:
    """Put "зовут меня Пётр, фамилия Кузнецов" together; one part of each kind is kept."""
    words: list[str] = []
    for start, end in runs:
        words += [reading.word(index) for index in range(start, end) if reading.word(index) not in words]
    value = " ".join(full_name_to_nominative(words[:3]))
    return Mention(start=runs[0][0], end=runs[-1][1], value=value)


def _is_one_name(reading: Reading, runs: list[tuple[int, int]]) -> bool:
    """Tell "Иванова я, Тамара Павловна": a surname alone, then first name and patronymic, little between them."""
    (start, end), (following, last) = runs[0], runs[1]
    between = {reading.word(index) for index in range(end, following)}
    given = is_first_name(reading.word(following)) and last - following <= 2
    return end - start == 1 and is_surname(reading.word(start)) and given and between <= {"я", ",", "это", "."}


def _runs(reading: Reading) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    index = 0
    while index < len(reading.tokens):
        end = index
        while end < len(reading.tokens) and end - index < _LONGEST and _is_part(reading, end, end - index):
            end += 1
        if end > index:
            runs.append((index, end))
        index = max(end, index + 1)
    return runs


def _is_part(reading: Reading, index: int, place: int) -> bool:
    word = reading.word(index)
    if reading.tokens[index].kind != "word" or not reading.is_free(index, index + 1):
        return False
    if word in _SHORT and reading.state in _ASKED and is_first_name(reading.word(index + 1)):
        return True
    if word in _NOT_NAMES:
        return False
    if is_first_name(word) or is_patronymic(word) or is_surname(word):
        return True
    neighbours = [reading.word(index + 1), reading.word(index - 1) if place else ""]
    if "фамилия" in (reading.word(index - 1), reading.word(index - 2)) and (
        may_be_surname(word) or is_person_noun(word)
    ):
        return True
    if has_tag(word, "Name") and (reading.state in _ASKED or any(is_patronymic(near) for near in neighbours if near)):
        return True  # "вера" and "любовь" are things first
    beside = any(is_first_name(near) or is_patronymic(near) for near in neighbours if near)
    full = is_patronymic(reading.word(index + 2)) or is_patronymic(reading.word(index - 1)) or not morph.is_known(word)
    return beside and full and may_be_surname(word) and not _is_function_word(word)


def _is_function_word(word: str) -> bool:
    tag = morph.parses(word)[0].tag
    return bool({"PREP", "CONJ", "PRCL", "NPRO", "VERB", "INFN", "ADVB", "INTJ"} & set(tag.grammemes))


def _has_given_name(reading: Reading, start: int, end: int) -> bool:
    words = [reading.word(index) for index in range(start, end)]
    # a name nobody asked for must be one: what a recogniser makes up looks like a name easily
    known = any(is_first_name(word) and morph.is_known(word) for word in words)
    return known and any(is_surname(w) or has_tag(w, "Patr") for w in words)


def _whole_answer(reading: Reading) -> Mention | None:
    """Take an answer of one to three unknown words as the name it was asked for."""
    places = [
        index
        for index, token in enumerate(reading.tokens)
        if token.kind == "word" and token.text not in _NOT_NAMES and reading.is_free(index, index + 1)
    ]
    words = [reading.word(index) for index in places]
    if not 1 <= len(words) <= 3 or any(len(word) < 3 for word in words):
        return None
    surnames = [word for word in words if is_surname(word) or has_tag(word, "Surn") or not morph.is_known(word)]
    if not surnames or any(_is_function_word(word) for word in words):
        return None
    return Mention(start=places[0], end=places[-1] + 1, value=" ".join(word.capitalize() for word in words))
