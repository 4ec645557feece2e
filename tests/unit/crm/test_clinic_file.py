"""The clinic file: faults told with their places, schedules and relative days made into openings."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.clinic import ANY_FUNDING, Funding, VisitStatus
from bot.domain.clock import MOSCOW
from crm_bridge.clinic_data import ClinicData
from crm_bridge.local.build import read_clinic
from crm_bridge.local.clinic_file import read_clinic_file
from crm_bridge.local.file_errors import ClinicFileError

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
DEMO = Path(__file__).parents[3] / "crm_bridge" / "local" / "demo_clinic.yml"


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


def _unknown_funding(file: dict[str, Any]) -> None:
    file["services"][0]["fundings"] = ["омс", "кредит"]


def _worded_price(file: dict[str, Any]) -> None:
    file["services"][0]["price"] = "дорого"


def _negative_price(file: dict[str, Any]) -> None:
    file["services"][0]["price"] = {"платно": 100, "дмс": -1}


def _price_of_no_funding(file: dict[str, Any]) -> None:
    file["services"][0] |= {"price": {"дмс": 100}, "fundings": ["платно"]}


def _no_performer(file: dict[str, Any]) -> None:
    file["services"][0]["specialty"] = "лор"


def _no_device(file: dict[str, Any]) -> None:
    file["services"][0]["resources"] = ["экг"]


def _device_elsewhere(file: dict[str, Any]) -> None:
    _no_device(file)
    file["branches"] = [{"id": "east", "name": "Восток", "address": "Мира 2"}]
    file["resources"] = [{"resource": "Аппарат", "kind": "экг", "branch": "east"}]


def _device_nowhere(file: dict[str, Any]) -> None:
    file["resources"] = [{"resource": "Аппарат", "kind": "экг", "branch": "east"}]


def _device_twice(file: dict[str, Any]) -> None:
    file["resources"] = [{"resource": "Аппарат", "kind": "экг"}] * 2


def _course_of_one(file: dict[str, Any]) -> None:
    file["services"][0]["course"] = {"visits": 1, "every_days": 7}


def _never_again(file: dict[str, Any]) -> None:
    file["services"][0]["recall_days"] = 0


def _documents_of_nobody(file: dict[str, Any]) -> None:
    file["services"][0]["documents"] = {"кредит": "Паспорт."}


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
        (_unknown_funding, "services[0].fundings[1]: «кредит» — не способ оплаты: нужно «платно», «омс» или «дмс»"),
        (_worded_price, "services[0].price: «дорого» — не цена: нужны целые рубли"),
        (_negative_price, "services[0].price.dms: число должно быть не меньше 0"),
        (_price_of_no_funding, "services[0].price: цена для «ДМС» есть, а в fundings такой оплаты нет"),
        (_no_performer, "services[0].specialty: врача по специальности «лор» нет в doctors"),
        (_no_device, "services[0].resources[0]: вида «экг» нет в resources там, где оказывают услугу"),
        (_device_elsewhere, "services[0].resources[0]: вида «экг» нет в resources там, где оказывают услугу"),
        (_device_nowhere, "resources[0].branch: филиала «east» нет, есть: main"),
        (_device_twice, "resources[1].resource: кабинет или прибор «Аппарат» указан дважды (см. resources[0])"),
        (_course_of_one, "services[0].course.visits: число должно быть не меньше 2"),
        (_never_again, "services[0].recall_days: число должно быть не меньше 1"),
        (_documents_of_nobody, "services[0].documents: «кредит» — не способ оплаты"),
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


@pytest.mark.parametrize(
    ("service", "line"),
    [
        ("{service: экг, price: дорого}", "строка 5: services[0].price: "),
        ("{service: экг, resources: [экг]}", "строка 5: services[0].resources[0]: "),
        ("{price: 100}", "строка 5: services[0].service: поле обязательно"),
        ("экг", "строка 5: services[0]: здесь нужны пары"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, service: str, line: str) -> None:
    path = tmp_path / "clinic.yml"
    path.write_text(f"# Клиника\nclinic:\n  address: Садовая 1\nservices:\n  - {service}\n", encoding="utf-8")
    with pytest.raises(ClinicFileError) as caught:
        read_clinic(path, NOW)
    assert str(caught.value).splitlines()[1].strip().startswith(line)


def test_a_service_says_who_pays_what_it_needs_and_when_to_come_again(tmp_path: Path) -> None:
    content = clinic()
    content["resources"] = [{"resource": "Кабинет ЭКГ", "kind": "экг"}]
    content["services"] = [
        {
            "service": "экг",
            "price": {"платно": 900, "дмс": 100},
            "fundings": ["дмс", "платно"],
            "specialty": "кардиолог",
            "category": "диагностика",
            "resources": ["экг"],
            "expensive": True,
            "recall_days": 180,
            "course": {"visits": 5, "every_days": 7},
            "documents": {"default": "Паспорт.", "ДМС": "Полис."},
        },
        {"service": "узи", "price": 500, "documents": "Паспорт."},
    ]
    data = read(tmp_path, content)
    ecg, ultrasound = data.directory.services
    assert (ecg.price, ecg.prices, ecg.fundings) == (900, {"dms": 100}, (Funding.PAID, Funding.DMS))
    assert (ecg.specialty, ecg.category, ecg.resources, ecg.expensive) == ("кардиолог", "диагностика", ("экг",), True)
    assert (ecg.recall_days, ecg.course_total, ecg.course_interval_days) == (180, 5, 7)
    assert ecg.documents == {"default": "Паспорт.", "dms": "Полис."}
    assert ecg.bookable, "its cardiologist gives it"
    assert (ultrasound.price, ultrasound.prices, ultrasound.fundings) == (500, {}, ANY_FUNDING)
    assert (ultrasound.documents, ultrasound.bookable) == ({"default": "Паспорт."}, False)
    assert data.directory.prices == {"экг": 900, "узи": 500}
    assert [(one.name, one.kind, one.branch_id) for one in data.resources] == [("Кабинет ЭКГ", "экг", "main")]


def test_a_missing_file_and_a_binary_one_are_told(tmp_path: Path) -> None:
    binary = tmp_path / "clinic.yml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (binary, tmp_path / "nothing.yml"):
        with pytest.raises(ClinicFileError, match="не загружен"):
            read_clinic_file(path)


def test_a_week_is_cut_into_openings_from_now_on(tmp_path: Path) -> None:
    content = clinic()
    content["schedule_weeks"] = 1
    content["doctors"][1] |= {
        "slot_min": 30,
        "schedule": {"пн": ["09:30-11:00", "12:00-12:45"], "sun": "09:00-09:30"},
        "days_off": ["2026-11-29"],
    }
    data = read(tmp_path, content)
    of_kim = [opening for opening in data.openings if opening.doctor and opening.doctor.specialty == "кардиолог"]
    # 09:30 is over, 10:00 is now, 12:30 would not end in time, Sunday is off; 24th 11:00 is the appointment.
    assert sorted(f"{opening.starts_at:%d %H:%M}" for opening in of_kim) == ["23 10:30", "23 12:00", "24 11:00"]
    assert {opening.ends_at - opening.starts_at for opening in of_kim} == {timedelta(minutes=30)}


def test_a_visit_pushes_away_the_slots_it_overlaps(tmp_path: Path) -> None:
    content = clinic()
    content["doctors"][1] |= {"slot_min": 30, "schedule": {"tue": "10:00-12:00"}, "free": []}
    content["schedule_weeks"] = 1
    content["appointments"][0]["at"] = "завтра 10:45"
    data = read(tmp_path, content)
    of_kim = [opening for opening in data.openings if opening.doctor and opening.doctor.specialty == "кардиолог"]
    assert sorted(f"{opening.starts_at:%d %H:%M}" for opening in of_kim) == ["24 10:00", "24 10:45", "24 11:30"]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("сегодня 18:30", "2026-11-23T18:30:00+03:00"),
        ("tomorrow 09:00", "2026-11-24T09:00:00+03:00"),
        ("+9 09:00", "2026-12-02T09:00:00+03:00"),
        ("-1 09:00", "2026-11-22T09:00:00+03:00"),
        ("2026-11-24 09:05", "2026-11-24T09:05:00+03:00"),
        ("2026-11-24T09:05:00+05:00", "2026-11-24T07:05:00+03:00"),
    ],
)
def test_moments_are_read_in_many_ways(tmp_path: Path, at: str, expected: str) -> None:
    content = clinic()
    content["appointments"][0]["at"] = at
    assert read(tmp_path, content).visits[0].visit.starts_at.isoformat() == expected


def test_another_branch_has_its_own_clock(tmp_path: Path) -> None:
    content = clinic()
    content["branches"] = [{"id": "east", "name": "Восток", "address": "Мира 2", "timezone": "Asia/Yekaterinburg"}]
    content["doctors"][1]["branch"] = "east"
    assert read(tmp_path, content).visits[0].visit.starts_at.isoformat() == "2026-11-24T11:00:00+05:00"


def test_reading_twice_gives_the_same_ids(tmp_path: Path) -> None:
    assert read(tmp_path, clinic()) == read(tmp_path, clinic())


def test_missing_texts_come_from_the_shipped_defaults(tmp_path: Path) -> None:
    content = clinic()
    content["prep"] = {"экг": "Не волноваться."}
    content["services"].append({"service": "гастроскопия"})
    directory = read(tmp_path, content).directory
    assert directory.prep["экг"] == directory.services[0].prep == "Не волноваться."
    assert directory.services[1].prep is not None
    assert "Восемь часов не есть" in directory.services[1].prep
    assert "Паспорт" in directory.documents["default"]


def test_the_demo_clinic_is_without_faults_on_any_day_of_the_week() -> None:
    for days in range(7):
        now = NOW + timedelta(days=days)
        data = read_clinic(DEMO, now)
        assert len(data.directory.doctors) >= 14
        assert len(data.directory.services) >= 25
        assert len(data.patients) == 25
        days_of_visits = {placed.visit.starts_at.date() for placed in data.visits}
        assert {now.date(), now.date() + timedelta(days=1)} <= days_of_visits
        assert all(placed.visit.status is not VisitStatus.CANCELLED for placed in data.visits)
        phones = [patient.phone for patient in data.patients]
        assert sorted(phones.count(phone) for phone in set(phones))[-2:] == [2, 3]
