"""Small findings beside the slots: which of the offered, for whom, home or clinic, "когда угодно"."""

from __future__ import annotations

import re
from typing import Final

from dialogs.slots.digits import all_digits
from dialogs.slots.mentions import Reading

_CHOICES: Final = (
    (r"\bперв(?:ый|ое|ая|ую|ого|ом)\b", "1"), (r"\bвтор(?:ой|ое|ая|ую|ого|ом)\b", "2"), (r"\bтреть?(?:ий|е|я|ю|его)\b", "3"),
    (r"\bчетверт(?:ый|ое|ая|ую)\b", "4"), (r"\bпоследн\w+\b", "last"),
)  # fmt: skip
_WHO: Final = (
    (r"\b(?:ребен\w+|сын\w*|доч\w+|внук\w*|внучк\w+|малыш\w*|детя\w+)\b", "child"),
    (r"\b(?:мам\w+|пап\w+|отц\w+|мат(?:ь|ери)|муж\w*|жен[аеуы]|бабушк\w+|дедушк\w+|родственни\w+|брат\w*|сестр\w+|друго\w+)\b",
     "other"),
    (r"\b(?:себ[яе]|мне|меня|сам[аио]?|для себя|я)\b", "self"),
)  # fmt: skip
_KIND: Final = (
    (r"\b(?:на дом\w*|домой|дома|ко мне|не могу (?:прийти|ходить|встать)|приех\w+|лежу)\b", "home"),
    (r"\b(?:в (?:клиник\w+|поликлиник\w+|больниц\w+)|к вам|сам[аи]? (?:приду|подойду|приеду)|приду|подойду|на прием\w*|дойду)\b",
     "clinic"),
)  # fmt: skip
_ANY_DATE: Final = r"люб(?:ой|ые|ое) (?:день|дни|число|дат)|когда угодно|ближайш|как можно (?:скорее|раньше)|поскорее|без разницы|все равно|в любой"
_ANY_TIME: Final = r"люб(?:ое|ой) (?:время|час)|когда угодно|без разницы|все равно|не важно|неважно|самое раннее"
_TEMPERATURE: Final = re.compile(
    r"(?:температур\w*|градусник\w*)(?: \w+){0,3}? (3[5-9]|4[0-2])(?:(?:[.,]| и | )(\d))?\b"
)


def read_hints(reading: Reading, text: str) -> dict[str, str]:
    """Return the hints found; `text` is the normalised utterance with numbers as figures."""
    found = {
        "choice": _first(_CHOICES, text), "who": _first(_WHO, text), "visit_kind": _first(_KIND, text),
        "digits": all_digits(reading), "temperature": _temperature(text), "any": _any(reading, text),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _first(rules: tuple[tuple[str, str], ...], text: str) -> str:
    return next((value for pattern, value in rules if re.search(pattern, text)), "")


def _any(reading: Reading, text: str) -> str:
    if re.search(_ANY_TIME, text) and reading.state == "ask_time":
        return "time"
    if re.search(_ANY_DATE, text):
        return "date"
    return "time" if re.search(_ANY_TIME, text) else ""


def _temperature(text: str) -> str:
    match = _TEMPERATURE.search(text)
    if match is None:
        return ""
    return match.group(1) + (f".{match.group(2)}" if match.group(2) else "")
