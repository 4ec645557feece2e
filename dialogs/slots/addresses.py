"""Addresses of home visits: street, house with fraction or letter, corps, flat, entrance, floor, intercom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz, process

from dialogs.slots import morph
from dialogs.slots.lexicon import word_list
from dialogs.slots.mentions import Mention, Reading
from dialogs.slots.tokens import fold

_KINDS: Final = {
    "проспект": "проспект", "бульвар": "бульвар", "переулок": "переулок", "микрорайон": "микрорайон", "шоссе": "шоссе",
    "площадь": "площадь", "проезд": "проезд", "набережная": "набережная", "аллея": "аллея", "тупик": "тупик",
    "поселок": "поселок", "деревня": "деревня", "село": "село", "тракт": "тракт", "квартал": "квартал",
    "бульвара": "бульвар",
}  # fmt: skip
_DETAILS: Final = (
    (("корпус", "корп"), "корп"), (("строение", "стр"), "стр"), (("квартир", "кв"), "кв"), (("подъезд", "подьезд"),
    "подъезд"),
    (("этаж",), "этаж"), (("домофон", "код"), "домофон"),
)  # fmt: skip
_MASCULINE: Final = frozenset({"проспект", "бульвар", "переулок", "проезд", "тупик", "тракт", "квартал", "поселок"})
_HOUSE: Final = ("дом", "доме", "д")
_SKIPPED: Final = frozenset(
    {"на", "по", "в", "у", "номер", "город", "живу", "живем", "адрес", "это", "мой", "наш", "ну", "так"}
)
_STOP_WORDS: Final = word_list("not_streets")
_ADDRESS_STATES: Final = frozenset({"ask_address", "ask_entrance"})
_LIKE: Final = 76
_GARBLED_LIKE: Final = 58
_APART: Final = 12
"""How much nearer the street must be than the next one, for what a recogniser garbled."""


def find_address(reading: Reading) -> Mention | None:
    """Find one address; without being asked for it, only where a street or a flat is named as such."""
    asked = reading.state in _ADDRESS_STATES
    details, used = _details(reading, asked)
    street = _street(reading, asked=asked, flat="кв" in details)
    if street is None:
        if not asked or not details:
            return None
        value = " ".join(_written(details))
        return Mention(start=min(used), end=max(used) + 1, value=value)
    start, end, name, house = street
    span = [start, end - 1, *used]
    value = " ".join(part for part in (name, house, *_written(details)) if part)
    return Mention(start=min(span), end=max(span) + 1, value=value)


def _written(details: dict[str, str]) -> list[str]:
    return [f"{name} {details[name]}" for _, name in _DETAILS if name in details]


def _details(reading: Reading, asked: bool) -> tuple[dict[str, str], list[int]]:
    """Read "квартира 12", "второй подъезд", "домофон сорок пять": values by name and the tokens used."""
    found: dict[str, str] = {}
    used: list[int] = []
    for index, token in enumerate(reading.tokens):
        corps = token.text == "к" and reading.number(index - 1) is not None
        name = "корп" if corps else _detail_name(token.text)
        if not name:
            continue
        at = _detail_number(reading, index, used)
        if at is None or name in found:
            continue
        last = _code_end(reading, at) if name == "домофон" else at
        found[name] = "".join(_number_text(reading, place) for place in range(at, last + 1))
        used += [index, *range(at, last + 1)]
    return found, used


def _code_end(reading: Reading, at: int) -> int:
    """Return where a dictated code ends: "тридцать один ноль семь" is 3107."""
    while reading.number(at + 1) is not None and not reading.tokens[at + 1].ordinal:
        at += 1
    return at


def _detail_name(word: str) -> str:
    for stems, name in _DETAILS:
        if any(word == stem or (len(stem) > 3 and word.startswith(stem)) for stem in stems):
            return name
    return ""


def _detail_number(reading: Reading, index: int, used: Sequence[int]) -> int | None:
    """Return where the number of a detail stands: after it, or before it when it is an ordinal."""
    before = index - 1
    if reading.number(before) is not None and reading.tokens[before].ordinal and before not in used:
        return before
    after = index + 1
    while reading.word(after) in ("номер", "это", "на", ".", ","):
        after += 1
    if reading.number(after) is not None and after not in used:
        return after
    return before if reading.number(before) is not None and before not in used else None


def _number_text(reading: Reading, index: int) -> str:
    token = reading.tokens[index]
    return f"{token.value}{token.suffix}"


def _street(reading: Reading, *, asked: bool, flat: bool) -> tuple[int, int, str, str] | None:
    """Return (start, end, street, house)."""
    for index, token in enumerate(reading.tokens):
        if token.text in ("улица", "улице", "улицу", "улицы", "ул"):
            return _named_after(reading, index) or _named_before(reading, index)
        kind = _kind_of(token.text)
        if kind:
            return _with_kind(reading, index, kind)
    if asked or flat or reading.has_any(("адрес", "адресу")) or _house_word(reading) is not None:
        return _bare(reading, asked)
    return None


def _kind_of(word: str) -> str:
    return _KINDS.get(word) or (_KINDS.get(morph.lemma(word), "") if len(word) > 3 else "")


def _named_after(reading: Reading, index: int) -> tuple[int, int, str, str] | None:
    names, at = _name_words(reading, index + 1)
    if not names:
        names, at = _torn_name(reading, index + 1)
    house = _house(reading, at)
    if not names or (house is None and reading.state not in _ADDRESS_STATES):
        return None
    end, number = house or (at, "")
    return index, end, _street_name(reading, names), number


def _named_before(reading: Reading, index: int) -> tuple[int, int, str, str] | None:
    """Read "на комсомольской улице дом 5"."""
    house = _house(reading, index + 1)
    name = reading.word(index - 1)
    if house is None or not name or name in _STOP_WORDS or not reading.is_free(index - 1, index):
        return None
    return index - 1, house[0], _street_name(reading, [name]), house[1]


def _with_kind(reading: Reading, index: int, kind: str) -> tuple[int, int, str, str] | None:
    names, at = _name_words(reading, index + 1)
    number = reading.number(index + 1)
    if kind == "микрорайон" and number is not None and not names:
        names, at = [str(number)], index + 2
    elif kind == "микрорайон" and reading.number(index - 1) is not None:
        house = _house(reading, index + 1)
        return (index - 1, house[0], f"{kind} {reading.number(index - 1)}", house[1]) if house else None
    house = _house(reading, at)
    start = index
    if not names and index and reading.word(index - 1) not in _STOP_WORDS and reading.tokens[index - 1].kind == "word":
        names, start = [reading.word(index - 1)], index - 1
    if not names or (house is None and reading.state not in _ADDRESS_STATES):
        return None
    end, text = house or (at, "")
    return start, end, f"{kind} {_street_name(reading, names, masculine=kind in _MASCULINE)}", text


def _bare(reading: Reading, asked: bool) -> tuple[int, int, str, str] | None:
    """Read "ленина пять", "комсомольская дом 12": a name followed by a house number."""
    for index in range(len(reading.tokens)):
        names, at = _name_words(reading, index)
        house = _house(reading, at) if names else None
        if house is not None and (
            asked
            or reading.word(at) in _HOUSE
            or reading.word(index - 1) in ("на", "по", "адрес", "адресу")
            or (len(names) == 1 and _flat_follows(reading, house[0]))
        ):
            return index, house[0], _street_name(reading, names), house[1]
    return None


def _flat_follows(reading: Reading, index: int) -> bool:
    """Tell whether a flat or a corps stands right after a house: "садовая семь, квартира тринадцать"."""
    at = index + (1 if reading.word(index) == "," else 0)
    at += reading.number(at) is not None and reading.tokens[at].ordinal
    return _detail_name(reading.word(at)) in ("кв", "корп")


def _name_words(reading: Reading, index: int) -> tuple[list[str], int]:
    """Collect the words of a street's name; "восьмого марта" and "50 лет октября" begin with a number."""
    names: list[str] = []
    at = index + (1 if reading.word(index) == "." else 0)
    number = reading.number(at)
    if number is not None and reading.word(at + 1) in ("марта", "мая", "лет", "летия", "января", "ноября", "октября"):
        names, at = [str(number)], at + 1
    while at < len(reading.tokens) and len(names) < 4:
        token = reading.tokens[at]
        if (
            token.kind != "word"
            or token.text in _STOP_WORDS
            or not reading.is_free(at, at + 1)
            or _is_detail(token.text)
        ):
            break
        names.append(token.text)
        at += 1
    return names, at


