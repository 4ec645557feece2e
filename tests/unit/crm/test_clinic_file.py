"""The clinic file: faults told with their places, schedules and relative days made into openings."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.clock import MOSCOW
from crm_bridge.clinic_data import ClinicData
from crm_bridge.local.build import read_clinic
from crm_bridge.local.clinic_file import read_clinic_file
from crm_bridge.local.file_errors import ClinicFileError

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


def clinic() -> dict[str, Any]:
    """A file without faults, to be damaged."""
    return {
        "clinic": {"address": "Садовая 1", "hours": {"mon-fri": "08:00-20:00", "sun": None}},
        "doctors": [
            {"doctor": "Смирнова Ольга Викторовна", "specialty": "терапевт", "free": ["2026-11-24T09:00"]},
            {"doctor": "Ким Виктор Сергеевич", "specialty": "кардиолог", "free": []},
        ],
        "services": [{"service": "экг", "free": ["2026-11-24T10:00"]}],
        "patients": [{"patient": "Петрова Анна", "birth_date": "1980-05-01", "phone": "89161110001"}],
        "appointments": [{"id": "A1", "patient": "Петрова Анна", "doctor": "Ким", "at": "2026-11-24T11:00"}],
        "sick_leaves": [
            {
                "number": "91",
                "patient": "Петрова Анна",
                "from": "2026-11-20",
                "to": "2026-11-24",
                "doctor": "Ким",
                "status": "open",
            }
        ],
    }


def read(tmp_path: Path, content: dict[str, Any], now: datetime = NOW) -> ClinicData:
    path = tmp_path / "clinic.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return read_clinic(path, now)


def faults(tmp_path: Path, content: dict[str, Any]) -> list[str]:
    with pytest.raises(ClinicFileError) as caught:
        read(tmp_path, content)
    return [str(problem) for problem in caught.value.problems]


def test_the_file_without_faults_is_read(tmp_path: Path) -> None:
    data = read(tmp_path, clinic())
    assert [placed.visit.id for placed in data.visits] == ["A1"]
    [patient] = data.patients
    assert (patient.full_name, patient.birth_date, patient.phone) == ("Петрова Анна", date(1980, 5, 1), "+79161110001")
    assert data.sick_leaves[0].doctor == "Ким Виктор Сергеевич"


def _doctor_twice(file: dict[str, Any]) -> None:
    file["doctors"].append({"doctor": "ким виктор сергеевич", "specialty": "терапевт"})


def _service_twice(file: dict[str, Any]) -> None:
    file["services"].append({"service": "ЭКГ"})


def _bad_date(file: dict[str, Any]) -> None:
    file["doctors"][0]["free"].append("2026-11-31T09:00")


def _no_time(file: dict[str, Any]) -> None:
    file["doctors"][0]["free"] = ["2026-11-24"]


def _moment_twice(file: dict[str, Any]) -> None:
    file["doctors"][0]["free"] *= 2


def _unknown_doctor(file: dict[str, Any]) -> None:
    file["appointments"][0]["doctor"] = "Иванов"


def _unknown_service(file: dict[str, Any]) -> None:
    file["appointments"][0] |= {"service": "мрт", "doctor": None}


def _neither(file: dict[str, Any]) -> None:
    del file["appointments"][0]["doctor"]


def _other_specialty(file: dict[str, Any]) -> None:
    file["appointments"][0]["specialty"] = "лор"


def _id_twice(file: dict[str, Any]) -> None:
    file["appointments"].append(file["appointments"][0] | {"at": "2026-11-24T12:00"})


def _place_twice(file: dict[str, Any]) -> None:
    file["appointments"].append(file["appointments"][0] | {"id": "A2"})


def _booked_and_free(file: dict[str, Any]) -> None:
    file["appointments"][0] |= {"doctor": "Смирнова", "at": "2026-11-24T09:00"}


def _unborn(file: dict[str, Any]) -> None:
    file["patients"] = []


def _born_tomorrow(file: dict[str, Any]) -> None:
    file["patients"][0]["birth_date"] = "2026-11-24"


def _short_phone(file: dict[str, Any]) -> None:
    file["patients"][0]["phone"] = "12-34"


def _one_name(file: dict[str, Any]) -> None:
    file["patients"][0]["patient"] = "Петрова"


def _typo(file: dict[str, Any]) -> None:
    file["clinic"]["adress"] = file["clinic"].pop("address")


def _bad_hours(file: dict[str, Any]) -> None:
    file["clinic"]["hours"] = {"mon-fri": "20:00-08:00"}


def _bad_weekday(file: dict[str, Any]) -> None:
    file["clinic"]["hours"] = {"mon-fry": "08:00-20:00"}


def _weekday_twice(file: dict[str, Any]) -> None:
    file["clinic"]["hours"] = {"mon-fri": "08:00-20:00", "tue": "08:00-12:00"}


def _no_zone(file: dict[str, Any]) -> None:
    file["clinic"]["timezone"] = "Europe/Nowhere"


def _no_branch(file: dict[str, Any]) -> None:
    file["doctors"][1]["branch"] = "north"


def _price(file: dict[str, Any]) -> None:
    file["clinic"]["prices"] = {"приём": "дорого"}


def _leave_backwards(file: dict[str, Any]) -> None:
    file["sick_leaves"][0]["to"] = "2026-11-19"


def _slot(file: dict[str, Any]) -> None:
    file["doctors"][1]["slot_min"] = 0


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (_doctor_twice, "doctors[2].doctor: врач «ким виктор сергеевич» указан дважды (см. doctors[1])"),
        (_service_twice, "services[1].service: услуга «ЭКГ» указана дважды (см. services[0])"),
        (_bad_date, "doctors[0].free[1]: «2026-11-31T09:00» — не дата со временем: нужны дата и время вида"),
        (_no_time, "doctors[0].free[0]: «2026-11-24» — не дата со временем"),
        (_moment_twice, "doctors[0].free[1]: время 2026-11-24 09:00 указано дважды"),
        (_unknown_doctor, "appointments[0].doctor: врача «Иванов» нет в doctors"),
        (_unknown_service, "appointments[0].service: услуги «мрт» нет в services"),
        (_neither, "appointments[0]: укажите или врача (doctor), или услугу (service)"),
        (_other_specialty, "appointments[0].specialty: «лор», а в doctors у этого врача «кардиолог»"),
        (_id_twice, "appointments[1].id: номер «A1» указан дважды (см. appointments[0])"),
        (_place_twice, "appointments[1].at: это время уже занято записью appointments[0]"),
        (_booked_and_free, "appointments[0].at: это же время указано свободным в free"),
        (_unborn, "appointments[0].birth_date: у «Петрова Анна» нет даты рождения"),
        (_born_tomorrow, "patients[0].birth_date: 2026-11-24 ещё не наступило"),
        (_short_phone, "patients[0].phone: «12-34» — не телефон: нужен номер вида +79161234567"),
        (_one_name, "patients[0].patient: «Петрова»: нужны фамилия и имя"),
        (_typo, "clinic.address: поле обязательно, но его нет"),
        (_typo, "clinic.adress: такого поля в файле клиники нет (опечатка?)"),
        (_bad_hours, "clinic.hours: «20:00-08:00»: конец должен быть позже начала"),
        (_bad_weekday, "clinic.hours: «mon-fry» — не день недели"),
        (_weekday_twice, "clinic.hours: день «tue» указан дважды"),
        (_no_zone, "clinic.timezone: часового пояса «Europe/Nowhere» нет"),
        (_no_branch, "doctors[1].branch: филиала «north» нет, есть: main"),
        (_price, "clinic.prices.приём: здесь нужно целое число"),
        (_leave_backwards, "sick_leaves[0].to: больничный кончается раньше, чем начался"),
        (_slot, "doctors[1].slot_min: число должно быть не меньше 5"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_fault_is_told_with_its_place(
    tmp_path: Path, damage: Callable[[dict[str, Any]], None], expected: str
) -> None:
    content = clinic()
    damage(content)
    found = faults(tmp_path, content)
    assert any(fault.startswith(expected) for fault in found), found


def test_all_faults_are_told_at_once_and_the_file_is_named(tmp_path: Path) -> None:
    content = clinic()
    _doctor_twice(content)
    _unknown_doctor(content)
    with pytest.raises(ClinicFileError) as caught:
        read(tmp_path, content)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"Файл клиники {tmp_path}/clinic.json не загружен:"
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("clinic.json", '{"clinic": {\n "address" 1}}', "строка 2, столбец 12"),
        ("clinic.yml", "clinic:\n  address: [1\ndoctors: []\n", "строка 3, столбец 8"),
        ("clinic.yml", "clinic: {address: a}\nclinic: {address: b}\n", "строка 2, столбец 1"),
        ("clinic.yml", "просто текст", "файл"),
    ],
)
def test_what_is_not_even_yaml_is_told_by_line(tmp_path: Path, name: str, text: str, place: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ClinicFileError) as caught:
        read_clinic_file(path)
    assert caught.value.problems[0].place == place


def test_a_missing_file_and_a_binary_one_are_told(tmp_path: Path) -> None:
    binary = tmp_path / "clinic.yml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (binary, tmp_path / "nothing.yml"):
        with pytest.raises(ClinicFileError, match="не загружен"):
            read_clinic_file(path)
