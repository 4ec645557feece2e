"""A phrase without the people in it: what may be kept of an utterance, and how such a phrase is taught."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from dialogs.nlu.closed import only_fillers
from dialogs.port import Directory, State
from dialogs.slots import morph
from dialogs.slots.addresses import find_address
from dialogs.slots.birth import find_birth_date
from dialogs.slots.digits import digit_runs, find_phone, find_sick_leave_number
from dialogs.slots.doctors import find_doctor
from dialogs.slots.lexicon import word_list
from dialogs.slots.mentions import Mention, Reading
from dialogs.slots.persons import find_person
from dialogs.slots.services import find_service
from dialogs.slots.specialties import find_specialty
from dialogs.slots.surnames import has_tag, is_first_name, is_patronymic, is_plain_surname
from dialogs.slots.tokens import normalise, tokenize

NAME: Final = "[имя]"
PHONE: Final = "[телефон]"
NUMBER: Final = "[номер]"
BIRTH: Final = "[рождение]"
ADDRESS: Final = "[адрес]"
_STAND_INS: Final = {
    NAME: "иванова мария",
    PHONE: "восемь девятьсот шестнадцать сто одиннадцать двадцать два ноль один",
    NUMBER: "девятьсот двенадцать сорок пять",
    BIRTH: "пятое марта шестьдесят второго года",
    ADDRESS: "улица ленина дом пять",
}
"""What a placeholder is taught as: words that callers say there."""
_FINDERS: Final = (
    (PHONE, find_phone),
    (NUMBER, find_sick_leave_number),
    (BIRTH, find_birth_date),
    (ADDRESS, find_address),
)
_PLACEHOLDER: Final = re.compile("|".join(re.escape(name) for name in _STAND_INS))
_LONGEST_NUMBER: Final = 4
"""Digits in a row that tell nothing about anybody: a time, a day, a price, a year of the calendar."""
_NAME_STATES: Final = frozenset({State.ASK_NAME, State.ASK_IDENTITY, State.ASK_WHO})
_PERSONAL: Final = {
    State.ASK_BIRTH: BIRTH, State.ASK_PHONE: PHONE, State.ASK_ADDRESS: ADDRESS, State.ASK_ENTRANCE: ADDRESS,
    State.ASK_SICK_NUMBER: NUMBER,
}  # fmt: skip
"""Where this was asked, an answer with numbers or words that are none is a garbled one."""
_NOT_NAMES: Final = word_list("not_names")
_SHORTEST_NAME: Final = 3


def mask(text: str, *, state: str, today: date, directory: Directory) -> str:
    """Return the words of an utterance, folded, with placeholders for names, phones, numbers, addresses, birth dates.

    A doctor's name, the clinic's services and small numbers stay. Where a name or a number was asked for, everything
    goes that might be one: rather a phrase too little than a patient too much. Masked text stays as it is.
    """
    pieces = _PLACEHOLDER.split(text)
    between = _PLACEHOLDER.findall(text)
    masked = [_masked(piece, state, today, directory) for piece in pieces]
    parts = [part for pair in zip(masked, [*between, ""], strict=True) for part in pair if part]
    return " ".join(_without_repeats(" ".join(parts).split()))


def _masked(text: str, state: str, today: date, directory: Directory) -> str:
    tokens = tokenize(text)
    reading = Reading(tokens=tokens, today=today, state=state, directory=directory)
    covers: dict[int, str] = {}
    for placeholder, find in _FINDERS:
        _cover(reading, covers, find(reading), placeholder)
    if state in _PERSONAL and _is_garbled(reading):
        return _PERSONAL[State(state)]
    _cover_numbers(reading, covers)
    specialty = find_specialty(reading)
    for mention in (specialty, find_service(reading)):
        _leave(reading, mention)
    if state not in _NAME_STATES:
        _leave(reading, find_doctor(reading, specialty))
    _cover(reading, covers, find_person(reading), NAME)
    _cover_names(reading, covers)
    words = [covers.get(index, token.text) for index, token in enumerate(tokens) if token.kind != "stop"]
    return " ".join(words)


def _leave(reading: Reading, mention: Mention | None) -> None:
    if mention is not None:
        reading.take(mention.start, mention.end)


def _cover(reading: Reading, covers: dict[int, str], mention: Mention | None, placeholder: str) -> None:
    if mention is not None:
        covers.update(dict.fromkeys(range(mention.start, mention.end), placeholder))
        reading.take(mention.start, mention.end)


def _is_garbled(reading: Reading) -> bool:
    """Tell whether numbers or unknown words are left when everything readable was found."""
    rest = [token for index, token in enumerate(reading.tokens) if index not in reading.used]
    return any(token.kind == "num" or (token.kind == "word" and _is_no_word(token.text)) for token in rest)


def _is_no_word(word: str) -> bool:
    return len(word) >= _SHORTEST_NAME and not morph.is_known(word)


def _cover_numbers(reading: Reading, covers: dict[int, str]) -> None:
    for run in digit_runs(reading):
        if len(run.digits) > _LONGEST_NUMBER:
            _cover(reading, covers, Mention(start=run.start, end=run.end, value=run.digits), NUMBER)
    for index, token in enumerate(reading.tokens):  # "25.12.1962-го", "пятого": not dictated, but said of somebody
        if token.kind == "num" and index not in reading.used and len(token.digits) > _LONGEST_NUMBER:
            _cover(reading, covers, Mention(start=index, end=index + 1, value=token.digits), NUMBER)


def _cover_names(reading: Reading, covers: dict[int, str]) -> None:
    asked = reading.state in _NAME_STATES
    for index, token in enumerate(reading.tokens):
        if token.kind == "word" and index not in reading.used and _is_name(token.text, asked):
            _cover(reading, covers, Mention(start=index, end=index + 1, value=token.text), NAME)


def _is_name(word: str, asked: bool) -> bool:
    if word in _NOT_NAMES:
        return False
    if (morph.is_known(word) and is_first_name(word)) or is_patronymic(word) or is_plain_surname(word):
        return True
    return asked and (_is_no_word(word) or any(has_tag(word, tag) for tag in ("Name", "Surn", "Patr")))


def _without_repeats(words: list[str]) -> list[str]:
    return [
        word for index, word in enumerate(words) if index == 0 or word != words[index - 1] or word not in _STAND_INS
    ]


def teachable(masked: str) -> bool:
    """Tell whether anything but placeholders and fillers is left to be understood."""
    plain = normalise(_PLACEHOLDER.sub(" ", masked))
    return any(len(word) > 1 and word.isalpha() for word in plain.split()) and not only_fillers(plain)


def spoken(masked: str) -> str:
    """Return a masked phrase as a caller may say it: placeholders become words."""
    return _PLACEHOLDER.sub(lambda found: _STAND_INS[found.group()], masked)
