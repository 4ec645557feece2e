"""Addresses as they are dictated: "Ленина 5/2 корп 1 кв 12" -> Ленина, дом пять дробь два, корпус один, квартира …."""

from __future__ import annotations

import re
from typing import Final

from dialogs.speech_text.numerals import spoken_number, spoken_ordinal

_PARTS: Final = {
    "корп": "корпус", "корпус": "корпус", "стр": "строение", "кв": "квартира", "квартира": "квартира",
    "подъезд": "подъезд", "этаж": "этаж", "домофон": "домофон", "дом": "дом", "д": "дом",
}  # fmt: skip
_HOUSE: Final = re.compile(r"^(\d+)(?:/(\d+))?([а-яё])?$", re.IGNORECASE)
_DATED: Final = ("марта", "мая", "января", "ноября", "октября", "декабря", "июля")
_AREA: Final = "микрорайон"


def spoken_address(address: str) -> str:
    """Return an address in the normal form of the slot as a registrar reads it back; other text stays as it is."""
    words = address.replace(",", " ").split()
    pieces: list[str] = []
    street: list[str] = []
    index = 0
    while index < len(words):
        name, value = _PARTS.get(words[index].strip(".").lower(), ""), words[index + 1 : index + 2]
        if name and value:
            pieces.append(f"{name} {_house(value[0])}")
            index += 2
        elif _HOUSE.match(words[index]) and not _is_in_name(words, index):
            pieces.append(f"дом {_house(words[index])}")
            index += 1
        else:
            street.append(_named(words, index))
            index += 1
    return ", ".join([" ".join(street), *pieces] if street else pieces)


def _is_in_name(words: list[str], index: int) -> bool:
    """Tell "8 Марта" and "микрорайон 3" from a house."""
    following = words[index + 1].lower() if index + 1 < len(words) else ""
    return following in (*_DATED, _AREA, "лет") or (index > 0 and words[index - 1].lower() == _AREA)


def _named(words: list[str], index: int) -> str:
    word, following = words[index], words[index + 1].lower() if index + 1 < len(words) else ""
    if not word.isdigit():
        return word
    if following in _DATED:
        return spoken_ordinal(int(word), "gent")
    return spoken_number(int(word), "gent") if following == "лет" else spoken_number(int(word))


def _house(text: str) -> str:
    """Return "5/2а" as пять дробь два а."""
    match = _HOUSE.match(text)
    if match is None:
        return text
    number, fraction, letter = match.groups()
    words = spoken_number(int(number)) + (f" дробь {spoken_number(int(fraction))}" if fraction else "")
    return f"{words} {letter}" if letter else words