def _torn_name(reading: Reading, index: int) -> tuple[list[str], int]:
    """Read "по беды" as победы where a street's name must stand."""
    first, second = reading.word(index), reading.word(index + 1)
    if first not in _STOP_WORDS or not second or reading.tokens[index + 1].kind != "word" or _is_detail(second):
        return [], index
    joined = first + second
    real = bool(_known_street(joined, reading.directory.streets)) or morph.is_known(joined)
    return ([joined], index + 2) if real else ([], index)


def _is_detail(word: str) -> bool:
    return word in _HOUSE or bool(_detail_name(word))


def _house_word(reading: Reading) -> int | None:
    for index, token in enumerate(reading.tokens):
        if token.text in _HOUSE and reading.number(index + 1) is not None:
            return index
    return None


def _house(reading: Reading, index: int) -> tuple[int, str] | None:
    """Read a house at a place: (next index, "5а" or "12/3")."""
    at = index
    while reading.word(at) in (",", ".", *_HOUSE, "номер"):
        at += 1
    if at >= len(reading.tokens) or reading.tokens[at].kind != "num" or at in reading.used:
        return None
    token = reading.tokens[at]
    if token.separator == "/":
        return at + 1, f"{token.parts[0]}/{token.parts[1]}{token.suffix}"
    if token.value is None or token.ordinal:
        return None
    text, after = f"{token.value}{token.suffix}", at + 1
    if reading.word(after) == "," and reading.word(after + 1) == "дробь":
        after += 1
    if reading.word(after) == "дробь" and reading.number(after + 1) is not None:
        return after + 2, f"{text}/{_number_text(reading, after + 1)}"
    if (
        reading.word(after) in ("а", "б", "в", "г", "д")
        and not token.suffix
        and reading.word(after + 1) != reading.word(after)
    ):
        return after + 1, text + reading.word(after)
    return after, text


