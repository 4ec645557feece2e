"""A value said aloud and heard again is the same value."""

from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.port import NluContext
from dialogs.slots.extract import extract
from dialogs.slots.numbers import read_number
from dialogs.slots.surnames import surname_to_nominative
from dialogs.slots.tokens import fold, tokenize
from dialogs.speech_text import (
    spoken_birth_date,
    spoken_date,
    spoken_digits,
    spoken_number,
    spoken_ordinal,
    spoken_phone,
    spoken_time,
)
from dialogs.speech_text.names import decline_surname

NOW = datetime.fromisoformat("2026-11-23T10:00:00+03:00")
PHONE_CODES = st.sampled_from(["916", "903", "495", "812", "985", "800"])
SURNAMES = st.sampled_from(
    [
        ("смирнова", "female"), ("орлов", "male"), ("шевченко", "male"), ("достоевский", "male"), ("гончар", "male"),
        ("магомедова", "female"), ("ильин", "male"), ("вишневская", "female"), ("черных", "female"), ("мельник",
        "male"),
    ]
)  # fmt: skip


UNHURRIED = settings(max_examples=150, deadline=None)  # the dictionary loads in the first example


def heard(text: str, state: str) -> dict[str, str]:
    return extract(text, NluContext(state=state, now=NOW)).slots


@UNHURRIED
@given(st.integers(min_value=0, max_value=999_999))
def test_cardinals(number):
    words = fold(spoken_number(number)).split()
    groups = read_number(words)
    assert groups is not None
    assert (groups.value, groups.length) == (number, len(words))


@UNHURRIED
@given(st.integers(min_value=1, max_value=99), st.sampled_from(["nomn", "gent", "datv"]))
def test_ordinals(number, case):
    words = fold(spoken_ordinal(number, case)).split()
    read = read_number(words)
    assert read is not None
    assert (read.value, read.ordinal, read.length) == (number, True, len(words))


@UNHURRIED
@given(st.integers(min_value=1, max_value=300))
def test_visit_dates(days):
    day = NOW.date() + timedelta(days=days)
    for form in ("plain", "on", "to"):
        assert heard(spoken_date(day, form=form, weekday=False), "ask_date") == {"date": day.isoformat()}


@UNHURRIED
@given(st.integers(min_value=7, max_value=20), st.integers(min_value=0, max_value=11))
def test_times(hour, fives):
    moment = time(hour, fives * 5)
    suffix = " утра" if hour == 7 else ""
    spoken = spoken_time(moment) if not suffix else spoken_time(moment) + suffix
    assert heard(spoken, "ask_time") == {"time": moment.strftime("%H:%M")}
    assert heard(moment.strftime("%H:%M") + suffix, "ask_time") == {"time": moment.strftime("%H:%M")}


@UNHURRIED
@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2025, 12, 31)))
def test_birth_dates(day):
    assert heard(spoken_birth_date(day), "ask_birth") == {"birth_date": day.isoformat()}
    assert heard(day.strftime("%d.%m.%Y"), "ask_birth") == {"birth_date": day.isoformat()}
    assert heard(day.strftime("%d %m %Y"), "ask_birth") == {"birth_date": day.isoformat()}


@UNHURRIED
@given(PHONE_CODES, st.integers(min_value=0, max_value=9_999_999))
def test_phones(code, rest):
    phone = f"+7{code}{rest:07d}"
    assert heard(spoken_phone(phone), "ask_phone") == {"phone": phone}
    assert heard(f"8 {code} {rest:07d}", "ask_phone") == {"phone": phone}


@UNHURRIED
@given(st.integers(min_value=10**11, max_value=10**12 - 1), st.sampled_from([1, 2, 3]))
def test_sick_leave_numbers(number, group):
    assert heard(spoken_digits(str(number), group), "ask_sick_number") == {"sick_leave_number": str(number)}
    assert heard(f"{number:,}", "ask_sick_number") == {"sick_leave_number": str(number)}


@UNHURRIED
@given(SURNAMES, st.sampled_from(["gent", "datv", "ablt"]))
def test_surnames(person, case):
    surname, gender = person
    assert surname_to_nominative(decline_surname(surname, case, gender), case, gender) == surname


@UNHURRIED
@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    tokenize(text)
    for state in ("open", "ask_date", "ask_name", "ask_address"):
        heard(text, state)
