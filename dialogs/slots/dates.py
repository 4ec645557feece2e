"""Dates of visits in speech: by number and month, written by a recogniser, or told from today."""

from __future__ import annotations

from typing import Final

from dialogs.slots import calendar as cal
from dialogs.slots import morph
from dialogs.slots.mentions import Match, Matcher, Mention, Reading, in_past
from dialogs.slots.relative import NEXT, RELATIVE_MATCHERS, inflections

_MONTHS: Final = (
    "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
_MONTH_FORMS: Final = {form: index + 1 for form, index in inflections(_MONTHS).items()}


_ORDINAL_NOUNS: Final = (
    "этаж", "подъезд", "кабинет", "поликлин", "корпус", "школ", "дом", "групп", "год", "раз", "час", "микро", "отделен",
)  # fmt: skip
_CHOICE_STATES: Final = frozenset({"ask_choice", "ask_slot_ok", "ask_branch"})
_DAY_PREPOSITIONS: Final = frozenset(
    {"на", "с", "до", "по", "после", "от", "и", "или", "за", "", ",", "только", "лучше", "давайте", "не"}
)


def month_of(word: str) -> int | None:
    """Return the number of a month (1 = January) in any case."""
    return _MONTH_FORMS.get(word)


def find_dates(reading: Reading) -> list[Mention]:
    """Find all dates of visits in order; the tokens they took are marked used."""
    found: list[Mention] = []
    index = 0
    while index < len(reading.tokens):
        match = _match(reading, index) if index not in reading.used else None
        if match is None:
            index += 1
            continue
        length, value = match
        found.append(Mention(start=index, end=index + length, value=value))
        reading.take(index, index + length)
        index += length
    return found


def _match(reading: Reading, index: int) -> Match | None:
    for matcher in _MATCHERS:
        match = matcher(reading, index)
        if match is not None and reading.is_free(index, index + match[0]):
            return match
    return None


def _day_month(reading: Reading, index: int) -> Match | None:
    """Read "двадцать пятого ноября", "3-го декабря 2026 года"."""
    day, month = reading.number(index), month_of(reading.word(index + 1)) or _ordinal_month(reading, index)
    if day is None or month is None or not 1 <= day <= 31:
        return None
    year = reading.number(index + 2)
    if year is not None and 2000 <= year <= 2100:
        exact = cal.valid(year, month, day)
        length = 4 if reading.word(index + 3).startswith("год") else 3
        return (length, exact.isoformat()) if exact else None
    found = cal.day_of_month(reading.today, month, day, past=in_past(reading, index))
    return (2, found.isoformat()) if found else None


def _ordinal_month(reading: Reading, index: int) -> int | None:
    """Read the month of "двадцать пятое одиннадцатого"."""
    month = reading.number(index + 1)
    if month is None or not 1 <= month <= 12 or not reading.tokens[index].ordinal:
        return None
    return month if reading.tokens[index + 1].text.endswith("го") else None


def _month(reading: Reading, index: int) -> Match | None:
    word = reading.word(index)
    if word.startswith(NEXT) and reading.word(index + 1).startswith("месяц"):
        first = cal.add_months(reading.today.replace(day=1), 1)
        return 2, cal.month_span(first.year, first.month)
    third = {"начал": (1, 10), "середин": (11, 20), "конц": (21, 31), "конец": (21, 31)}
    stem = next((stem for stem in third if word.startswith(stem)), "")
    month = month_of(reading.word(index + 1)) if stem else month_of(word)
    if month is None or (not stem and reading.number(index - 1) is not None):
        return None
    if (
        not stem
        and reading.word(index - 1) not in ("в", "на", "до", "весь", "за", "уже")
        and reading.state != "ask_date"
    ):
        return None
    year = reading.today.year + (1 if month < reading.today.month else 0)
    return (2 if stem else 1), cal.month_span(year, month, *third.get(stem, (1, 31)))


def _written(reading: Reading, index: int) -> Match | None:
    """Read "02.12", "2.12.2026", "02.12.26"; "9.30" and "10.10" at a time question are times."""
    token = reading.tokens[index]
    if token.kind != "num" or token.separator not in (".", "/") or len(token.parts) not in (2, 3):
        return None
    day, month = int(token.parts[0]), int(token.parts[1])
    if len(token.parts) == 2 and (len(token.parts[1]) != 2 or _looks_like_time(reading, index)):
        return None
    if len(token.parts) == 3:
        year = cal.full_year(int(token.parts[2]), pivot=99)
        found = cal.valid(year, month, day) if year else None
    else:
        found = cal.day_of_month(reading.today, month, day, past=in_past(reading, index)) if 1 <= month <= 12 else None
    return (1, found.isoformat()) if found else None


def _looks_like_time(reading: Reading, index: int) -> bool:
    first, second = reading.tokens[index].parts[:2]
    if int(first) > 23 or int(second) > 59 or first.startswith("0"):
        return False
    return reading.state == "ask_time" or reading.word(index - 1) in ("в", "к", "до", "после", "около")


def _day_number(reading: Reading, index: int) -> Match | None:
    """Read "на двадцать пятое", "25-го", "25 числа": a bare day of the month."""
    token, day = reading.tokens[index], reading.number(index)
    if day is None or not 1 <= day <= 31 or token.suffix:
        return None
    following, before = reading.word(index + 1), reading.word(index - 1)
    if reading.state in _CHOICE_STATES and day <= 4 and before != "на" and not following.startswith("числ"):
        return None  # "первое" picks from what was offered
    if before.startswith(("половин", "пол", "четверт", "минут")) or _counts_things(reading, index):
        return None
    explicit = following.startswith("числ")
    feminine = not token.text.endswith(("го", "е", "му"))
    asked = reading.state == "ask_date" and _is_lone_number(reading, index)
    if not explicit and not asked and (not token.ordinal or feminine or following.startswith(_ORDINAL_NOUNS)):
        return None
    placed = before in _DAY_PREPOSITIONS or reading.state == "ask_date" or _stands_alone(reading, index)
    if not explicit and not asked and not placed:
        return None
    finder = cal.last_day_number if in_past(reading, index) and before != "на" else cal.next_day_number
    found = finder(reading.today, day)
    return (2 if explicit else 1, found.isoformat()) if found else None


def _counts_things(reading: Reading, index: int) -> bool:
    """Tell "второго ребёнка" by a noun that agrees with the ordinal."""
    following = reading.word(index + 1)
    if not following or index + 1 in reading.used or following.startswith("числ"):
        return False
    tag = morph.parses(following)[0].tag
    return "NOUN" in tag and tag.case == "gent" and tag.number == "sing" and month_of(following) is None


def _stands_alone(reading: Reading, index: int) -> bool:
    """Tell "в десять утра двадцать седьмого" from "второго ребёнка": a day in the genitive with no noun after it."""
    following = reading.word(index + 1)
    noun = bool(following) and "NOUN" in morph.parses(following)[0].tag
    return reading.tokens[index].text.endswith("го") and (not noun or index + 1 in reading.used)


def _is_lone_number(reading: Reading, index: int) -> bool:
    """Asked for a date, "двадцать пять" alone or "на 25" is a day, "на десять утра" is not."""
    following, before = reading.word(index + 1), reading.word(index - 1)
    others = any(place != index and reading.tokens[place].kind == "num" for place in range(len(reading.tokens)))
    if others or reading.used or before in ("в", "к", "во", "около", "после", "до", "часов"):
        return False
    return reading.number(index + 1) is None and not following.startswith(
        ("час", "утр", "дн", "дня", "вечер", "мин", "лет")
    )


_MATCHERS: Final[tuple[Matcher, ...]] = (*RELATIVE_MATCHERS, _day_month, _month, _written, _day_number)
