"""One clock time in any wording: "полдесятого", "без двадцати восемь", "девять сорок", "18.20"."""

from __future__ import annotations

from typing import Final

from dialogs.slots.mentions import Match, Reading

_HALVES: Final = {
    "первого": 1, "второго": 2, "третьего": 3, "четвертого": 4, "пятого": 5, "шестого": 6, "седьмого": 7, "восьмого": 8,
    "девятого": 9, "десятого": 10, "одиннадцатого": 11, "двенадцатого": 12,
}  # fmt: skip
POINT: Final = frozenset(
    {"в", "во", "на", "к", "около", "ровно", "часов", "часам", "примерно", "где-то", "время", "вместо"}
)
BOUND: Final = frozenset({"с", "со", "до", "по", "после", "раньше", "позже", "от"})
_NOT_HOURS: Final = (
    "лет", "год", "месяц", "мес", "дней", "день", "дня", "недел", "раз", "рубл", "тысяч", "процент", "человек",
    "кабинет", "поликлин", "этаж", "подъезд", "квартир", "градус", "таблет", "капел", "укол", "групп", "корпус",
    "номер", "школ", "дом", "больниц", "минут", "работ", "палат", "сотен", "штук", "зуб", "ребен", "дет",
    "врач", "анализ", "микро", "прием", "литр", "сеанс",
)  # fmt: skip
_NUMBERED: Final = (
    "дом", "квартир", "кв", "корпус", "корп", "подъезд", "этаж", "кабинет", "палат", "номер", "школ", "температур",
    "давлен", "возраст", "поликлиник", "улиц", "мне", "ему", "ей", "полис",
)  # fmt: skip
_SPANS: Final = ("минут", "дня", "деньк", "недел", "месяц", "часа", "часок")
_MORNING: Final = ("утра", "утром", "утречком")
_DAY: Final = ("дня", "днем")
_EVENING: Final = ("вечера", "вечером")


def clock(hour: int, minute: int = 0, part: str = "") -> str | None:
    """Return HH:MM; hours 1-7 without a part of day are p.m., None for what no clock shows."""
    if not 0 <= hour <= 24 or not 0 <= minute <= 59:
        return None
    if part in (*_MORNING, "ночи"):
        hour = 0 if hour == 12 else hour
    elif (part in (*_DAY, *_EVENING) and hour < 12) or (not part and 1 <= hour <= 7):
        hour += 12
    return f"{hour % 24:02d}:{minute:02d}"


def moment(reading: Reading, index: int) -> Match | None:
    """Read a clock time in any wording, whatever stands before it."""
    for read in (_half, _quarter_to, _written, _packed, _hours_minutes):
        match = read(reading, index)
        if match is not None:
            return match
    return None


def one(reading: Reading, index: int) -> Match | None:
    """Read "часу дня" as a bound."""
    if reading.word(index) not in ("час", "часу", "часа", "часом"):
        return None
    part = _part_of_day(reading, index + 1)
    return 1 + bool(part), clock(1, 0, part) or "13:00"


def _half(reading: Reading, index: int) -> Match | None:
    """Read "полдевятого", "пол девятого", "половина десятого", "четверть одиннадцатого", "десять минут десятого"."""
    word, length = reading.word(index), 1
    minute = 30
    if word.startswith("пол") and word[3:] in _HALVES:
        hour = _HALVES[word[3:]]
    else:
        if word == "четверть":
            minute = 15
        elif reading.number(index) in range(1, 60) and reading.word(index + 1).startswith("минут"):
            minute, length = reading.number(index) or 0, 2
        elif word not in ("пол", "половина", "половине", "половину", "полови"):
            return None
        hour = _hour_ordinal(reading, index + length)
        length += 1
    part = _part_of_day(reading, index + length)
    value = clock(hour - 1 or 12, minute, part) if hour else None
    return (length + bool(part), value) if value else None


def _hour_ordinal(reading: Reading, index: int) -> int:
    token = reading.tokens[index] if index < len(reading.tokens) else None
    if token is None or not token.ordinal or token.value is None or not 1 <= token.value <= 12:
        return 0
    return token.value


def _quarter_to(reading: Reading, index: int) -> Match | None:
    """Read "без двадцати восемь", "без четверти десять", "без пяти минут час"."""
    if reading.word(index) != "без":
        return None
    minutes = 15 if reading.word(index + 1).startswith("четверт") else reading.number(index + 1)
    at = index + 2 + (1 if reading.word(index + 2).startswith("минут") else 0)
    hour = 1 if reading.word(at) == "час" else reading.number(at)
    if minutes is None or hour is None or not 1 <= minutes <= 30 or not 1 <= hour <= 23:
        return None
    at += 1
    part = _part_of_day(reading, at)
    # the hour before is p.m. only together with the hour named: "без пяти восемь" is 7:55 in the morning
    named = clock(hour, 0, part)
    if named is None:
        return None
    total = int(named[:2]) * 60 - minutes
    return at + bool(part) - index, f"{total // 60 % 24:02d}:{total % 60:02d}"


