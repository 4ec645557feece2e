"""What cells of dirty tables mean: phones, dates, names, money; and what is said of those that mean nothing."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.local.exchange import moments, values
from crm_bridge.local.exchange.cells import cell_text, is_blank
from crm_bridge.local.exchange.phones import phones

TODAY = date(2026, 11, 23)
NUMBERS = st.from_regex(r"\A[3489][0-9]{9}\Z")
PHONE = "+79161234567"


@pytest.mark.parametrize(
    "cell",
    [
        "+79161234567",
        "89161234567",
        "9161234567",
        "8(916)123-45-67",
        "8 (916) 123-45-67",
        "+7 916 123 45 67",
        "79161234567.0",
        "7,9161234567E+10",
        "7.9161234567e+10",
        "7,9161234567Е+10",
        "моб. 8-916-123-45-67",
        "8 916 1234567 (мама)",
        "8(916)123-45-67 доб. 105",
        "+8 916 123-45-67",
        "8 916 123 45 67; 89161234567",
        79161234567,
        79161234567.0,
        89161234567.0,
        9161234567,
    ],
)
def test_one_phone_in_its_many_spellings(cell: Any) -> None:
    assert phones(cell) == (PHONE,)


@pytest.mark.parametrize(
    "cell",
    [
        "89161234567, 84951234567",
        "89161234567/84951234567",
        "8 916 123 45 67 или 8 (495) 123-45-67",
        "8(916)123-45-67 8(495)123-45-67",
        "89161234567\n+7 495 123 45 67 доб. 12",
        "7,9161234567E+10; 74951234567.0",
    ],
)
def test_several_phones_in_one_cell(cell: str) -> None:
    assert phones(cell) == (PHONE, "+74951234567")


@pytest.mark.parametrize("cell", [None, "", "  ", "-", "—", "Не указан", "н/д"])
def test_a_cell_may_have_no_phone(cell: Any) -> None:
    assert phones(cell) == ()
    assert is_blank(cell)


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("7,9E+10", "Excel потерял цифры"),
        ("7,91612E+10", "формат «Текстовый»"),
        ("123-45-67", "добавьте код города"),
        ("+375 29 123 45 67", "номер другой страны"),
        ("+4915112345", "номер другой страны"),
        ("891612345678", "12 цифр"),
        ("0000000000", "кода 000 не бывает"),
        ("нет телефона", "нужен номер вида"),
        ("89161234567, 123", "нужен номер вида"),
        (123.0, "3 цифры"),
    ],
)
def test_what_is_no_phone_is_told_with_advice(cell: Any, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        phones(cell)


@given(NUMBERS, st.sampled_from(["+7", "8", "7", ""]), st.sampled_from(["", " ", "-", ".", ") "]))
def test_every_number_comes_out_of_every_spelling(digits: str, prefix: str, gap: str) -> None:
    parts = [digits[:3], digits[3:6], digits[6:8], digits[8:]]
    opening = "(" if ")" in gap else ""
    text = f"{prefix}{opening}{parts[0]}{gap}{parts[1]}{gap.strip(') ')}{parts[2]}{gap.strip(') ')}{parts[3]}"
    assert phones(text) == (f"+7{digits}",)


@given(NUMBERS)
def test_every_number_survives_excel(digits: str) -> None:
    for cell in (int(f"7{digits}"), float(f"8{digits}"), f"7{digits}.0", f"7,{digits}E+10", f"8.{digits}e10"):
        assert phones(cell) == (f"+7{digits}",)


@given(st.lists(NUMBERS, min_size=1, max_size=4, unique=True), st.sampled_from([";", ", ", "/", "\n", " или "]))
def test_a_list_of_numbers_keeps_its_order(numbers: list[str], separator: str) -> None:
    assert phones(separator.join(f"8{one}" for one in numbers)) == tuple(f"+7{one}" for one in numbers)


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_any_cell_gives_phones_of_the_normal_form_or_a_sentence(cell: Any) -> None:
    found: tuple[str, ...] = ()
    try:
        found = phones(cell)
    except ValueError as error:
        said = str(error)
    else:
        said = "it was understood, nothing is said"
    assert len(said) > 20
    assert all(len(one) == 12 and one.startswith("+7") and one[1:].isdigit() for one in found)


@pytest.mark.parametrize(
    "cell",
    [
        "01.05.1980",
        "1.5.1980",
        "01/05/1980",
        "1980-05-01",
        "1980-05-01 00:00:00",
        "1980-05-01T00:00:00",
        "01.05.1980 0:00",
        "01.05.1980 г.",
        "1 мая 1980 г.",
        "01.05.80",
        "29342",
        29342,
        29342.0,
        datetime(1980, 5, 1),
        date(1980, 5, 1),
        "'01.05.1980",
    ],
)
def test_one_date_in_its_many_spellings(cell: Any) -> None:
    assert moments.birth_date(cell, TODAY) == date(1980, 5, 1)


def test_a_year_of_two_digits_is_the_last_such_year() -> None:
    assert moments.birth_date("02.03.26", TODAY) == date(2026, 3, 2)
    assert moments.birth_date("02.03.27", TODAY) == date(1927, 3, 2)


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("31.02.1980", "нужна дата вида"),
        ("05/31/1980", "нужна дата вида"),
        ("вчера", "нужна дата вида"),
        ("1980", "нужна дата вида"),
        (1980, "нужна дата вида"),
        ("24.11.2026", "в будущем"),
        ("01.01.1890", "больше 120 лет"),
        (True, "нужна дата вида"),
    ],
)
def test_what_is_no_birth_date_is_told_with_advice(cell: Any, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        moments.birth_date(cell, TODAY)


@given(st.dates(min_value=date(1907, 1, 1), max_value=TODAY))
def test_every_birth_date_comes_out_of_every_spelling(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    for cell in (f"{day:%d.%m.%Y}", day.isoformat(), f"{day.day}.{day.month}.{day.year}", serial, float(serial)):
        assert moments.birth_date(cell, TODAY) == day


@pytest.mark.parametrize(
    "cell", ["9:30", "09.30", "09:30:00", time(9, 30), 0.3958333333, datetime(1899, 12, 30, 9, 30)]
)
def test_times_of_day(cell: Any) -> None:
    assert moments.clock_time(cell) == time(9, 30)


def test_a_moment_is_a_date_with_its_time() -> None:
    expected = datetime(2026, 11, 20, 9, 30)
    for cell in ("20.11.2026 9:30", "2026-11-20T09:30:00", "20.11.2026  09.30", expected, 46346.3958333333):
        assert moments.moment(cell, TODAY) == expected
    assert moments.moment("20.11.2026", TODAY) == datetime(2026, 11, 20)


@pytest.mark.parametrize("cell", ["25:00", "утром", 7])
def test_what_is_no_time_is_told_with_advice(cell: Any) -> None:
    with pytest.raises(ValueError, match="нужно время вида 09:30"):
        moments.clock_time(cell)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("  иванова   АННА петровна ", "Иванова Анна Петровна"),
        ("ИВАНОВА-ПЕТРОВА АННА", "Иванова-Петрова Анна"),
        ("Mамедов Али Ахмед оглы", "Мамедов Али Ахмед оглы"),
        ("Иванова,Анна", "Иванова Анна"),
        ("О'Нил Шон", "О'Нил Шон"),
        ("де Фриз Анна", "де Фриз Анна"),
    ],
)
def test_names_are_tidied(cell: str, name: str) -> None:
    assert values.full_name(cell) == name


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("Иванова", "нужны фамилия и имя"),
        ("Иванова А.П.", "вместо инициалов"),
        ("Иванова А. П.", "вместо инициалов"),
        ("Иванова Анна 2", "лишние знаки или цифры"),
        ("Иванова Анна (дочь)", "лишние знаки или цифры"),
    ],
)
def test_names_that_are_none_are_told_with_advice(cell: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        values.full_name(cell)


@pytest.mark.parametrize(
    ("cell", "rubles"),
    [("1 500,00 ₽", 1500), ("1500 руб.", 1500), ("1 500", 1500), ("1,500", 1500), (1500.0, 1500), ("бесплатно", 0),
     ("12 000 р.", 12000)],
)  # fmt: skip
def test_money(cell: Any, rubles: int) -> None:
    assert values.money(cell) == rubles


@pytest.mark.parametrize(
    ("cell", "advice"), [("дорого", "не сумма"), ("1500,50", "округлите"), ("-5", "от 0 до"), ("NaN", "от 0")]
)
def test_what_is_no_money_is_told_with_advice(cell: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        values.money(cell)


def test_yes_and_no() -> None:
    assert [values.yes_no(one) for one in ("Да", "+", 1, True, "согласен", "V")] == [True] * 6
    assert [values.yes_no(one) for one in ("нет", "-", 0, False, "Отказ", "не согласна")] == [False] * 6
    with pytest.raises(ValueError, match="напишите «да» или «нет»"):
        values.yes_no("может быть")


@pytest.mark.parametrize(
    ("cell", "length"),
    [("20", 20), ("20 мин.", 20), ("1 ч 30 мин", 90), ("1 час", 60), ("0:20", 20), (time(0, 20), 20)],
)
def test_lengths(cell: Any, length: int) -> None:
    assert values.minutes(cell) == length


@pytest.mark.parametrize("cell", ["", "долго", "3", "500"])
def test_lengths_that_are_none(cell: str) -> None:
    with pytest.raises(ValueError, match="от 5 до 480"):
        values.minutes(cell)


def test_cells_look_as_they_were_typed() -> None:
    shown = [79161234567.0, date(1980, 5, 1), datetime(1980, 5, 1), datetime(1980, 5, 1, 9, 5), time(9, 5), True, None]
    assert [cell_text(cell) for cell in shown] == [
        *("79161234567", "01.05.1980", "01.05.1980", "01.05.1980 09:05", "09:05", "да", "")
    ]