def _street_name(reading: Reading, names: list[str], *, masculine: bool = False) -> str:
    """Return the street's name: the clinic's spelling if it is like one known, else in the nominative.

    "переулок Речной" is in it already.
    """
    spoken = " ".join(names)
    known = _known_street(spoken, reading.directory.streets)
    if known:
        return known
    return " ".join((name if masculine else _feminine_nominative(name)).capitalize() for name in names)


def _known_street(spoken: str, streets: Sequence[str]) -> str:
    """Return the clinic's street that is like the spoken one; what is no word at all may be less like it."""
    ranked = process.extract(spoken, streets, scorer=fuzz.ratio, processor=fold, limit=2)
    if not ranked:
        return ""
    (name, likeness, _), others = ranked[0], ranked[1:]
    garbled = not all(morph.is_known(word) for word in spoken.split())
    apart = not others or likeness - others[0][1] >= _APART
    return str(name) if likeness >= _LIKE or (garbled and apart and likeness >= _GARBLED_LIKE) else ""


def _feminine_nominative(word: str) -> str:
    """Turn "комсомольской" into "комсомольская"; "ленина" and "мира" stay."""
    if word.endswith(("ской", "цкой", "ной", "вой", "той", "лой", "дой")) and len(word) > 5:
        return word[:-2] + "ая"
    if word.endswith(("скую", "цкую", "ную", "вую")):
        return word[:-2] + "ая"
    return word
