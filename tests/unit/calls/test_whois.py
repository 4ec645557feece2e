"""Names as recognised from telephone speech, against the people of a phone."""

from __future__ import annotations

from datetime import date

import pytest

from bot.calls.whois import by_name, by_phone
from bot.domain.clinic import Patient


def person(name: str, born: date) -> Patient:
    return Patient(id=name, full_name=name, birth_date=born, phone="+79990001218")


PANKRATOV = person("Панкратов Олег Валерьевич", date(1969, 3, 12))
ISAEV = person("Исаев Магомед Расулович", date(1985, 7, 1))
TWINS = [person("Воробьёв Артём Игоревич", date(2015, 9, 3)), person("Воробьёва Алина Игоревна", date(2015, 9, 3))]


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("Панкратов Олег Валеревич", PANKRATOV),
        ("панкратова олега валерьевича", PANKRATOV),
        ("Олег Валерьевич Панкратов", PANKRATOV),
        ("И сайф Магометра Сулович", ISAEV),
        ("Магометра Сулович", ISAEV),
    ],
)
def test_garbled_name_with_the_right_birth_date(said: str, who: Patient) -> None:
    assert by_phone(said, who.birth_date, [PANKRATOV, ISAEV]) is who


def test_another_birth_date_is_another_person() -> None:
    assert by_phone("Панкратов Олег Валерьевич", date(1969, 3, 13), [PANKRATOV, ISAEV]) is None


def test_another_name_is_another_person() -> None:
    assert by_phone("Кузьмина Валентина Ильинична", PANKRATOV.birth_date, [PANKRATOV]) is None


def test_twins_are_told_apart_by_name() -> None:
    assert by_phone("Воробьева Алина Игоревна", date(2015, 9, 3), TWINS) is TWINS[1]


@pytest.mark.parametrize(
    "said", ["Тимофии в Глепо-ликсандрович", "Тимофии вглеп Александрович", "тимофеев глеб александрович"]
)
def test_garbled_name_is_known_before_the_birth_date(said: str) -> None:
    timofeev = person("Тимофеев Глеб Александрович", date(2008, 5, 21))
    assert by_name(said, [timofeev, PANKRATOV]) is timofeev


@pytest.mark.parametrize("said", ["да подходит", "соедините с оператором", "Кузьмина Валентина Ильинична", ""])
def test_other_words_are_nobody(said: str) -> None:
    assert by_name(said, [PANKRATOV, ISAEV]) is None


def test_brother_and_sister_are_not_guessed() -> None:
    assert by_name("Воробьева Ална Игоревич", TWINS) is None or by_name("Воробьева Ална Игоревич", TWINS) is TWINS[1]
    assert by_name("Воробьёв Игоревич", TWINS) is not TWINS[1]
