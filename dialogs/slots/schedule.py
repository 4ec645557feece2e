"""Which of the dates and times heard is wanted, which is the old one of a rescheduling, which does not count."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from dialogs.slots.dates import find_dates
from dialogs.slots.lexicon import word_list
from dialogs.slots.mentions import Mention, Reading, in_past
from dialogs.slots.times import find_times

_MOVING: Final = tuple(word_list("moving_stems"))
_CANCEL: Final = tuple(word_list("cancel_stems"))
_BOOKED: Final = word_list("booked_words")
_WANTED: Final = word_list("wanted_words")
_UNABLE: Final = word_list("unable_phrases")
_SYMPTOMS: Final = tuple(word_list("symptom_stems"))
_ROUTINE: Final = tuple(word_list("routine_stems"))
_BOOKING: Final = tuple(word_list("booking_stems"))
_VISIT: Final = tuple(word_list("visit_stems"))
_WISH: Final = tuple(word_list("wish_stems"))
_UNABLE_BEFORE: Final = re.compile(
    r"не (?:могу|смогу|сможем|получится|получается|успеваю|успею|приду)"
    r"(?: прийти| приехать| подойти| быть| попасть)?(?: в| во| на| к)?$"
)
_SHIFT: Final = re.compile(r"\bна (?:(\d+) )?(день|дня|дней|неделю|недели|недель) (позже|попозже|раньше|пораньше)\b")
_REMINDED: Final = frozenset({"reminder", "ask_move"})
_ISO_LENGTH: Final = len("2026-11-23")
_BUSY: Final = ("работ", "смен", "учеб", "школ", "поезд", "самолет", "сад", "урок")
_WHOLE_PARTS: Final = frozenset({"08:00/12:00", "12:00/17:00", "17:00/21:00"})


def read_schedule(reading: Reading) -> dict[str, str]:
    """Read date, time, date_from and time_from of one utterance."""
    dates = [m for m in _merge_intervals(reading, find_dates(reading)) if _counts(reading, m)]
    times = [m for m in find_times(reading) if _counts_time(reading, m)]
    old_date = _old(reading, dates)
    old_time = _old(reading, times) or _beside(old_date, dates, times)
    dates, old_date = _shifted(reading, dates, old_date)
    return _values(reading, "date", dates, old_date) | _values(reading, "time", times, old_time)


def _shifted(reading: Reading, dates: list[Mention], old: Mention | None) -> tuple[list[Mention], Mention | None]:
    """Read "двадцать седьмого, надо на неделю позже": the day named is the old one, the new one counts from it."""
    text = " ".join(token.text for token in reading.tokens)
    match = _SHIFT.search(text)
    known = old or (dates[0] if len(dates) == 1 else None)
    if match is None or known is None or len(known.value) != _ISO_LENGTH or not _is_moving(reading):
        return dates, old
    count = int(match[1]) if match[1] else 1
    days = count * (7 if match[2].startswith("недел") else 1) * (-1 if match[3].endswith("раньше") else 1)
    day = date.fromisoformat(known.value) + timedelta(days=days)
    return [known, Mention(start=known.end, end=known.end, value=day.isoformat())], known


def _merge_intervals(reading: Reading, dates: list[Mention]) -> list[Mention]:
    """Join "с двадцать пятого по двадцать восьмое" and "до пятницы" alone stays a day."""
    merged: list[Mention] = []
    for mention in dates:
        last = merged[-1] if merged else None
        gap = [reading.word(i) for i in range(last.end, mention.start)] if last else []
        opened = last is not None and reading.word(last.start - 1) in ("с", "со", "от")
        if last and opened and gap and gap[-1] in ("по", "до") and len(gap) <= 2:
            value = f"{last.value[:10]}/{_not_before(mention.value[-10:], last.value[:10])}"
            merged[-1] = Mention(start=last.start - 1, end=mention.end, value=value)
        else:
            merged.append(mention)
    return merged


def _not_before(end: str, start: str) -> str:
    """Return the end of an interval; "с понедельника по среду" ends in the week it begins in."""
    day = date.fromisoformat(end)
    return (day + timedelta(weeks=1)).isoformat() if end < start else end


def _counts(reading: Reading, mention: Mention) -> bool:
    """Tell whether a date is spoken of as a visit: not denied, not the onset of an illness."""
    if _is_denied(reading, mention) or _is_farewell(reading, mention):
        return False
    if not _is_onset_talk(reading):
        return True
    start = date.fromisoformat(mention.value[:10])
    told = reading.word(mention.start - 1) in ("с", "со") or start < reading.today
    if told or reading.word(mention.end).startswith(_SYMPTOMS):
        return False
    return start > reading.today or reading.word(mention.start - 1) == "на" or _is_asked(reading)


def _is_farewell(reading: Reading, mention: Mention) -> bool:
    """Tell "спасибо, до завтра"."""
    return (
        reading.state == "ask_more" and reading.word(mention.start - 1) == "до" and mention.end == len(reading.tokens)
    )


def _is_asked(reading: Reading) -> bool:
    """Tell whether a visit is asked for, so that beside a symptom a day or an hour can be its own."""
    return reading.state in ("ask_date", "ask_time", "ask_slot_ok") or reading.has_stem(*_VISIT, *_WISH)


def _counts_time(reading: Reading, mention: Mention) -> bool:
    if _is_denied(reading, mention):
        return False
    if reading.word(mention.end) in ("на", "в") and reading.word(mention.end + 1).startswith(_BUSY):
        return False  # "мне к двум на работу"
    since = reading.word(mention.start - 1) in ("с", "со")
    beside = (reading.word(mention.start - 1), reading.word(mention.end))
    if ".." in mention.value and "или" in beside and reading.state == "open":
        return False  # "вы до восьми или до девяти" asks too
    if mention.value in _WHOLE_PARTS and (reading.word(mention.end) == "или" or _is_impossible(reading, mention)):
        return False  # "с утра или после обеда" asks, "утром не могу" wishes for another part of day
    if mention.value in _WHOLE_PARTS and not _is_wish(reading, mention.start, since):
        return False
    return not (_is_onset_talk(reading) and (since or not _is_asked(reading)))


def _is_wish(reading: Reading, start: int, since: bool) -> bool:
    """Tell whether a part of day is wanted: "с утра ждём" and "утром таблетки принимать" are none."""
    if reading.state in ("ask_time", "ask_date", "ask_slot_ok", "reminder", "ask_move", "ask_choice"):
        return True
    if since and start - 2 in reading.used and not reading.has_stem(*_ROUTINE):
        return True  # "в субботу с утра"
    if in_past(reading, start) or reading.has_stem(*_ROUTINE) or reading.state == "ask_symptoms":
        return False
    return not since or reading.has_stem(*_BOOKING, "врач", "пораньше", "хочу", "хоте", "завтра")


def _is_onset_talk(reading: Reading) -> bool:
    return reading.has_stem(*_SYMPTOMS) and not reading.has_stem(
        "больничн", "результат", "сдава", "анализ", "взял", "брал"
    )


def _is_denied(reading: Reading, mention: Mention) -> bool:
    """Tell "только не в среду", "кроме пятницы", "в среду не могу" (without a booking to move)."""
    before = [reading.word(mention.start - step) for step in (1, 2)]
    if before[0] in ("не", "кроме") or (
        before[1] in ("не", "кроме") and before[0] in ("в", "во", "на", "с", "к", "после")
    ):
        return True
    return _is_impossible(reading, mention) and not _is_moving(reading)


def _is_impossible(reading: Reading, mention: Mention) -> bool:
    following = [reading.word(mention.end + step) for step in range(4)]
    after = " ".join(following).split(" , ")[0] if following[0] != "," else ""
    before = " ".join(reading.word(index) for index in range(max(0, mention.start - 5), mention.start))
    refused = reading.word(mention.end) == "нет"  # "в среду смогу, завтра нет"
    return refused or any(phrase in after for phrase in _UNABLE) or bool(_UNABLE_BEFORE.search(before))


def _is_moving(reading: Reading) -> bool:
    """Tell whether an existing booking is spoken of."""
    booked = reading.has_stem(*_MOVING, *_CANCEL) or reading.has_any(_BOOKED)
    return reading.moving or booked or reading.state in _REMINDED


def _old(reading: Reading, mentions: list[Mention]) -> Mention | None:
    if len({mention.value for mention in mentions}) == 1 and len(mentions) > 1:
        return None  # "вечером после работы" is one wish in two wordings
    return next((mention for mention in mentions if _is_old(reading, mention, mentions)), None)


def _beside(old_date: Mention | None, dates: list[Mention], times: list[Mention]) -> Mention | None:
    """Return the only time where it belongs to the old date: "записан на завтра на десять, можно на послезавтра"."""
    if old_date is None or len(times) != 1 or len(dates) < 2:
        return None
    return times[0] if 0 <= times[0].start - old_date.end <= 1 else None


def _is_limit(reading: Reading, mention: Mention) -> bool:
    """Tell "в командировке до четверга" from the day that is wanted, where another day is named too."""
    return ":" not in mention.value and reading.word(mention.start - 1) in ("до", "по", "с", "со")


def _values(reading: Reading, name: str, mentions: list[Mention], old: Mention | None) -> dict[str, str]:
    fresh = [mention for mention in mentions if old is None or mention.value != old.value]
    new = next((one for one in fresh if not _is_limit(reading, one)), fresh[0] if fresh else None)
    values = {name: new.value} if new else {}
    return values | ({f"{name}_from": old.value} if old else {})


def _is_old(reading: Reading, mention: Mention, mentions: list[Mention]) -> bool:
    """Tell the value a booking has now: "с пятницы на …", "вместо вторника", "записан на среду, перенесите"."""
    if not _is_rescheduling(reading, len(mentions)):
        return False
    before = reading.word(mention.start - 1)
    if before in ("с", "со") and mention.value not in _WHOLE_PARTS and not mention.value.endswith(".."):
        return True
    if before == "вместо" or reading.word(mention.start - 2) == "вместо":
        return True
    if (reading.state in _REMINDED or reading.moving) and _gives_way(reading, mention, mentions):
        return True
    if _is_impossible(reading, mention) or reading.word(mention.end) in ("стоит", "стоят", "назначено", "назначен"):
        return True
    return _after_booking(reading, mention) and not _after_moving(reading, mention)


def _gives_way(reading: Reading, mention: Mention, mentions: list[Mention]) -> bool:
    """Tell the first day of "завтра у меня суд, давайте на четверг" as the one that was booked."""
    later = [one for one in mentions if one.value != mention.value]
    if not later or mention is not mentions[0] or _after_moving(reading, mention):
        return False
    between = [reading.word(index) for index in range(mention.end, later[0].start)]
    return "или" not in between and ("а" in between or _after_moving(reading, later[0]))


def _is_rescheduling(reading: Reading, number: int) -> bool:
    """Tell whether a booking is being moved; `number` is how many values of the kind were said."""
    if reading.has_stem("отмен") and not reading.has_stem(*_MOVING):
        return False
    if reading.moving:
        return True
    several = reading.has_any((*_BOOKED, "время", "мое")) and reading.has_any(_WANTED)
    unable = any(phrase in " ".join(token.text for token in reading.tokens) for phrase in _UNABLE)
    return (
        reading.has_stem(*_MOVING)
        or (several and (unable or number > 1))
        or (reading.state in _REMINDED and (unable or number > 1))
    )


def _after_booking(reading: Reading, mention: Mention) -> bool:
    words = [reading.word(index) for index in range(max(0, mention.start - 5), mention.start)]
    after = [reading.word(index) for index in range(mention.end, mention.end + 3)]
    adjective = reading.word(mention.start).endswith(("ний", "нюю", "него", "ную", "ный", "ного", "няя"))
    return (
        any(word in _BOOKED or word == "мое" for word in words)
        or adjective
        or any(word in ("прием", "запись") for word in after[:2])
        or any(word in ("стою", "записан", "записана", "записаны") for word in after)
    )


def _after_moving(reading: Reading, mention: Mention) -> bool:
    words = [reading.word(index) for index in range(max(0, mention.start - 5), mention.start)]
    moved = any(word.startswith(_MOVING) or word in _WANTED for word in words)
    planned = (
        reading.word(mention.start - 1) in ("на", "в", "во", "до", "после", "к", *_WANTED)
        or reading.word(mention.start - 2) == "на"
    )
    return moved and planned
