"""Texts: the shipped ones are whole, a clinic's own are checked before anything is sent."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from bot.domain.clinic import Doctor, Service
from bot.domain.clock import MOSCOW
from bot.notify.links import payment_link, rated_visit, rating_link
from bot.notify.templates import VARIABLES, TemplateError, load_templates
from bot.notify.wording import address_name, initials, what_is_booked, written_day, written_moment, written_sum


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "own.yml"
    file.write_text(text, encoding="utf-8")
    return file


def _values(name: str) -> dict[str, str]:
    return {variable: f"<{variable}>" for variable in VARIABLES[name]}


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_every_message_has_a_shipped_text(name: str) -> None:
    templates = load_templates()
    assert templates.title(name, _values(name))
    assert "{" not in templates.text(name, _values(name))


def test_the_clinics_own_text_replaces_one_and_leaves_the_others(tmp_path: Path) -> None:
    templates = load_templates(_file(tmp_path, 'confirmation: {title: Запись, text: "Ждём вас {day}"}'))
    assert templates.text("confirmation", _values("confirmation")) == "Ждём вас <day>"
    assert "<link>" in templates.text("rating", _values("rating"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'confirmation: {title: З, text: "{docter}"}',
            r"own\.yml: confirmation\.text: нет переменной \{docter\}.*what",
        ),
        ('confirmation: {title: "{prep}", text: "а"}', r"confirmation\.title: нет переменной \{prep\}"),
        ('rating: {title: З, text: "Оцените приём"}', r"rating\.text: нет переменной \{link\}"),
        ('preparation: {title: З, text: "{day}"}', r"preparation\.text: нет переменной \{prep\}"),
        ('confirmation: {title: З, text: "{day"}', r"confirmation\.text: непарная фигурная скобка"),
        ('confirmation: {title: З, text: "{day!r}"}', r"confirmation\.text: после \{day\}"),
        ('confirmation: {title: З, text: "{day.year}"}', r"нет переменной \{day\.year\}"),
        ('confirmation: {title: З, text: ""}', r"confirmation\.text: нужны непустые"),
        ("confirmation: {title: З, text: a, urgent: true}", r"confirmation\.urgent: .*других полей нет"),
        ("confirmation: привет", r"confirmation: пусто"),
        ("birthday: {title: З, text: a}", r"birthday: такого сообщения нет; есть .*confirmation"),
        ("- привет", "ожидаются имена сообщений"),
        ("a: [", "это не YAML"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        load_templates(_file(tmp_path, text))


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        load_templates(_file(tmp_path, 'moved: {title: З, text: "{a}"}\nexpired: {title: З, text: "{b}"}'))
    assert "{a}" in str(caught.value)
    assert "{b}" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"none\.yml: файл не читается"):
        load_templates(tmp_path / "none.yml")


def test_a_value_with_braces_is_text(tmp_path: Path) -> None:
    templates = load_templates(_file(tmp_path, 'confirmation: {title: "{clinic}", text: "{{ {clinic} }}"}'))
    values = {**_values("confirmation"), "clinic": "{day}\nЗдоровье"}
    assert templates.text("confirmation", values) == "{ {day}\nЗдоровье }"
    assert templates.title("confirmation", values) == "{day} Здоровье"  # a subject has one line


def test_days_moments_and_sums_as_they_are_written() -> None:
    assert written_day(date(2026, 11, 24)) == "24 ноября (вторник)"
    assert written_day(date(2027, 5, 9)) == "9 мая (воскресенье)"
    assert written_moment(datetime(2026, 1, 1, 9, 5, tzinfo=MOSCOW), MOSCOW) == "09:05 1 января"
    assert written_sum(1234567) == "1\u00a0234\u00a0567"


def test_names_as_they_are_written() -> None:
    assert address_name("Сидорова Мария Петровна") == "Мария Петровна"
    assert address_name("Ким") == "Ким"
    assert initials("Сидорова Мария Петровна") == "Сидорова М. П."
    assert initials("") == ""
    doctor = Doctor(id="d", full_name="Иванов Иван Иванович", specialty="хирург", branch_id="b")
    service = Service(id="s", name="УЗИ почек")
    assert what_is_booked(service, doctor) == "УЗИ почек, врач Иванов И. И"
    assert what_is_booked(None, doctor) == "Врач Иванов И. И"
    assert what_is_booked(service, None) == "УЗИ почек"
    assert what_is_booked(None, None) == "Приём"


def test_a_rating_link_is_read_back_and_a_forged_one_is_not() -> None:
    link = rating_link("https://clinic.example/", "s3cret", "v.1")
    assert link.startswith("https://clinic.example/rate/v.1.")
    token = link.rpartition("/")[2]
    assert rated_visit("s3cret", token) == "v.1"
    assert rated_visit("other", token) is None
    assert rated_visit("s3cret", "v.2." + token.rpartition(".")[2]) is None
    assert rated_visit("s3cret", "v.1") is None
    assert rated_visit("s3cret", "v.1.я") is None
    assert rated_visit("", rating_link("https://a", "", "v1").rpartition("/")[2]) is None


def test_a_payment_link_ends_with_its_token() -> None:
    assert payment_link("https://clinic.example/", "t0k") == "https://clinic.example/pay/t0k"
