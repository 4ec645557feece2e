"""Three hundred generated answers: phones, birth dates, sick-leave numbers and policies, as callers wrap them up."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from dialogs.speech_text import spoken_birth_date, spoken_digits, spoken_number, spoken_ordinal

EACH = 75
RIGHT_AT_LEAST = 0.98
OPENERS = ("", "", "", "ну ", "так, ", "записывайте: ", "пишите ", "сейчас скажу, ", "значит ", "э-э, ", "да, ")
ENDINGS = ("", "", "", ", вот", ", пожалуйста", ", записали?", " вроде")
DIGITS = ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
)  # fmt: skip
POLICIES = {
    "oms": (
        "по омс", "по обычному полису", "бесплатно по полису", "по обязательному страхованию", "ОМС", "о эм эс",
        "у меня омс", "обязательное медицинское страхование", "бесплатно", "на бесплатный приём по омс",
    ),
    "dms": (
        "дмс", "по дэ эм эс", "добровольное страхование", "по полису дмс", "от работы, добровольная страховка",
        "ДМС Ресо", "подобровольной страховке", "через страховую компанию", "по добровольному полису", "де эм эс",
    ),
    "paid": (
        "платно", "за деньги", "за свой счёт", "платный приём", "за наличные", "я платно пойду", "пусть платно",
        "заплачу, платный", "за свои", "коммерческий приём",
    ),
}  # fmt: skip

Said = tuple[str, str, str, str]
"""Text, state, slot, value."""


def phones(dice: random.Random) -> Iterator[Said]:
    while True:
        digits = dice.choice(("903", "912", "916", "926", "951", "985", "999")) + f"{dice.randrange(10**7):07d}"
        lead = dice.choice(("8", "+7", ""))
        groups = (digits[:3], digits[3:6], digits[6:8], digits[8:])
        spoken_lead = {"8": "восемь ", "+7": "плюс семь ", "": ""}[lead]
        text = dice.choice((
            f"{lead} {' '.join(groups)}".strip(),
            f"{lead}{digits}",
            f"{lead}-{'-'.join(groups)}".strip("-"),
            f"{lead} ({groups[0]}) {groups[1]}-{groups[2]}-{groups[3]}".strip(),
            spoken_lead + " ".join(spoken_digits(group) for group in groups),
            spoken_lead + " ".join(DIGITS[int(digit)] for digit in digits),
            spoken_lead + ", ".join(spoken_digits(group) for group in groups),
        ))  # fmt: skip
        yield text, "ask_phone", "phone", f"+7{digits}"


def birth_dates(dice: random.Random) -> Iterator[Said]:
    while True:
        day = date(1931, 1, 1) + timedelta(days=dice.randrange(34500))
        short = spoken_ordinal(day.year % 100, "gent", "m") if day.year < 2000 and day.year % 100 else ""
        month = spoken_ordinal(day.month, "nomn", "n")
        text = dice.choice((
            spoken_birth_date(day),
            f"{spoken_ordinal(day.day, 'gent')} {MONTHS[day.month - 1]} {short or day.year}",
            f"{day.day} {MONTHS[day.month - 1]} {day.year} года",
            day.strftime("%d.%m.%Y"),
            day.strftime("%d %m %Y"),
            f"{spoken_ordinal(day.day)} {month} {short or spoken_number(day.year)}",
            f"родился {spoken_ordinal(day.day, 'gent')} {MONTHS[day.month - 1]} {day.year}",
        ))  # fmt: skip
        yield text, "ask_birth", "birth_date", day.isoformat()


def sick_leave_numbers(dice: random.Random) -> Iterator[Said]:
    while True:
        digits = f"9{dice.randrange(10**11):011d}"
        threes = [digits[at : at + 3] for at in range(0, 12, 3)]
        text = dice.choice((
            digits,
            " ".join(threes),
            ",".join(threes),
            " ".join(DIGITS[int(digit)] for digit in digits),
            " ".join(spoken_digits(three) for three in threes),
            ", ".join(spoken_digits(digits[at : at + 2]) for at in range(0, 12, 2)),
        ))  # fmt: skip
        yield text, "ask_sick_number", "sick_leave_number", digits


def policies(dice: random.Random) -> Iterator[Said]:
    while True:
        kind = dice.choice(tuple(POLICIES))
        yield dice.choice(POLICIES[kind]), "ask_policy", "policy_kind", kind


@pytest.mark.parametrize("kind", [phones, birth_dates, sick_leave_numbers, policies])
def test_generated_answers_are_read(slots: Callable[..., dict[str, str]], kind) -> None:
    dice = random.Random(2026)
    made = kind(dice)
    wrong = []
    for _ in range(EACH):
        text, state, slot, value = next(made)
        said = dice.choice(OPENERS) + text + dice.choice(ENDINGS)
        found = slots(said, state)
        if found != {slot: value}:
            wrong.append((said, value, found))
    assert len(wrong) <= EACH * (1 - RIGHT_AT_LEAST), wrong
