"""Dictated digits: phone numbers, sick-leave numbers, anything that is a run of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import phonenumbers

from dialogs.slots.mentions import Mention, Reading

_BETWEEN: Final = frozenset({",", ".", "и", "там", "дальше", "потом", "плюс", "затем", "тире", "ну", "э", "эм", "-"})
_OTHER_NUMBERS: Final = frozenset({"ask_birth", "ask_date", "ask_time", "ask_address"})
_SICK_LEAVE_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitRun:
    """Digits said in a row, with the tokens they stand on."""

    start: int
    end: int
    digits: str


def digit_runs(reading: Reading) -> list[DigitRun]:
    """Return all runs of free number tokens; small words between the groups do not end a run."""
    runs: list[DigitRun] = []
    index = 0
    while index < len(reading.tokens):
        end, last, digits = index, index, ""
        while end < len(reading.tokens) and (_is_group(reading, end) or (digits and reading.word(end) in _BETWEEN)):
            if _is_group(reading, end):
                digits += reading.tokens[end].digits
                last = end
            end += 1
        if digits:
            runs.append(DigitRun(start=index, end=last + 1, digits=digits))
        index = max(end, index + 1)
    return runs


def _is_group(reading: Reading, index: int) -> bool:
    token = reading.tokens[index]
    return token.kind == "num" and index not in reading.used and not token.suffix and not token.ordinal


def find_phone(reading: Reading) -> Mention | None:
    """Find a Russian phone number; ten digits, or eleven with the leading 7 or 8."""
    for run in digit_runs(reading):
        phone = to_phone(run.digits)
        long_enough = reading.state not in _OTHER_NUMBERS or len(run.digits) == 11
        if phone is not None and long_enough and reading.state != "ask_sick_number":
            return Mention(start=run.start, end=run.end, value=phone)
    return None


def to_phone(digits: str) -> str | None:
    """Return +7XXXXXXXXXX for dialled digits that can be a Russian number, None otherwise."""
    if len(digits) == 11 and digits[0] in "78":
        digits = digits[1:]
    if len(digits) != 10 or digits.startswith(("89", "79")):
        return None  # ten digits that begin like eleven: one was not heard
    number = phonenumbers.parse("+7" + digits, None)
    return "+7" + digits if phonenumbers.is_possible_number(number) and digits[0] in "34589" else None


def find_sick_leave_number(reading: Reading) -> Mention | None:
    """Find the twelve digits of a sick-leave certificate."""
    for run in digit_runs(reading):
        if len(run.digits) == _SICK_LEAVE_DIGITS:
            return Mention(start=run.start, end=run.end, value=run.digits)
    return None


def all_digits(reading: Reading) -> str:
    """Return every digit said, in order ("" when none): a dictation may come in parts."""
    return "".join(token.digits for token in reading.tokens if token.kind == "num" and not token.suffix)
