"""«Нет, не двадцать пять, а тридцать пять»: one group of dictated digits, or one part of a birth date, put right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import Final

from dialogs.slots.dates import month_of
from dialogs.slots.digits import to_phone
from dialogs.slots.tokens import Token, tokenize

_GROUPS: Final = {"phone": (3, 3, 2, 2), "sick_leave_number": (3, 3, 3, 3)}
CORRECTABLE: Final = (*_GROUPS, "birth_date")
"""Slots that are read back and may be put right in part."""
_DAYS = 31
_CENTURY = 100

_GLUE: Final = frozenset((
    "нет", "не", "а", "да", "ну", "ой", "э", "там", "в", "на", "конце", "последние", "первые", "цифры", "цифра",
    "число", "месяц", "год", "года", "извините", "простите",
))  # fmt: skip

Sides = tuple[Sequence[Token], Sequence[Token]]


def corrected(slot: str, value: str, text: str) -> str | None:
    """Return the value with the part that the caller put right; None where the words do not single one out."""
    sides = _sides(tokenize(text))
    if sides is None:
        return None
    old, new = sides
    if slot == "birth_date":
        return _birth_date(value, old, new)
    return _digits(slot, value, _dialled(old), _dialled(new))


def is_bare(text: str) -> bool:
    """Whether a correction says nothing beside its numbers and months."""
    return all(
        token.kind != "word" or token.text in _GLUE or month_of(token.text) is not None for token in tokenize(text)
    )


def _sides(tokens: Sequence[Token]) -> Sides | None:
    """What was heard wrongly and what was meant: «не A, а B» or «B, а не A»."""
    words = [token.text for token in tokens]
    for at in range(len(words) - 1):
        if words[at : at + 2] == ["а", "не"]:
            return tokens[at + 2 :], tokens[:at]
    if "не" not in words:
        return None
    start = words.index("не")
    if "а" not in words[start:]:
        return None
    middle = words.index("а", start)
    return tokens[start + 1 : middle], tokens[middle + 1 :]


def _dialled(tokens: Sequence[Token]) -> str:
    return "".join(token.digits for token in tokens if token.kind == "num")


def _digits(slot: str, value: str, old: str, new: str) -> str | None:
    """Replace the only group, or the only place, where the old digits stand."""
    digits = "".join(char for char in value if char.isdigit())[-sum(_GROUPS[slot]) :]
    if not old or len(old) != len(new):
        return None
    borders = {0, *accumulate(_GROUPS[slot])}
    places = [at for at in range(len(digits) - len(old) + 1) if digits.startswith(old, at)]
    whole = [at for at in places if {at, at + len(old)} <= borders]
    fitting = whole or places
    if len(fitting) != 1:
        return None
    put_right = digits[: fitting[0]] + new + digits[fitting[0] + len(old) :]
    return to_phone(put_right) if slot == "phone" else put_right


def _birth_date(value: str, old: Sequence[Token], new: Sequence[Token]) -> str | None:
    wrong, right = _parts(old), _parts(new)
    if not wrong or len(wrong) != len(right):
        return None
    try:
        born = date.fromisoformat(value)
    except ValueError:
        return None
    for (kind, before), (other, after) in zip(wrong, right, strict=True):
        changed = _part(born, before, after) if kind == other == "number" else _month(born, before, after)
        if kind != other or changed is None:
            return None
        born = changed
    return born.isoformat()


def _parts(tokens: Sequence[Token]) -> list[tuple[str, int]]:
    numbers = [("number", token.value) if token.kind == "num" else ("month", month_of(token.text)) for token in tokens]
    return [(kind, value) for kind, value in numbers if value is not None]


def _part(born: date, old: int, new: int) -> date | None:
    """Day or year, by the number that was wrong; neither where it could be both."""
    is_day, is_year = old == born.day, old in (born.year, born.year % _CENTURY)
    if is_day == is_year:
        return None
    if is_day:
        return _date(born.year, born.month, new) if new <= _DAYS else None
    return _date(new if new > _CENTURY else born.year - born.year % _CENTURY + new, born.month, born.day)


def _month(born: date, old: int, new: int) -> date | None:
    return _date(born.year, new, born.day) if old == born.month else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
