"""Phones out of a cell, however it was typed or spoilt by Excel."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.domain.phone import normalize_phone
from crm_bridge.local.exchange.cells import Cell, cell_text, is_blank

_POWER = re.compile(r"(\d+)(?:[.,](\d+))?\s*[eеEЕ]\s*\+?(\d{1,2})")
"""7,9E+10 with the point or comma, and E of either alphabet."""
_EXTENSION = re.compile(r"(?:,?\s*\(?\b(?:доб|вн|ext|внутр)\w*\.?[\s:]*\d+\)?)", re.IGNORECASE)
_BETWEEN = re.compile(r"[;,/\\|\n]|\bили\b|\bи\b", re.IGNORECASE)
_ONE = re.compile(r"(?:\+?\s*[78][\s(.-]*)?\d{3}[\s).-]*\d{3}[\s.-]*\d{2}[\s.-]*\d{2}(?!\d)")
_CODES = "34789"
"""What the part after +7 can begin with: areas, mobiles, Kazakhstan."""


def phones(cell: Cell) -> tuple[str, ...]:
    """All phones of a cell as `+7XXXXXXXXXX`, each once, in order. Raises ValueError in Russian."""
    if is_blank(cell):
        return ()
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return (_one(f"{Decimal(cell):.0f}"),)
    found: list[str] = []
    for part in _parts(str(cell)):
        found.extend(_numbers(part))
    if not found:
        raise ValueError(f"«{cell_text(cell)}» — не телефон: нужен номер вида +79161234567")
    return tuple(dict.fromkeys(found))


def _parts(text: str) -> list[str]:
    """The cell cut where people put something between numbers; powers of ten are written out first."""
    text = _POWER.sub(_written_out, text)
    text = _EXTENSION.sub(" ", text)
    return [part for part in _BETWEEN.split(text) if re.search(r"\d", part)]


def _written_out(match: re.Match[str]) -> str:
    whole, fraction, power = match[1], match[2] or "", int(match[3])
    if len(whole) + len(fraction) < 10:
        raise ValueError(
            f"«{match[0]}»: Excel потерял цифры номера; задайте столбцу формат «Текстовый» и впишите номер целиком"
        )
    return (whole + fraction).ljust(len(whole) + power, "0")


def _numbers(part: str) -> list[str]:
    """One number, or several with only blanks between them."""
    several = _ONE.findall(part)
    digits = sum(character.isdigit() for character in part)
    if len(several) > 1 and sum(character.isdigit() for number in several for character in number) == digits:
        return [_one(number) for number in several]
    return [_one(part)]


def _one(text: str) -> str:
    text = re.sub(r"(?<=\d{10})\.0+$", "", text.strip())
    digits = re.sub(r"\D", "", text)
    if re.search(r"\+\s*[^78\s]", text):
        raise ValueError(f"«{text}» — номер другой страны: оставьте номер на +7 или очистите ячейку")
    if len(digits) in (5, 6, 7):
        raise ValueError(f"«{text}»: добавьте код города, например +7 495 и номер")
    number = normalize_phone(text)
    if number is None:
        raise ValueError(f"«{text}» — не телефон ({_counted(len(digits))}): нужен номер вида +79161234567")
    if number[2] not in _CODES:
        raise ValueError(f"«{text}»: кода {number[2:5]} не бывает, проверьте номер")
    return number


def _counted(count: int) -> str:
    if count % 10 == 1 and count % 100 != 11:
        return f"{count} цифра"
    return f"{count} цифры" if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else f"{count} цифр"
