"""When a slot's value equals its label: `~` separates accepted values, order and shortenings do not matter."""

from __future__ import annotations

import re
from typing import Final

_DROPPED: Final = frozenset({"улица", "ул", "дом", "д", "г", "город", "номер"})
_SHORT: Final = {
    "квартира": "кв", "корпус": "корп", "к": "корп", "подьезд": "подъезд", "под": "подъезд", "пр": "проспект",
    "пр-т": "проспект", "просп": "проспект", "пер": "переулок", "бул": "бульвар", "б-р": "бульвар",
    "мкр": "микрорайон", "эт": "этаж",
}  # fmt: skip
_DIGITS: Final = {"phone": 10, "sick_leave_number": 12}
_HOUR: Final = re.compile(r"\b(\d):")


def same_value(slot: str, gold: str, found: str) -> bool:
    """Tell whether a value found is one of those that the label accepts."""
    return any(comparable(slot, option) == comparable(slot, found) for option in str(gold).split("~"))


def comparable(slot: str, value: str) -> str:
    """Return a value without what is not scored: case, ё, order of an address or a name, "улица", a leading +7."""
    folded = " ".join(str(value).casefold().replace("ё", "е").split())
    if slot in _DIGITS:
        return re.sub(r"\D", "", folded)[-_DIGITS[slot] :]
    if slot == "address":
        words = [word.strip(".,") for word in re.sub(r"[,;]", " ", folded).split()]
        return " ".join(sorted(_SHORT.get(word, word) for word in words if word and word not in _DROPPED))
    if slot == "person_name":
        return " ".join(sorted(re.sub(r"[^\w\s-]", " ", folded).split()))
    if slot == "doctor":
        return folded.split(" ")[0]
    return _HOUR.sub(r"0\1:", folded) if slot in ("time", "time_from") else folded
