"""Times of day in speech: moments, "после шести", "с девяти до двух", "утром", "после работы"."""

from __future__ import annotations

from typing import Final

from dialogs.slots.clock import BOUND, POINT, moment, one
from dialogs.slots.lexicon import word_list
from dialogs.slots.mentions import Match, Matcher, Mention, Reading

_PARTS: Final = {
    "утром": "08:00/12:00", "утра": "08:00/12:00", "утро": "08:00/12:00", "утречком": "08:00/12:00",
    "утреца": "08:00/12:00", "утречка": "08:00/12:00",
    "утру": "08:00/12:00", "утренний": "08:00/12:00", "утреннее": "08:00/12:00",
    "днем": "12:00/17:00",
    "дневное": "12:00/17:00", "вечером": "17:00/21:00", "вечерком": "17:00/21:00", "вечеру": "17:00/21:00",
    "вечер": "17:00/21:00", "вечернее": "17:00/21:00", "вечерний": "17:00/21:00", "полдень": "12:00",
}  # fmt: skip
_PHRASES: Final = {
    ("до", "обеда"): "../13:00", ("после", "обеда"): "13:00/..", ("после", "работы"): "17:00/21:00",
    ("районе", "полудня"): "12:00", ("к", "полудню"): "12:00",
    ("после", "полудня"): "13:00/..", ("до", "полудня"): "../12:00", ("вторая", "половина", "дня"): "13:00/..",
    ("второй", "половине", "дня"): "13:00/..", ("вторую", "половину", "дня"): "13:00/..",
    ("второй", "половине"): "13:00/..", ("вторую", "половину"): "13:00/..", ("первой", "половине", "дня"): "../13:00",
    ("первую", "половину", "дня"): "../13:00", ("первая", "половина", "дня"): "../13:00",
    ("первой", "половине"): "../13:00", ("первую", "половину"): "../13:00",
    ("в", "обед"): "12:00/14:00", ("в", "обеденный", "перерыв"): "12:00/14:00", ("в", "час"): "13:00",
    ("к", "часу"): "13:00", ("часу", "дня"): "13:00", ("час", "дня"): "13:00", ("часа", "дня"): "13:00",
    ("после", "часа"): "13:00/..", ("до", "часа"): "../13:00", ("конце", "дня"): "17:00/21:00",
    ("до", "вечера"): "../17:00", ("час", "ночи"): "01:00",
}  # fmt: skip


_MOVING: Final = tuple(word_list("moving_stems"))
_BESIDE: Final = 2
"""A part of day within so many words of a clock time belongs to it."""


def find_times(reading: Reading) -> list[Mention]:
    """Find all times in order; a clock time makes the parts of day around it redundant."""
    exact = _scan(reading, (_interval, _bounded, _clock))
    parts = _scan(reading, (_phrase, _part))
    if exact and (reading.moving or reading.has_stem(*_MOVING)):
        parts = [part for part in parts if all(_apart(part, one) for one in exact)]  # "в девять, можно после обеда"
        return sorted([*exact, *parts], key=lambda mention: mention.start)
    return sorted(exact, key=lambda mention: mention.start) if exact else parts


def _apart(first: Mention, second: Mention) -> bool:
    return max(first.start - second.end, second.start - first.end) > _BESIDE


def _scan(reading: Reading, matchers: tuple[Matcher, ...]) -> list[Mention]:
    found: list[Mention] = []
    index = 0
    while index < len(reading.tokens):
        match = next((hit for matcher in matchers if (hit := _free(reading, index, matcher))), None)
        if match is None:
            index += 1
            continue
        found.append(Mention(start=index, end=index + match[0], value=match[1]))
        reading.take(index, index + match[0])
        index += match[0]
    return found


def _free(reading: Reading, index: int, matcher: Matcher) -> Match | None:
    match = matcher(reading, index) if index not in reading.used else None
    return match if match and reading.is_free(index, index + match[0]) else None


def _interval(reading: Reading, index: int) -> Match | None:
    """Read "с девяти до двенадцати", "между тремя и пятью", "от 10 до 12"."""
    joiners = {"с": ("до", "по"), "со": ("до", "по"), "от": ("до",), "между": ("и",)}.get(reading.word(index))
    if joiners is None:
        return None
    first = moment(reading, index + 1) or (one(reading, index + 1) if reading.word(index) == "между" else None)
    if first is None or reading.word(index + 1 + first[0]) not in joiners:
        return None
    at = index + 2 + first[0]
    second = moment(reading, at) or one(reading, at)
    if second is None:
        return None
    return at + second[0] - index, f"{first[1]}/{second[1]}"


def _bounded(reading: Reading, index: int) -> Match | None:
    """Read "после шести", "до десяти утра", "не раньше трех", "не позже пяти", "начиная с 15:00"."""
    word = reading.word(index)
    start = index
    if word == "не" and reading.word(index + 1) in ("раньше", "ранее", "позже", "позднее"):
        word, index = "не " + reading.word(index + 1), index + 1
    shape = {
        "после": "{}/..", "позже": "{}/..", "до": "../{}", "раньше": "../{}", "не раньше": "{}/..", "не ранее": "{}/..",
        "не позже": "../{}", "не позднее": "../{}", "с": "{}/..",
    }.get(word)  # fmt: skip
    if shape is None:
        return None
    found = moment(reading, index + 1) or one(reading, index + 1)
    if found is None or (word == "с" and reading.word(index + 1 + found[0]) == "на"):
        return None
    return index + 1 + found[0] - start, shape.format(found[1])


def _clock(reading: Reading, index: int) -> Match | None:
    """Read one moment where the words around it say that it is a time."""
    found = moment(reading, index)
    if found is None:
        return None
    token = reading.tokens[index]
    evident = found[0] > 1 or token.kind == "word" or token.separator in (":", ".", "-", "–")
    asked = reading.state in ("ask_time", "ask_slot_ok")
    before = reading.word(index - 1)
    if token.separator in (".", "-", "–") and not asked and before not in POINT | BOUND and token.parts[1] != "00":
        evident = before in ("", ",", "и", "или", "запись", "утром", "лучше", "завтра") or index - 1 in reading.used
    moved = before in ("с", "со") and reading.word(index + found[0]) == "на"
    if evident or asked or moved or before in POINT or (before in ("или", "лучше") and index > 1):
        return found
    return None


def _phrase(reading: Reading, index: int) -> Match | None:
    for length in (3, 2):
        words = tuple(reading.word(index + step) for step in range(length))
        if words in _PHRASES:
            return length, _PHRASES[words]
    return None


def _part(reading: Reading, index: int) -> Match | None:
    word = reading.word(index)
    if "добр" in (reading.word(index - 1)[:4], reading.word(index + 1)[:4]):
        return None  # "доброе утро" greets
    if word == "утра" and reading.word(index - 1) not in ("с", "прямо", "самого"):
        return None
    return (1, _PARTS[word]) if word in _PARTS else None
