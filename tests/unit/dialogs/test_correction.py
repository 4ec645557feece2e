"""One group of dictated digits put right."""

from __future__ import annotations

import pytest

from dialogs.correction import corrected, is_bare

PHONE = "+79161112535"
SICK = "910001234567"
BORN = "1962-03-05"


@pytest.mark.parametrize(
    ("slot", "value", "text", "result"),
    [
        ("phone", PHONE, "Нет, не двадцать пять, а сорок пять", "+79161114535"),
        ("phone", PHONE, "не 25, а 45", "+79161114535"),
        ("phone", PHONE, "в конце сорок один, а не тридцать пять", "+79161112541"),
        ("phone", PHONE, "не девятьсот шестнадцать, а девятьсот пятнадцать", "+79151112535"),
        ("phone", PHONE, "не тридцать пять, а ноль пять", "+79161112505"),
        ("phone", PHONE, "не сорок, а пятьдесят", None),
        ("phone", PHONE, "не пять, а шесть", None),
        ("phone", PHONE, "не двадцать пять, а пять", None),
        ("phone", PHONE, "не двадцать пять", None),
        ("phone", PHONE, "нет", None),
        ("phone", PHONE, "не так", None),
        ("sick_leave_number", SICK, "не двести тридцать четыре, а двести тридцать пять", "910001235567"),
        ("sick_leave_number", SICK, "не ноль ноль один, а ноль ноль два", "910002234567"),
        ("birth_date", BORN, "не шестьдесят второго, а шестьдесят третьего", "1963-03-05"),
        ("birth_date", BORN, "нет, не пятое марта, а шестое марта", "1962-03-06"),
        ("birth_date", BORN, "не марта, а мая", "1962-05-05"),
        ("birth_date", BORN, "мая, а не марта", "1962-05-05"),
        (
            "birth_date",
            BORN,
            "не тысяча девятьсот шестьдесят второго, а тысяча девятьсот пятьдесят второго",
            "1952-03-05",
        ),
        ("birth_date", BORN, "не пятое, а тридцать пятое", None),
        ("birth_date", "1905-03-05", "не пятого, а шестого", None),
        ("birth_date", "1962-13-45", "не пятое, а шестое", None),
    ],
)
def test_only_what_the_words_single_out_is_changed(slot: str, value: str, text: str, result: str | None) -> None:
    assert corrected(slot, value, text) == result


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Нет, не двадцать пять, а тридцать пять!", True),
        ("не марта, а мая", True),
        ("не двадцать пять, а тридцать пять, и мне плохо", False),
    ],
)
def test_a_correction_that_says_something_else_too(text: str, bare: bool) -> None:
    assert is_bare(text) == bare