def _written(reading: Reading, index: int) -> Match | None:
    """Read "9:30", "9.30", "9-30", "18.20"."""
    if not 0 <= index < len(reading.tokens) or index in reading.used:
        return None
    token = reading.tokens[index]
    if len(token.parts) != 2 or token.separator not in (":", ".", ",", "-", "–") or len(token.parts[1]) != 2:
        return None
    if int(token.parts[0]) > 23 or reading.word(index - 1).startswith(_NUMBERED):
        return None
    length = 2 if reading.word(index + 1).startswith("час") else 1
    part = _part_of_day(reading, index + length)
    hour = int(token.parts[0])
    value = clock(hour, int(token.parts[1]), part or ("утра" if token.parts[0].startswith("0") else ""))
    return (length + bool(part), value) if value else None


def _packed(reading: Reading, index: int) -> Match | None:
    """Read "930" and "1130" as recognisers write them, where a time is expected."""
    if not 0 <= index < len(reading.tokens) or index in reading.used:
        return None
    token = reading.tokens[index]
    expected = reading.state == "ask_time" or reading.word(index - 1) in ("на", "в", "к")
    if token.value is None or token.spoken or token.suffix or len(token.digits) not in (3, 4) or not expected:
        return None
    hour, minute = divmod(token.value, 100)
    if minute % 5 or not 7 <= hour <= 21 or reading.word(index + 1).startswith(_NOT_HOURS):
        return None
    part = _part_of_day(reading, index + 1)
    value = clock(hour, minute, part or "утра" if hour < 12 else part)
    return (1 + bool(part), value) if value else None


def _hours_minutes(reading: Reading, index: int) -> Match | None:
    """Read "девять", "девять часов тридцать минут", "девять ноль ноль", "десять сорок", "час дня"."""
    hour = reading.number(index)
    if hour is None or not 0 <= hour <= 24 or _is_other_number(reading, index):
        return None
    at = index + 1
    if reading.word(at) in ("час", "часа", "часов", "часам", "часиков", "ч"):
        at += 1
    minutes = _minutes(reading, at, after_unit=at > index + 1)
    if minutes is not None:
        at += minutes[0]
    part = _part_of_day(reading, at)
    value = clock(hour, minutes[1] if minutes else 0, part or _part_before(reading, index))
    return (at + bool(part) - index, value) if value else None


def _minutes(reading: Reading, at: int, *, after_unit: bool) -> tuple[int, int] | None:
    first, second = reading.number(at), reading.number(at + 1)
    if first is None or reading.tokens[at].ordinal:
        return None
    if first == 0 and second is not None and second < 10 and reading.tokens[at].digits == "0":
        return 2, second
    unit = reading.word(at + 1).startswith("минут")
    if unit and first < 60:
        return 2, first
    plausible = 10 <= first < 60 or reading.tokens[at].digits in ("00", "05")
    if plausible and second is None and not reading.word(at + 1).startswith(_NOT_HOURS):
        return 1, first
    return None


def _is_other_number(reading: Reading, index: int) -> bool:
    """Tell a house, an age, a temperature, a count from an hour."""
    token, following, before = reading.tokens[index], reading.word(index + 1), reading.word(index - 1)
    if _is_in_run(reading, index) or _is_duration(reading, index):
        return True
    if token.spoken and token.value == 1 and not following.startswith("час"):
        return True  # "ни одно": the hour itself is called "час"
    if token.ordinal or token.suffix or len(token.digits) > 2 or before.startswith(_NUMBERED):
        return True
    if following in _DAY and reading.word(index - 1) != "через":
        return False
    if before == "на" and reading.word(index - 2).startswith(_SPANS):
        return True  # "минут на двадцать", "денька на три", "часа на два"
    return following.startswith(_NOT_HOURS) or before in ("через", "за", "раза", "каждые")


def _is_in_run(reading: Reading, index: int) -> bool:
    """Tell dictated digits from a time: a number stands right before, or two more follow."""
    if reading.number(index - 1) is not None and not reading.tokens[index - 1].ordinal:
        return True
    return (
        reading.number(index + 1) is not None
        and reading.number(index + 2) not in (None, 0)
        and (reading.number(index + 1) != 0 or reading.number(index + 3) is not None)
    )


def _is_duration(reading: Reading, index: int) -> bool:
    """Tell "ждали два часа", "на два часа позже", "продлить на три дня" from times."""
    unit, after = reading.word(index + 1), reading.word(index + 2)
    if unit.startswith("час"):
        bare = reading.word(index - 1) not in POINT | BOUND and reading.state not in ("ask_time", "ask_slot_ok")
        timed = reading.number(index + 2) is not None or after in (*_MORNING, *_DAY, *_EVENING, "ночи")
        return after in ("позже", "раньше", "назад", "попозже", "пораньше") or (bare and not timed)
    return unit == "дня" and (reading.word(index - 1) == "за" or reading.has_stem("продл", "больничн", "обеща"))


def _part_of_day(reading: Reading, index: int) -> str:
    word = reading.word(index)
    return word if word in (*_MORNING, *_DAY, *_EVENING, "ночи") and index not in reading.used else ""


def _part_before(reading: Reading, index: int) -> str:
    """Return the part of day in "вечером в восемь", "утром часов в семь"."""
    for back in range(index - 1, max(index - 4, -1), -1):
        word = reading.word(back)
        if word in (*_MORNING, *_DAY, *_EVENING):
            return word
        if word not in POINT | BOUND:
            break
    return ""
