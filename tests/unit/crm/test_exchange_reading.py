"""Reading tables: separators, encodings, quotes, where the headings are, what column is what."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from crm_bridge.local.exchange.errors import ExchangeError, RowError
from crm_bridge.local.exchange.fields import KindSpec, Record, check_columns, original_headings, read_record
from crm_bridge.local.exchange.kinds import CONSENTS, DOCTORS, PATIENTS, SCHEDULES, SERVICES, SPECS, VISITS
from crm_bridge.local.exchange.seen import seen_of
from crm_bridge.local.exchange.tables_in import Table, read_table

TODAY = date(2026, 11, 23)
ROW = "Иванова Анна;01.05.1980;89161234567\n"
HEAD = "ФИО;Дата рождения;Телефон\n"


def table_of(content: bytes | str, spec: KindSpec = PATIENTS, **mapping: str) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    table = read_table(Path("list.csv"), raw, spec.names(mapping), mapping)
    check_columns(spec, table, mapping)
    return table


def records(content: bytes | str, spec: KindSpec = PATIENTS, **mapping: str) -> list[Record]:
    table = table_of(content, spec, **mapping)
    return [read_record(spec, table, line, TODAY) for line in table.lines]


def book(*rows: tuple[Any, ...]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


ANNA = {"full_name": "Иванова Анна", "birth_date": date(1980, 5, 1), "phone": ("+79161234567",)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_every_separator_in_every_encoding(encoding: str, separator: str) -> None:
    assert records((HEAD + ROW).replace(";", separator).encode(encoding)) == [ANNA]


def test_commas_inside_values_do_not_make_a_comma_file() -> None:
    content = "Список, сделан 1, 2, 3\n\n" + HEAD + "Иванова Анна;01.05.1980;89161234567, 84951234567, 84951234568\n"
    [anna] = records(content)
    assert len(anna["phone"]) == 3
    assert table_of(content).lines[0].number == 4


def test_quotes_keep_separators_lines_and_quotes() -> None:
    content = HEAD.replace("\n", ";Примечание\n") + '"Иванова Анна";01.05.1980;"89161234567";"VIP; ""ждёт""\nзвонка"\n'
    assert records(content)[0]["comment"] == 'VIP; "ждёт" звонка'


def test_a_quote_in_the_middle_of_a_value_is_only_a_sign() -> None:
    content = HEAD.replace("\n", ";Примечание\n") + 'Иванова Анна;01.05.1980;89161234567;"Ромашка" ООО\n' + ROW
    assert len(records(content)) == 2


def test_a_quote_that_is_never_closed_is_told_with_its_line() -> None:
    with pytest.raises(ExchangeError, match="строка 3: кавычка открыта и не закрыта"):
        table_of(HEAD + ROW + '"Петров Пётр;01.01.1990;89161234568\n' + ROW)


def test_a_book_of_excel_gives_its_own_values() -> None:
    content = book(
        ("Выгрузка",), (), ("Дата рождения", None, "ФИО", "Мобильный"),
        (datetime(1980, 5, 1), None, "Иванова Анна", 79161234567.0),
        (29342, None, "ПЕТРОВА ВЕРА", "7,9161234568E+10"),
        (None, None, None, None),
    )  # fmt: skip
    assert records(content) == [
        ANNA,
        {"full_name": "Петрова Вера", "birth_date": date(1980, 5, 1), "phone": ("+79161234568",)},
    ]


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "старый формат XLS"),
        (b"PK\x03\x04 and nothing more", "не книга XLSX"),
        (b"\x98\x98\x98", "непонятная кодировка"),
        (b"", "не найдена строка заголовков"),
        ("что-то;другое\n1;2\n".encode(), "не найдена строка заголовков"),
        (HEAD.encode(), "нет ни одной строки"),
        ("Телефон;Дата рождения\n1;2\n".encode(), "Нет столбца «ФИО» или «Фамилия»"),
        ("ФИО;Пациент;Телефон\n1;2;3\n".encode(), "об одном и том же"),
    ],
)
def test_files_that_cannot_be_read_are_told_with_advice(content: bytes, advice: str) -> None:
    with pytest.raises(ExchangeError, match=advice):
        table_of(content)


@pytest.mark.parametrize(
    "headings",
    [
        "Ф.И.О. пациента;дата рожд.;МОБИЛЬНЫЙ ТЕЛЕФОН",
        "Пациент;Д.р.;Тел.",
        "full_name;birth_date;phone",
        "Full Name;Date of birth;Mobile",
        "ФИО *;Дата  рождения: ;Сотовый",
    ],
)
def test_headings_by_their_many_names(headings: str) -> None:
    names = {"Ф.И.О. пациента": "ФИО"} if headings.startswith("Ф.И.О. п") else {}
    assert records(f"{headings}\n{ROW}", **names) == [ANNA]


def test_surname_name_and_patronymic_make_one_name() -> None:
    content = "Фамилия;Имя;Отчество;Дата рождения\nИВАНОВА;анна;петровна;01.05.1980\n"
    assert records(content)[0]["full_name"] == "Иванова Анна Петровна"


def test_a_mapping_takes_a_field_from_its_usual_column() -> None:
    content = "ФИО;Ребёнок;Дата рождения\nМамина Вера;Мамин Олег;01.05.2020\n"
    assert records(content, Ребёнок="full_name")[0]["full_name"] == "Мамин Олег"
    assert records(content, Ребёнок="ФИО")[0]["full_name"] == "Мамин Олег"
    with pytest.raises(ExchangeError, match="поля «имячко» нет; есть: full_name"):
        table_of(content, Ребёнок="имячко")
    with pytest.raises(ExchangeError, match=r"столбца «Дитя» нет. В файле есть: «ФИО», «Ребёнок»"):
        table_of(content, Дитя="ФИО")


def test_all_that_is_wrong_with_a_row_is_told_at_once() -> None:
    table = table_of(HEAD + "Иванова;31.02.1980;123-45-67\n")
    with pytest.raises(RowError) as caught:
        read_record(PATIENTS, table, table.lines[0], TODAY)
    assert [part.split(":")[0] for part in str(caught.value).split("; ")] == ["ФИО", "Дата рождения", "Телефон"]


def test_what_is_missing_is_named() -> None:
    table = table_of(HEAD + ";01.05.1980;\n" + "Иванова Анна;-;\n")
    with pytest.raises(RowError, match="Заполните «ФИО» или «Фамилия»"):
        read_record(PATIENTS, table, table.lines[0], TODAY)
    with pytest.raises(RowError, match="Заполните «Дата рождения» или «Телефон»"):
        read_record(PATIENTS, table, table.lines[1], TODAY)


def test_the_column_of_errors_is_not_the_files_own() -> None:
    table = table_of(HEAD.replace("\n", ";Ошибка\n") + ROW)
    assert original_headings(table) == ["ФИО", "Дата рождения", "Телефон"]


@pytest.mark.parametrize(
    ("spec", "content", "record"),
    [
        (DOCTORS, "Врач;Должность;Работает\nКим Виктор;Врач-Кардиолог;да\n",
         {"full_name": "Ким Виктор", "specialty": "кардиолог", "active": True}),
        (SERVICES, "Наименование;Стоимость, руб.;Длительность (мин)\nЭКГ;1 200;20 мин\n",
         {"name": "ЭКГ", "price": 1200, "duration_min": 20}),
        (SCHEDULES, "Врач;Дата;С;По;Шаг\nКим В.С.;24.11.2026;9:00;12:00;20\n",
         {"doctor": "Ким В. С.", "day": date(2026, 11, 24), "slot_min": 20}),
        (CONSENTS, "ФИО;Телефон;Цель;Согласие;Дата\nИванова Анна;89161234567;Напоминания;-;01.02.2026\n",
         {"purpose": "service_calls", "granted": False, "day": date(2026, 2, 1)}),
        (VISITS, "ФИО;Телефон;Дата;Время;Врач;Статус\nИванова Анна;89161234567;01.02.2026;9:30;Ким;Не пришёл\n",
         {"starts_at": datetime(2026, 2, 1, 9, 30), "status": "no_show", "doctor": "Ким"}),
    ],
)  # fmt: skip
def test_every_kind_has_its_columns(spec: KindSpec, content: str, record: dict[str, Any]) -> None:
    [read] = records(content, spec)
    assert {key: read[key] for key in record} == record


@pytest.mark.parametrize("spec", SPECS.values(), ids=[kind.value for kind in SPECS])
def test_no_heading_of_a_kind_means_two_things_by_its_own_name(spec: KindSpec) -> None:
    names = spec.names({})
    for one in spec.fields:
        assert names[one.key.replace("_", " ")] == one.key
        table = read_table(Path("x"), f"{one.title.replace(';', ' ')};\n1;2\n".encode(), names)
        assert one.key in table.columns


def test_rows_that_say_the_same_thing_differently_contradict_each_other() -> None:
    seen = seen_of(SERVICES)
    first, same, other = records("Услуга;Цена\nЭКГ;1200\nэкг;1200\nЭКГ;1300\n", SERVICES)
    seen.add(first, 2)
    assert seen.repeats(same)
    with pytest.raises(RowError, match="Повторяет строку 2"):
        seen.repeats(other)


def test_people_of_a_file_are_known_by_date_or_by_phone() -> None:
    seen = seen_of(PATIENTS)
    rows = records(
        HEAD
        + "Иванова Анна Петровна;01.05.1980;89161234567\nанна иванова;01.05.1980;\nИванова Анна;;8-916-123-45-67\n"
        + "Иванова Анна;02.05.1981;\nИванова Вера;01.05.1980;89161234567\n"
        + "Иванова Анна Петровна;05.01.1980;89161234567\n"
    )
    seen.add(rows[0], 2)
    assert [seen.repeats(row) for row in rows[:5]] == [True, True, True, False, False]
    with pytest.raises(RowError, match="дата рождения другая"):
        seen.repeats(rows[5])
