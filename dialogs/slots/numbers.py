"""Russian number words to numbers: cardinals and ordinals in all cases, colloquial and misheard forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberWord:
    """One number word: value, rank (0 unit, 1 ten, 2 hundred, 3 thousand), an ordinal or not.

    `oblique` is None where the form fits every case, so that "без двадцати девять" stays two numbers.
    """

    value: int
    rank: int
    ordinal: bool = False
    oblique: bool | None = None


_CARDINALS: Final = {
    0: "ноль нуль ноля нуля нулю нолю нулем нолем",
    1: "один одна одно одного одной одному одну одним одном",
    2: "два две двух двум двумя",
    3: "три трех трем тремя",
    4: "четыре четырех четырем четырьмя",
    5: "пять пяти пятью",
    6: "шесть шести шестью",
    7: "семь семи",
    8: "восемь восьми восемью восьмью",
    9: "девять девяти девятью",
    10: "десять десяти десятью",
    11: "одиннадцать одиннадцати одиннадцатью одинадцать одинадцати",
    12: "двенадцать двенадцати двенадцатью",
    13: "тринадцать тринадцати тринадцатью",
    14: "четырнадцать четырнадцати четырнадцатью",
    15: "пятнадцать пятнадцати пятнадцатью",
    16: "шестнадцать шестнадцати шестнадцатью",
    17: "семнадцать семнадцати семнадцатью",
    18: "восемнадцать восемнадцати восемнадцатью",
    19: "девятнадцать девятнадцати девятнадцатью",
    20: "двадцать двадцати двадцатью двацать",
    30: "тридцать тридцати тридцатью",
    40: "сорок сорока",
    50: "пятьдесят пятидесяти пятьюдесятью пядесят пейсят писят",
    60: "шестьдесят шестидесяти шестьюдесятью шестдесят шейсят шисят",
    70: "семьдесят семидесяти семьюдесятью семдесят",
    80: "восемьдесят восьмидесяти восемьюдесятью восемдесят",
    90: "девяносто девяноста",
    100: "сто ста",
    200: "двести двухсот двумстам",
    300: "триста трехсот тремстам",
    400: "четыреста четырехсот четыремстам",
    500: "пятьсот пятисот пятистам",
    600: "шестьсот шестисот шестистам",
    700: "семьсот семисот семистам",
    800: "восемьсот восьмисот восьмистам",
    900: "девятьсот девятисот девятистам",
    1000: "тысяча тысячи тысяч тысячу тысячей тысячам тыща тыщи тыщ",
}

_ORDINAL_STEMS: Final = {
    0: "нулев",
    1: "перв",
    2: "втор",
    4: "четверт",
    5: "пят",
    6: "шест",
    7: "седьм",
    8: "восьм",
    9: "девят",
    10: "десят",
    11: "одиннадцат",
    12: "двенадцат",
    13: "тринадцат",
    14: "четырнадцат",
    15: "пятнадцат",
    16: "шестнадцат",
    17: "семнадцат",
    18: "восемнадцат",
    19: "девятнадцат",
    20: "двадцат",
    30: "тридцат",
    40: "сороков",
    50: "пятидесят",
    60: "шестидесят",
    70: "семидесят",
    80: "восьмидесят",
    90: "девяност",
    100: "сот",
    1000: "тысячн",
    2000: "двухтысячн",
}

_ORDINAL_ENDINGS: Final = ["ый", "ой", "ого", "ому", "ым", "ом", "ая", "ую", "ое", "ые", "ых", "ыми"]
_THIRD: Final = [
    "третий", "третьего", "третьему", "третьим", "третьем", "третья",
    "третьей", "третью", "третье", "третьи", "третьих",
]  # fmt: skip
_FUZZY_MIN_LENGTH: Final = 7


def _rank(value: int) -> int:
    if value >= 1000:
        return 3
    if value >= 100:
        return 2
    return 1 if value >= 20 else 0


def _oblique(value: int, form: str) -> bool | None:
    if value == 1000:
        return False if form in ("тысяча", "тысячу", "тыща") else None  # "шесть тысяча" is no number
    if value in (0, 1):
        return None
    if value < 5:
        return form.endswith(("х", "м", "мя"))
    if value >= 200:
        return form.endswith(("хсот", "исот", "стам"))
    if value in (40, 90, 100):
        return form.endswith("а")
    return form.endswith(("и", "ью"))


def _build() -> dict[str, NumberWord]:
    table: dict[str, NumberWord] = {}
    for value, forms in _CARDINALS.items():
        for form in forms.split():
            table[form] = NumberWord(value=value, rank=_rank(value), oblique=_oblique(value, form))
    for value, stem in _ORDINAL_STEMS.items():
        for ending in _ORDINAL_ENDINGS:
            table.setdefault(stem + ending, NumberWord(value=value, rank=_rank(value), ordinal=True))
    for form in _THIRD:
        table[form] = NumberWord(value=3, rank=0, ordinal=True)
    return table


NUMBER_WORDS: Final = _build()
_LONG_FORMS: Final = tuple(form for form in NUMBER_WORDS if len(form) >= _FUZZY_MIN_LENGTH)


@lru_cache(maxsize=4096)
def number_word(word: str) -> NumberWord | None:
    """Return the number a normalised word stands for; long words may hold one wrong letter."""
    found = NUMBER_WORDS.get(word)
    if found is not None or len(word) < _FUZZY_MIN_LENGTH:
        return found
    near = [form for form in _LONG_FORMS if Levenshtein.distance(word, form, score_cutoff=1) == 1]
    return NUMBER_WORDS[near[0]] if near else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenNumber:
    """A number read from `length` consecutive words."""

    value: int
    ordinal: bool
    length: int


def read_number(words: list[str]) -> SpokenNumber | None:
    """Read the longest well-formed number at the start of `words` (normalised), or None.

    "двадцать пятого" is one number, "девять тридцать" only 9: a smaller word cannot take a larger one.
    """
    parts: list[NumberWord] = []
    for word in words:
        part = number_word(word)
        if part is None or not _continues(parts, part):
            break
        parts.append(part)
        if part.ordinal or part.value == 0:
            break
    if not parts:
        return None
    return SpokenNumber(value=_total(parts), ordinal=parts[-1].ordinal, length=len(parts))


def _continues(parts: list[NumberWord], part: NumberWord) -> bool:
    if not parts:
        return True
    if part.value == 0:
        return False
    last = parts[-1]
    if part.rank == 3 and part.oblique is False:
        return last.value == 1
    if part.rank == 3:
        return not part.ordinal and all(p.rank < 3 for p in parts) and last.value > 0
    if not part.ordinal and None not in (last.oblique, part.oblique) and last.oblique != part.oblique:
        return False
    if last.rank == 1:
        return part.value < 10
    return part.rank < last.rank


def _total(parts: list[NumberWord]) -> int:
    total = 0
    below = 0
    for part in parts:
        if part.rank == 3:
            total += part.value if part.ordinal and part.value > 1000 else max(below, 1) * part.value
            below = 0
        else:
            below += part.value
    return total + below
