"""A name or an address that was set right in part: «нет, фамилия Петров» changes the surname and keeps the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from dialogs.slots.addresses import find_address
from dialogs.slots.mentions import Reading
from dialogs.slots.surnames import is_first_name, is_patronymic
from dialogs.slots.tokens import tokenize

_ORDER = ("surname", "given", "patronymic")
_NAMED = (
    ("surname", re.compile(r"\bфамили")),
    ("patronymic", re.compile(r"\bотчеств")),
    ("given", re.compile(r"\b(?:имя|имени|зовут)\b")),
)


def amended_name(known: object, said: object, words: object = "") -> str:
    """Put the parts that were said in the place of the same parts of the known name; a whole name replaces it.

    `words` is the utterance: «фамилия», «имя» or «отчество» in it tells what a single word is.
    """
    old, new = str(known or "").split(), str(said or "").split()
    if not old or not new:
        return " ".join(new or old)
    parts, changed = _parts(old), _parts(new, _named_part(str(words or "")) if len(new) == 1 else "")
    if {"surname", "given"} <= set(changed):
        return " ".join(new)
    return " ".join((parts | changed)[name] for name in _ORDER if name in parts | changed)


def _named_part(words: str) -> str:
    return next((part for part, pattern in _NAMED if pattern.search(words.casefold())), "")


def _parts(words: Sequence[str], told: str = "") -> dict[str, str]:
    """Words of a name by what they are: a patronymic by its ending, a given name by the dictionary, else a surname."""
    if told:
        return {told: " ".join(words)}
    found: dict[str, str] = {}
    for word in words:
        part = _part(word)
        if part in found:  # two of a kind: «Марк Любовь», the second is taken for what is missing
            part = next((name for name in _ORDER if name not in found), part)
        found[part] = word
    return found


def _part(word: str) -> str:
    lowered = word.casefold().replace("ё", "е")
    if is_patronymic(lowered):
        return "patronymic"
    return "given" if is_first_name(lowered) else "surname"


_BESIDE_HOUSE = re.compile(r"\b(корп|кв|подъезд|этаж|домофон) (\S+)")
_HOUSE = re.compile(r"^(?:дом )?(\d\S*)$")


def amended_address(known: object, said: object) -> str:
    """Put the house or the flat that was said in the place of the known one; another street is another address."""
    old, new = str(known or ""), str(said or "")
    if not old or not new:
        return new or old
    old_head, new_head = _before_parts(old), _before_parts(new)
    house = _HOUSE.match(new_head)
    street = old_head.rpartition(" ")[0]
    if house:
        new_head = f"{street} {house.group(1)}".strip()
    elif new_head and new_head.rpartition(" ")[0] != street:
        return new
    parts = dict(_BESIDE_HOUSE.findall(old)) | dict(_BESIDE_HOUSE.findall(new))
    beside = [f"{name} {parts[name]}" for name in ("корп", "кв", "подъезд", "этаж", "домофон") if name in parts]
    return " ".join((new_head or old_head, *beside))


def _before_parts(address: str) -> str:
    """Street and house of an address in its normal form."""
    found = _BESIDE_HOUSE.search(address)
    return (address[: found.start()] if found else address).strip(" ,")


def with_house(street: object, words: object) -> str:
    """«Тридцать два, квартира пятнадцать» said after the street alone; the street where no house is heard."""
    known = str(street or "")
    heard = tokenize(f"{known if ' ' in known else f'улица {known}'} {words or ''}")
    found = find_address(Reading(tokens=heard, today=date.min, state="ask_address"))
    return found.value if found and found.value.startswith(known) else known
