"""Numbers as words: counted things, money, phones and dictated digits, ages."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from num2words import num2words

from dialogs.slots import morph
from dialogs.speech_text.names import Case

GrammaticalGender = Literal["m", "f", "n"]

_CASE_LETTERS: Final[dict[Case, str]] = {
    "nomn": "n", "gent": "g", "datv": "d", "accs": "a", "ablt": "i", "loct": "p",
}  # fmt: skip
_LEADING_ONE: Final = {
    "одна тысяча": "тысяча",
    "одной тысячи": "тысячи",
    "одной тысяче": "тысяче",
    "одну тысячу": "тысячу",
}


def spoken_number(number: int, case: Case = "nomn", gender: GrammaticalGender = "m") -> str:
    """Return a cardinal in words, "тысяча" without "одна"; inanimate in the accusative."""
    words = str(num2words(number, lang="ru", case=_CASE_LETTERS[case], gender=gender, animate=False))
    return _without_one(words)


def spoken_ordinal(number: int, case: Case = "nomn", gender: GrammaticalGender = "n") -> str:
    """Return an ordinal in words: 24 -> двадцать четвёртое."""
    words = str(num2words(number, lang="ru", to="ordinal", case=_CASE_LETTERS[case], gender=gender, animate=False))
    return _without_one(words)


def _without_one(words: str) -> str:
    for long, short in _LEADING_ONE.items():
        if words.startswith(long):
            return short + words[len(long) :]
    return words


def plural(number: int, one: str, few: str, many: str) -> str:
    """Return the form that agrees with a number: 1 минута, 2 минуты, 5 минут."""
    tens, units = abs(number) % 100, abs(number) % 10
    if 11 <= tens <= 14 or units == 0 or units >= 5:
        return many
    return one if units == 1 else few


def counted(number: int, noun: str) -> str:
    """Return a number of things in words: (2, "минута") -> две минуты."""
    parse = next((p for p in morph.parses(noun) if "NOUN" in p.tag and p.tag.case == "nomn"), morph.parses(noun)[0])
    genders: dict[str, GrammaticalGender] = {"femn": "f", "neut": "n"}
    agreed = parse.make_agree_with_number(number)
    word = agreed.word if agreed is not None else noun
    return f"{spoken_number(number, gender=genders.get(str(parse.tag.gender), 'm'))} {word}"


def spoken_age(years: int) -> str:
    """Return an age: 3 -> три года, 45 -> сорок пять лет."""
    return f"{spoken_number(years)} {plural(years, 'год', 'года', 'лет')}"


def spoken_money(amount: int | float | Decimal | str) -> str:
    """Return a sum in roubles: 1500 -> тысяча пятьсот рублей, 99.50 -> девяносто девять рублей пятьдесят копеек."""
    exact = Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    roubles, kopecks = int(exact), int((exact - int(exact)) * 100)
    text = f"{spoken_number(roubles)} {plural(roubles, 'рубль', 'рубля', 'рублей')}"
    return f"{text} {counted(kopecks, 'копейка')}" if kopecks else text


def spoken_digits(digits: str, group: int = 3) -> str:
    """Return dictated digits in groups with pauses; zeros in front of a group are said."""
    clean = "".join(char for char in digits if char.isdigit())
    return ", ".join(_group(clean[at : at + group]) for at in range(0, len(clean), group))


def spoken_phone(phone: str) -> str:
    """Return a Russian number the way it is dictated: восемь, девятьсот шестнадцать, сто одиннадцать, …"""
    clean = "".join(char for char in phone if char.isdigit())
    if len(clean) == 11 and clean[0] in "78":
        clean = clean[1:]
    if len(clean) != 10:
        return spoken_digits(clean)
    pieces = (clean[:3], clean[3:6], clean[6:8], clean[8:])
    return ", ".join(["восемь", *(_group(piece) for piece in pieces)])


def _group(digits: str) -> str:
    zeros = len(digits) - len(digits.lstrip("0"))
    rest = digits[zeros:]
    words = ["ноль"] * zeros + ([spoken_number(int(rest))] if rest else [])
    return " ".join(words)
