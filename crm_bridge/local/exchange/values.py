"""Names, money, yes and no, lengths out of a cell. Every function raises ValueError with a Russian sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from decimal import Decimal, InvalidOperation

from crm_bridge.local.exchange.cells import Cell, cell_text
from crm_bridge.names import fold

_LOOKALIKES = str.maketrans("ABCEHKMOPTXYaceopxyë", "АВСЕНКМОРТХУасеорхуё")
"""Latin letters that look Russian: half of them are in every list that was typed by hand."""
_YES = frozenset(
    ("да", "д", "yes", "y", "true", "истина", "1", "+", "есть", "согласен", "согласна", "дано", "v", "✓", "x", "х")
)
_NO = frozenset(
    ("нет", "н", "no", "n", "false", "ложь", "0", "-", "–", "—", "отказ", "отозвано", "не согласен", "не согласна")
)
_SMALL = frozenset({"оглы", "кызы", "оглу", "углы", "заде", "фон", "де", "ван"})
_MINUTES = re.compile(r"(?:(\d+)\s*ч\w*\.?)?\s*(?:(\d+)\s*(?:м\w*\.?)?)?")


def text(cell: Cell) -> str:
    """A text without extra blanks."""
    return cell_text(cell)


def full_name(cell: Cell) -> str:
    """A person's name: single blanks, capital letters where the list has all large or all small ones."""
    words = [_word(word) for word in re.split(r"[\s,]+", cell_text(cell)) if word]
    name = " ".join(words)
    if re.search(r"[^\w\s'’.-]|[\d_]", name):
        raise ValueError(f"«{name}»: в имени лишние знаки или цифры, оставьте только фамилию, имя и отчество")
    if len(words) < 2:
        raise ValueError(f"«{name}»: нужны фамилия и имя, лучше с отчеством")
    if any(len(word.rstrip(".")) == 1 or re.search(r"\.\w", word) for word in words[1:]):
        raise ValueError(f"«{name}»: вместо инициалов напишите имя и отчество полностью")
    return name


def _word(word: str) -> str:
    if re.search(r"[А-Яа-яЁё]", word):
        word = word.translate(_LOOKALIKES)
    if word.casefold() in _SMALL:
        return word.lower()
    if len(word) > 1 and (word.isupper() or word.islower()):
        return "-".join(part.capitalize() for part in word.split("-"))
    return word


def person(cell: Cell) -> str:
    """A doctor as another list names him: a surname is enough here, with or without initials."""
    words = [_word(word) for word in re.split(r"[\s,]+", cell_text(cell).replace(".", ". ")) if word]
    return " ".join(words)


def specialty(cell: Cell) -> str:
    """A profession in its canonical form: «Врач-терапевт» is «терапевт»."""
    return re.sub(r"^врач[\s-]+", "", cell_text(cell).lower())


def money(cell: Cell) -> int:
    """Rubles: «1 500,00 ₽», «1500 руб.», «бесплатно»."""
    shown = cell_text(cell)
    if fold(shown) in ("бесплатно", "даром"):
        return 0
    plain = re.sub(r"[\s'’]|(?:₽|руб\w*\.?|р\.?)$", "", shown.casefold())
    # A comma or point before exactly three digits divides thousands, not kopecks.
    plain = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", plain).replace(",", ".")
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise ValueError(f"«{shown}» — не сумма: нужно число рублей, например 1500") from None
    if not amount.is_finite() or amount < 0 or amount > 100_000_000:
        raise ValueError(f"«{shown}»: сумма должна быть от 0 до 100 000 000 рублей")
    if amount != amount.to_integral_value():
        raise ValueError(f"«{shown}»: округлите сумму до целых рублей")
    return int(amount)


def yes_no(cell: Cell) -> bool:
    """Yes or no in the ways of lists: да, нет, +, -, 1, 0, согласен, отказ."""
    if isinstance(cell, bool):
        return cell
    said = fold(cell_text(cell)).rstrip(".")
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise ValueError(f"«{cell_text(cell)}»: напишите «да» или «нет»")


def whole(cell: Cell) -> int:
    """A whole number above nought."""
    shown = cell_text(cell)
    if not re.fullmatch(r"\d{1,6}", shown) or int(shown) == 0:
        raise ValueError(f"«{shown}» — не число: нужно целое число больше нуля")
    return int(shown)


def minutes(cell: Cell) -> int:
    """A length in minutes: 20, «20 мин», «1 ч 30 мин», 0:20."""
    shown = cell_text(cell)
    clock = re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?", shown)
    if isinstance(cell, time):
        length = cell.hour * 60 + cell.minute
    elif clock:
        length = int(clock[1]) * 60 + int(clock[2])
    else:
        spoken = _MINUTES.fullmatch(shown.casefold())
        length = int(spoken[1] or 0) * 60 + int(spoken[2] or 0) if spoken else 0
    if not 5 <= length <= 480:
        raise ValueError(f"«{shown}»: нужна длительность от 5 до 480 минут, например 20")
    return length


def one_of(cell: Cell, words: Mapping[str, str]) -> str:
    """The meaning of one of the known words; `words` is folded word -> meaning."""
    said = fold(cell_text(cell)).rstrip(".")
    if said in words:
        return words[said]
    examples: dict[str, str] = {}
    for word, meaning in words.items():
        examples.setdefault(meaning, word)
    known = ", ".join(f"«{word}»" for word in examples.values())
    raise ValueError(f"«{cell_text(cell)}» не подходит, можно: {known}")
