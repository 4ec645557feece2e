"""The clinic file on services: who pays, who gives them, rooms and devices, courses; faults with their lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.domain.clinic import ANY_FUNDING, Funding
from crm_bridge.local.build import read_clinic
from crm_bridge.local.file_errors import ClinicFileError
from tests.unit.crm.test_clinic_file import NOW, clinic, faults, read


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
