"""What may be kept of an utterance: no names, phones, addresses, birth dates, numbers of people."""

from datetime import date

import pytest

from dialogs.nlu.masking import mask, spoken, teachable
from dialogs.port import Directory, DirectoryDoctor
from dialogs.slots.tokens import normalise

TODAY = date(2026, 11, 23)
CLINIC = Directory(
    doctors=(DirectoryDoctor(full_name="Смирнова Ольга Игоревна", specialty="терапевт"),),
    streets=("улица Ленина",),
)


def masked(text: str, state: str = "open") -> str:
    return mask(text, state=state, today=TODAY, directory=CLINIC)


@pytest.mark.parametrize(
    ("text", "state", "kept"),
    [
        ("Меня зовут Кузнецов Пётр Ильич, мне бы бумагу в бассейн", "open", "меня зовут [имя] мне бы бумагу в бассейн"),
        ("перезвоните восемь девятьсот шестнадцать сто одиннадцать двадцать два ноль один", "open",
         "перезвоните [телефон]"),
        ("мой номер +7 (916) 111-22-01 запишите", "open", "мой номер [телефон] запишите"),
        ("полис 7700 1234 5678 9012 уже сдавала", "open", "полис [номер] уже сдавала"),
        ("больничный девятьсот десять ноль сорок пять сто семьдесят восемь двести двадцать один", "open",
         "больничный [номер]"),
        ("родилась пятого марта шестьдесят второго года", "ask_birth", "родилась [рождение]"),
        ("приезжайте на улицу Ленина дом пять квартира двенадцать", "ask_address", "приезжайте на [адрес]"),
    ],
)  # fmt: skip
def test_people_are_replaced_by_placeholders(text: str, state: str, kept: str) -> None:
    assert masked(text, state) == kept


@pytest.mark.parametrize(
    "text",
    [
        "хочу к смирновой на завтра в девять тридцать",
        "сколько стоит две тысячи пятьсот или дешевле",
        "узи на двадцать пятое",
    ],
)
def test_doctors_times_days_and_prices_stay(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("гришковец", "ask_name"),
        ("бурдюгов егорка", "ask_name"),
        ("триста двадцать один", "ask_sick_number"),
        ("сорок девятого", "ask_birth"),
        ("двенадцать пятьдесят", "ask_phone"),
    ],
)
def test_where_a_name_or_number_was_asked_whatever_may_be_one_goes(text: str, state: str) -> None:
    found = masked(text, state)
    assert not set(normalise(text).split()) & set(found.split()), found
    assert not teachable(found)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("перемлок садовый пятье частный дом", "ask_address"),
        ("четырнадцатрях февраля сорок восьмого", "ask_birth"),
        ("восемь девятьсот шеснац", "ask_phone"),
    ],
)
def test_a_garbled_answer_to_a_personal_question_goes_as_a_whole(text: str, state: str) -> None:
    assert not teachable(masked(text, state))


@pytest.mark.parametrize("state", ["ask_name", "ask_birth", "ask_address", "ask_phone"])
def test_a_question_in_place_of_an_answer_is_kept(state: str) -> None:
    assert masked("а зачем вам это нужно знать", state) == "а зачем вам это нужно знать"


@pytest.mark.parametrize("text", ["можно ли кровь сдавать", "сколька стоит чиска зубов", "памагите бабушка упала"])
def test_small_words_and_slips_of_the_ear_are_no_names(text: str) -> None:
    assert masked(text) == text


def test_masked_text_stays_as_it_is() -> None:
    once = masked("меня зовут Кузнецов Пётр Ильич, мне бы бумагу в бассейн")
    assert masked(once) == once


def test_nothing_but_placeholders_and_fillers_teaches_nothing() -> None:
    assert not teachable("ну вот [имя] [телефон]")
    assert not teachable("")
    assert teachable("[имя] бумагу в бассейн")


def test_placeholders_are_taught_as_words_that_callers_say() -> None:
    said = spoken("меня зовут [имя] телефон [телефон]")
    assert "[" not in said
    assert said.startswith("меня зовут иванова")
