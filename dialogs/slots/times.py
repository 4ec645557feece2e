"""Times of day in speech: "полдесятого", "без двадцати восемь", "после шести", "с девяти до двух", "9.30", "утром"."""

from __future__ import annotations

from typing import Final

from dialogs.slots.mentions import Match, Matcher, Mention, Reading

_PARTS: Final = {
    "утром": "08:00/12:00", "утра": "08:00/12:00", "утро": "08:00/12:00", "утречком": "08:00/12:00",
    "утреца": "08:00/12:00", "утру": "08:00/12:00", "утренний": "08:00/12:00", "утреннее": "08:00/12:00",
    "днем": "12:00/17:00",
    "дневное": "12:00/17:00", "вечером": "17:00/21:00", "вечерком": "17:00/21:00", "вечеру": "17:00/21:00",
    "вечер": "17:00/21:00", "вечернее": "17:00/21:00", "вечерний": "17:00/21:00", "полдень": "12:00",
}  # fmt: skip
_PHRASES: Final = {
    ("до", "обеда"): "../13:00", ("после", "обеда"): "13:00/..", ("после", "работы"): "17:00/21:00",
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
_HALVES: Final = {
    "первого": 1, "второго": 2, "третьего": 3, "четвертого": 4, "пятого": 5, "шестого": 6, "седьмого": 7, "восьмого": 8,
    "девятого": 9, "десятого": 10, "одиннадцатого": 11, "двенадцатого": 12,
}  # fmt: skip
_POINT: Final = frozenset({"в", "во", "на", "к", "около", "ровно", "часов", "часам", "примерно", "где-то", "время"})
_BOUND: Final = frozenset({"с", "со", "до", "по", "после", "раньше", "позже", "от"})
_NOT_HOURS: Final = (
    "лет", "год", "месяц", "мес", "дней", "день", "дня", "недел", "раз", "рубл", "тысяч", "процент", "человек",
    "кабинет", "поликлин", "этаж", "подъезд", "квартир", "градус", "таблет", "капел", "укол", "групп", "корпус",
    "номер", "школ", "дом", "больниц", "палат", "сотен", "штук", "зуб", "ребен", "дет", "врач", "анализ", "микро",
    "прием",
    "литр", "сеанс",
)  # fmt: skip
_NUMBERED: Final = (
    "дом", "квартир", "кв", "корпус", "корп", "подъезд", "этаж", "кабинет", "палат", "номер", "школ", "температур",
    "давлен", "возраст", "поликлиник", "улиц", "мне", "ему", "ей", "полис",
)  # fmt: skip
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


def find_times(reading: Reading) -> list[Mention]:
    """Find all times in order; a clock time makes the parts of day around it redundant."""
    exact = _scan(reading, (_interval, _bounded, _clock))
    parts = _scan(reading, (_phrase, _part))
    return sorted(exact, key=lambda mention: mention.start) if exact else parts


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
    first = _moment(reading, index + 1)
    if first is None or reading.word(index + 1 + first[0]) not in joiners:
        return None
    at = index + 2 + first[0]
    second = _moment(reading, at) or _one(reading, at)
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
    moment = _moment(reading, index + 1) or _one(reading, index + 1)
    if moment is None or (word == "с" and reading.word(index + 1 + moment[0]) == "на"):
        return None
    return index + 1 + moment[0] - start, shape.format(moment[1])


def _clock(reading: Reading, index: int) -> Match | None:
    """Read one moment where the words around it say that it is a time."""
    moment = _moment(reading, index)
    if moment is None:
        return None
    token = reading.tokens[index]
    evident = moment[0] > 1 or token.kind == "word" or token.separator in (":", ".", "-", "–")
    asked = reading.state in ("ask_time", "ask_slot_ok")
    before = reading.word(index - 1)
    if token.separator in (".", "-", "–") and not asked and before not in _POINT | _BOUND and token.parts[1] != "00":
        evident = before in ("", ",", "и", "или", "запись", "утром", "лучше", "завтра") or index - 1 in reading.used
    moved = before in ("с", "со") and reading.word(index + moment[0]) == "на"
    if evident or asked or moved or before in _POINT or (before in ("или", "лучше") and index > 1):
        return moment
    return None


def _moment(reading: Reading, index: int) -> Match | None:
    """Read a clock time in any wording, whatever stands before it."""
    for read in (_half, _quarter_to, _written, _hours_minutes):
        match = read(reading, index)
        if match is not None:
            return match
    return None


def _one(reading: Reading, index: int) -> Match | None:
    """Read "часу дня" as a bound."""
    if reading.word(index) not in ("час", "часу", "часа"):
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
    if len(token.parts) != 2 or token.separator not in (":", ".", "-", "–") or len(token.parts[1]) != 2:
        return None
    if int(token.parts[0]) > 23 or reading.word(index - 1).startswith(_NUMBERED):
        return None
    length = 2 if reading.word(index + 1).startswith("час") else 1
    part = _part_of_day(reading, index + length)
    hour = int(token.parts[0])
    value = clock(hour, int(token.parts[1]), part or ("утра" if token.parts[0].startswith("0") else ""))
    return (length + bool(part), value) if value else None


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
    if token.ordinal or token.suffix or len(token.digits) > 2 or before.startswith(_NUMBERED):
        return True
    if following in _DAY and reading.word(index - 1) != "через":
        return False
    if before == "на" and reading.word(index - 2).startswith("минут"):
        return True
    return following.startswith(_NOT_HOURS) or before in ("через", "за", "раза", "каждые")


def _part_of_day(reading: Reading, index: int) -> str:
    word = reading.word(index)
    return word if word in (*_MORNING, *_DAY, *_EVENING, "ночи") and index not in reading.used else ""


def _part_before(reading: Reading, index: int) -> str:
    """Return the part of day in "вечером в восемь", "утром часов в семь"."""
    for back in range(index - 1, max(index - 4, -1), -1):
        word = reading.word(back)
        if word in (*_MORNING, *_DAY, *_EVENING):
            return word
        if word not in _POINT | _BOUND:
            break
    return ""


def _phrase(reading: Reading, index: int) -> Match | None:
    for length in (3, 2):
        words = tuple(reading.word(index + step) for step in range(length))
        if words in _PHRASES:
            return length, _PHRASES[words]
    return None


def _part(reading: Reading, index: int) -> Match | None:
    word = reading.word(index)
    if word == "утра" and reading.word(index - 1) not in ("с", "прямо", "самого"):
        return None
    return (1, _PARTS[word]) if word in _PARTS else None
