"""What a caller cannot do and what would do as well, in their own words: «не в среду», «завтра или в четверг»."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.calls.clinic_info import fold
from bot.domain.clinic import Opening, OpeningQuery
from dialogs.port import NluContext, State
from dialogs.slots.extract import extract

_NOT = r"(?:кроме|исключая|только не|не|ни)(?: (?:по|в|во|на|с|до|раньше|раннее|рано))*"
_CANNOT = (
    r"(?:[а-я]+ ){0,3}?(?:не (?:мог|смог|получ|подход|подойд|успе|удоб|устра|над|хо)"
    r"|неудобн|никак|занят|работаю|на работе|учусь)"
)
_HOURS: Mapping[str, tuple[time, time]] = {
    "утр": (time(0), time(12)),
    "(?:днем|обед)": (time(12), time(17)),
    "вечер": (time(17), time(23, 59)),
}
_NEAR: Mapping[str, int] = {"послезавтра": 2, "завтра": 1, "сегодня": 0}
_OR = re.compile(r"\bили\b")


_WEEKDAYS: Mapping[str, frozenset[int]] = {
    "будн": frozenset(range(1, 6)),
    "рабоч": frozenset(range(1, 6)),
    "выходн": frozenset({6, 7}),
    "понедельник": frozenset({1}),
    "вторник": frozenset({2}),
    "сред": frozenset({3}),
    "четверг": frozenset({4}),
    "пятниц": frozenset({5}),
    "суббот": frozenset({6}),
    "воскресень": frozenset({7}),
}
_DAY = "|".join(_WEEKDAYS)
_EVERY = re.compile(rf"\b({_DAY})\w*(?:ам|ям|ым|им)\b|\b(?:в|на|только) (будн|рабоч|выходн)\w*")
"""«по средам», «в будни», «в рабочие дни»: every such day, unlike «в среду»."""
_ANY_FORM = re.compile(rf"\b({_DAY})\w*")
_PART = re.compile(r"[,.;]? (?:а|но|лучше|зато|можно) |[.;]")
"""Where what was said turns round: «не по средам, а по пятницам»."""
_NOT_BEFORE = re.compile(r"\b(?:кроме|исключая|только не|не(?= (?:по|в|во|на)\b))\b")
_NOT_AFTER = re.compile(r"\b(?:не (?:мог|смог|получ|подход|подойд|над|нужн|хо|устра|уда)|неудобн|занят|никак|исключ)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Avoided:
    """Days and hours that are not to be offered; hours half-open, clinic's local time."""

    weekdays: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()
    hours: tuple[tuple[time, time], ...] = ()

    def allows(self, opening: Opening, query: OpeningQuery) -> bool:
        """Whether it may be offered; a day or an hour that was asked for by itself is no more avoided."""
        at = opening.starts_at
        one_day = query.date_from is not None and query.date_from == query.date_to
        if not one_day and (at.isoweekday() in self.weekdays or at.date() in self.dates):
            return False
        if query.time_from is not None or query.time_to is not None:
            return True
        return not any(start <= at.time() < end for start, end in self.hours)


NOTHING_AVOIDED = Avoided()


def avoided(words: str, today: date, not_on: date | None = None) -> Avoided:
    """Read what does not suit out of everything said about the time so far; `not_on` is a day that does not."""
    said = fold(words)
    single = frozenset({not_on} if not_on else ())
    if not said:
        return Avoided(dates=single) if single else NOTHING_AVOIDED
    return Avoided(
        weekdays=said_days(said)[1],
        dates=single | {today + timedelta(days=days) for word, days in _NEAR.items() if _refused(word, said)},
        hours=tuple(span for word, span in _HOURS.items() if _refused(word, said)),
    )


def said_days(words: str) -> tuple[frozenset[int], frozenset[int]]:
    """ISO days of the week that were said to suit every week, and those that were said not to."""
    wanted, refused = frozenset[int](), frozenset[int]()
    for part in _PART.split(words):
        yes, no = part, ""
        if before := _NOT_BEFORE.search(part):
            yes, no = part[: before.start()], part[before.end() :]
        if _NOT_AFTER.search(part):
            # «по средам не могу»: the refusal stands behind the days
            yes, no = "", part
        every = _ANY_FORM if refused else _EVERY
        wanted |= _days_in(every, yes)
        refused |= _days_in(_ANY_FORM, no)
    return wanted, refused


def _days_in(pattern: re.Pattern[str], words: str) -> frozenset[int]:
    return frozenset[int]().union(*(_WEEKDAYS[found[found.lastindex or 0]] for found in pattern.finditer(words)))


def _refused(word: str, said: str) -> bool:
    return bool(re.search(rf"\b{_NOT} {word}|\b{word}[а-я]* {_CANNOT}", said))


def either(words: str, now: datetime) -> Sequence[tuple[str, str]]:
    """The two days or hours of «завтра или в четверг» as (date, time) in the form of slots; empty without a choice."""
    pieces = _OR.split(fold(words))
    if len(pieces) < 2:
        return ()
    context = NluContext(state=State.ASK_DATE, now=now)
    found = [extract(piece, context).slots for piece in pieces]
    hour = next((slots["time"] for slots in found if "time" in slots), "")
    day = next((slots["date"] for slots in found if "date" in slots), "")
    choices = [
        (slots.get("date", day), slots.get("time", hour)) for slots in found if "date" in slots or "time" in slots
    ]
    return tuple(dict.fromkeys(choices)) if len(set(choices)) > 1 else ()
