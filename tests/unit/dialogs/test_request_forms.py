"""Requests have one description: what a step writes, what a registrar fills, what a programme sends."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.domain.clinic import RequestKind
from dialogs.script import check_script, load_script
from dialogs.script.requests import faults_of, json_schema
from tests.unit.dialogs.small_script import small

TODAY = date(2026, 11, 23)
FORMS = load_script("inbound").requests
HOME = {
    "patient": "Петрова Анна Ивановна",
    "birth_date": "1962-03-05",
    "address": "улица Ленина, дом 5",
    "symptoms": "температура",
    "phone": "+79165550101",
}


def test_every_kind_of_request_is_described() -> None:
    assert set(FORMS) == set(RequestKind)


def test_a_request_that_is_filled_right_has_no_faults() -> None:
    assert faults_of(FORMS["home_visit"], HOME, TODAY) == []
    assert faults_of(FORMS["callback"], {}, TODAY) == []


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"patient": ""}, "patient", "не заполнено"),
        ({"patient": "Анна"}, "patient", "фамилия и имя"),
        ({"birth_date": "05.03.1962"}, "birth_date", "1962-03-05"),
        ({"birth_date": "2027-01-01"}, "birth_date", "дата рождения"),
        ({"birth_date": "1062-03-05"}, "birth_date", "дата рождения"),
        ({"address": "где-то"}, "address", "улица и дом"),
        ({"phone": "12"}, "phone", "десять цифр"),
        ({"sick_leave": "yes"}, "sick_leave", "допустимы: open"),
        ({"date": "завтра"}, "date", "2026-11-24"),
        ({"colour": "red"}, "colour", "такого поля нет"),
    ],
)
def test_each_fault_names_its_field(changed: dict[str, str], field: str, message: str) -> None:
    [(name, text)] = faults_of(FORMS["home_visit"], {**HOME, **changed}, TODAY)
    assert name == field
    assert message in text


def test_the_json_schema_says_the_same() -> None:
    schema = json_schema(FORMS["sick_leave"])
    assert schema["required"] == ["patient", "birth_date", "action"]
    assert schema["additionalProperties"] is False
    assert {one["const"] for one in schema["properties"]["action"]["oneOf"]} == {"open", "extend", "close", "other"}
    assert schema["properties"]["number"]["pattern"] == r"^\d{12}$"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps/gone/args": {"reason": "x", "fields": {"colour": "red"}}}, "нет поля «colour»"),
        ({"requests": {}}, "заявки «callback» нет среди requests"),
        (
            {"requests/callback/fields/phone": {"label": "Телефон", "required": True}},
            "заявке «callback» нужно поле «phone»",
        ),
        ({"forms/who/request": "letter"}, "заявки «letter» нет среди requests"),
    ],
)
def test_a_step_that_fills_a_request_otherwise_is_named(changes: dict[str, Any], message: str) -> None:
    assert any(message in str(problem) for problem in check_script(small(**changes)))
