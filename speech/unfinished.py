"""Whether words so far sound as if more will come."""

from __future__ import annotations

import re
from typing import Final

from speech.port import Expected

_WORD: Final = re.compile(r"[а-яёa-z]+|\d+", re.IGNORECASE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LINKS: Final = _words(
    "и а но или либо что чтобы если потому когда как который на в во к ко с со по у для от до из за при без о об"
    " не ну э эм это значит короче"
)
_OPENERS: Final = _words("номер номеру телефон зовут фамилия плюс рождения родился родилась")
_ADDRESS_OPENERS: Final = _words("улица улице проспект переулок дом корпус квартира подъезд этаж")
"""Openers in an address only: "врача на дом" is a whole request."""
_TENS: Final = _words(
    "двадцать двадцатого тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто сто двести триста"
    " четыреста пятьсот шестьсот семьсот восемьсот девятьсот тысяча тысячи"
)
_PHONE_DIGITS: Final = 10


def unfinished(text: str, expected: Expected) -> bool:
    """Whether the text ends in a conjunction, an opener such as "номер", or a number that is not whole."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words or expected is Expected.YES_NO:
        return False
    last = words[-1]
    if last in _LINKS or last in _OPENERS or (expected is Expected.ADDRESS and last in _ADDRESS_OPENERS):
        return True
    if expected is Expected.DIGITS:
        return 0 < _digits(words) < _PHONE_DIGITS
    # "тысяча девятьсот…", "двадцать…" may be whole numbers, but a date or a house rarely ends there
    return expected in (Expected.DATE, Expected.ADDRESS) and last in _TENS


def _digits(words: list[str]) -> int:
    """How many digits were dictated: "сто двадцать три" are three, "сорок пять" two."""
    count, before = 0, 0
    for word in words:
        size = len(word) if word.isdigit() else _size(word)
        if word.isdigit() or not size < before:
            count += size
        # a teen or a figure takes nothing after it
        before = 0 if word.isdigit() or word.endswith("надцать") or word == "десять" else size
    return count


def _size(word: str) -> int:
    """Digits of a number word, 0 for any other word."""
    if word in ("сто", "двести") or word.endswith(("ста", "сот")):
        return 3
    if word in _TENS or word.endswith("надцать") or word == "десять":
        return 2
    return int(
        word.startswith(
            ("один", "одна", "два", "две", "три", "четыр", "пять", "шесть", "семь", "восемь", "девять", "ноль", "нуль")
        )
    )
