"""Every kind of table into a real database, out again, and in again without a change."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.clock import MOSCOW, ManualClock
from bot.storage.engine import Database
from crm_bridge.local import LocalClinic
from crm_bridge.local.exchange.exporter import export_table
from crm_bridge.local.exchange.fields import Kind
from crm_bridge.local.exchange.importer import ImportOrder, ImportReport, import_table
from crm_bridge.local.tables import BranchRow, ConsentRow, DoctorRow, OpeningRow, PatientRow, ServiceRow, VisitRow

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    opened = Database(migrated_url)
    async with opened.write() as session:
        place = {"timezone": "Europe/Moscow", "hours": {}, "lab_hours": {}}
        session.add(BranchRow(id="main", ordinal=0, name="Главный", address="Ленина, 1", **place))
        session.add(BranchRow(id="north", ordinal=1, name="Северный", address="Лесная, 2", **place))
    yield opened
    await opened.dispose()


class Desk:
    """Feeds texts as files."""

    def __init__(self, database: Database, clock: ManualClock, folder: Path) -> None:
        self.database, self.clock, self.folder = database, clock, folder

    async def feed(self, kind: Kind, *lines: str) -> ImportReport:
        path = self.folder / f"{kind.value}.csv"
        path.write_text("\n".join(lines), encoding="cp1251")
        return await import_table(ImportOrder(path=path, kind=kind), self.database, self.clock)

    def errors(self, kind: Kind) -> list[str]:
        with (self.folder / f"{kind.value}.errors.csv").open(encoding="utf-8-sig", newline="") as stream:
            return [row[-1] for row in list(csv.reader(stream, delimiter=";"))[1:]]

    async def all(self, model: Any) -> list[Any]:
        async with self.database.read() as session:
            return list(await session.scalars(select(model).order_by(model.id)))

    async def staff(self) -> None:
        await self.feed(
            Kind.DOCTORS, "ФИО;Специальность;Филиал", "Ким Виктор Сергеевич;Врач-кардиолог;", "Ким Анна;ЛОР;Северный"
        )
        await self.feed(Kind.SERVICES, "Услуга;Цена;Длительность", "ЭКГ;1 200,00 р.;15 мин", "УЗИ сердца;2500;30")
        await self.feed(
            Kind.PATIENTS, "ФИО;Дата рождения;Телефон", "Иванова Анна Петровна;01.05.1980;89161234567",
            "Петров Олег Ильич;02.06.1970;89161234568",
        )  # fmt: skip


@pytest.fixture
async def desk(database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    return Desk(database, clock, tmp_path)


def told(report: ImportReport) -> tuple[int, int, int, int, int]:
    return (report.new, report.changed, report.unchanged, report.repeated, report.bad)


async def test_patients_are_completed_but_never_overwritten(desk: Desk) -> None:
    clinic = LocalClinic(desk.database, desk.clock)
    known = await clinic.register_patient(full_name="Иванова Анна", birth_date=date(1980, 5, 1), phone="+79161234567")
    heading = "ФИО;Дата рождения;Телефон;Примечание;Согласие на звонки;Не звонить"
    rows = [
        "Иванова Анна Петровна;01.05.1980;84951234567;VIP;да;",
        "Сидоров Олег;;89161234567;;;",
        "Сидоров Олег;05.05.1990;89161234569;;нет;да",
    ]
    assert told(await desk.feed(Kind.PATIENTS, heading, *rows)) == (1, 1, 0, 0, 1)
    assert desk.errors(Kind.PATIENTS) == ["Дата рождения: заполните; по имени и телефону такого пациента в базе нет"]
    [found] = await clinic.patients_by_phone("+74951234567")
    assert (found.id, found.full_name) == (known.id, "Иванова Анна Петровна")
    assert [row.note for row in await desk.all(PatientRow) if row.id == known.id] == ["VIP"]
    assert [(row.purpose, row.granted) for row in await desk.all(ConsentRow)] == [
        ("service_calls", True),
        ("service_calls", False),
    ]
    assert await clinic.is_do_not_call("+79161234569")
    assert told(await desk.feed(Kind.PATIENTS, heading, *rows)) == (0, 0, 2, 0, 1)


async def test_doctors_and_services_are_brought_up_to_the_table(desk: Desk) -> None:
    await desk.staff()
    report = await desk.feed(
        Kind.DOCTORS, "ФИО;Специальность;Филиал;Работает", "Ким Виктор;терапевт;северный;", "ким анна;лор;;нет",
        "Ли Вера;лор;Южный;",
    )  # fmt: skip
    assert told(report) == (0, 2, 0, 0, 1)
    assert desk.errors(Kind.DOCTORS)[0].startswith("Филиал: «Южный» не найден")
    doctors = {row.full_name: (row.specialty, row.branch_id, row.active) for row in await desk.all(DoctorRow)}
    assert doctors == {"Ким Виктор Сергеевич": ("терапевт", "north", True), "Ким Анна": ("лор", "north", False)}
    assert told(await desk.feed(Kind.SERVICES, "Услуга;Цена", "экг;1300", "ЭКГ;1300", "УЗИ сердца;", "ЭКГ;1")) == (
        *(0, 1, 1, 1, 1),
    )
    services = {row.name: (row.price, row.duration_min) for row in await desk.all(ServiceRow)}
    assert services == {"ЭКГ": (1300, 15), "УЗИ сердца": (2500, 30)}


async def test_what_a_service_needs_goes_in_and_out(desk: Desk) -> None:
    heading = "Услуга;Оплата;Цена по ДМС;Оборудование;Приёмов в курсе;Курс: через, дней"
    row = "ЭКГ;ДМС, платно;300;экг, кушетка;5;7"
    assert told(await desk.feed(Kind.SERVICES, heading, row, "УЗИ;в кредит;;;;")) == (1, 0, 0, 0, 1)
    assert "«в кредит» не подходит, можно: «платно»" in desk.errors(Kind.SERVICES)[0]
    [ecg] = await desk.all(ServiceRow)
    assert (ecg.fundings, ecg.prices, ecg.resources) == (["paid", "dms"], {"dms": 300}, ["экг", "кушетка"])
    assert (ecg.course_total, ecg.course_interval_days) == (5, 7)
    await desk.feed(Kind.SERVICES, "Услуга;Цена по ОМС", "ЭКГ;0")
    [ecg] = await desk.all(ServiceRow)
    assert ecg.prices == {"dms": 300, "oms": 0}
    path = desk.folder / "out.csv"
    await export_table(Kind.SERVICES, path, desk.database)
    assert "платно, ДМС;0;300;экг, кушетка;5;7" in path.read_text(encoding="utf-8-sig")
    again = await import_table(ImportOrder(path=path, kind=Kind.SERVICES), desk.database, desk.clock)
    assert told(again) == (0, 0, 1, 0, 0)


async def test_schedules_become_openings_that_never_overlap(desk: Desk) -> None:
    await desk.staff()
    heading = "Врач;Услуга;Дата;Начало;Окончание;Шаг"
    rows = [
        "Ким В.С.;;24.11.2026;9:00;10:00;20",
        "Ким Виктор;;24.11.2026;10:00;;",
        ";экг;24.11.2026;9:00;9:30;",
        "Ким Виктор;;24.11.2026;9:10;;",
        "Ким;;24.11.2026;12:00;;",
        "Ким Виктор;;20.11.2026;12:00;;",
        "Ким Виктор;;24.11.2026;12:00;11:00;",
    ]
    assert told(await desk.feed(Kind.SCHEDULES, heading, *rows)) == (3, 0, 0, 0, 4)
    assert [error.split(":")[0] for error in desk.errors(Kind.SCHEDULES)] == [
        *("Начало", "Врач", "Дата", "Время окончания должно быть позже начала"),
    ]
    openings = sorted(await desk.all(OpeningRow), key=lambda row: (row.service_id or "", row.starts_at))
    assert [row.local_time for row in openings] == [
        *(time(9), time(9, 20), time(9, 40), time(10), time(9), time(9, 15)),
    ]
    assert told(await desk.feed(Kind.SCHEDULES, heading, *rows)) == (0, 0, 3, 0, 4)


async def test_consents_of_a_table_are_a_history(desk: Desk) -> None:
    await desk.staff()
    heading = "ФИО;Дата рождения;Телефон;Цель;Согласие;Дата;Источник"
    rows = [
        "Иванова Анна;01.05.1980;;Реклама;да;01.02.2025;анкета",
        "Иванова Анна;;89161234567;Реклама;нет;01.03.2025;телефон",
        "Петров Олег;02.06.1970;;опрос;+;01.02.2030;",
        "Кто-то Иной;02.06.1971;;опрос;+;01.02.2025;",
        "Петров Олег;02.06.1970;;танцы;+;01.02.2025;",
    ]
    assert told(await desk.feed(Kind.CONSENTS, heading, *rows)) == (2, 0, 0, 0, 3)
    errors = desk.errors(Kind.CONSENTS)
    assert "из будущего" in errors[0]
    assert "сначала загрузите пациентов" in errors[1]
    assert "«сервисные звонки»" in errors[2]
    assert told(await desk.feed(Kind.CONSENTS, heading, *rows)) == (0, 0, 2, 0, 3)
    assert [row.granted for row in await desk.all(ConsentRow)] == [True, False]


async def test_past_visits_take_no_opening_and_are_corrected_by_a_later_table(desk: Desk) -> None:
    await desk.staff()
    heading = "ФИО;Дата рождения;Дата приёма;Врач;Услуга;Статус;Стоимость;Оплачено"
    rows = [
        "Иванова Анна;01.05.1980;20.11.2026 9:30;Ким В.;ЭКГ;Состоялся;1200;1200",
        "Петров Олег;02.06.1970;20.11.2026 10:00;;ЭКГ;Неявка;;",
        "Петров Олег;02.06.1970;23.11.2026 09:50;;ЭКГ;;;",
    ]
    assert told(await desk.feed(Kind.VISITS, heading, *rows)) == (2, 0, 0, 0, 1)
    assert "ещё не прошёл" in desk.errors(Kind.VISITS)[0]
    rows[0] = rows[0].replace(";1200;1200", ";1200;1000")
    assert told(await desk.feed(Kind.VISITS, heading, *rows)) == (0, 1, 1, 0, 1)
    visits = sorted(await desk.all(VisitRow), key=lambda row: row.starts_at)
    assert [(row.status, row.price, row.paid, row.opening_id) for row in visits] == [
        ("completed", 1200, 1000, None),
        ("no_show", 0, 0, None),
    ]
    assert visits[0].starts_at == datetime(2026, 11, 20, 9, 30, tzinfo=MOSCOW)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_what_is_exported_can_be_imported_and_changes_nothing(desk: Desk, ending: str) -> None:
    await desk.staff()
    await desk.feed(Kind.SCHEDULES, "Врач;Дата;С;По", "Ким Анна;24.11.2026;9:00;10:00", "Ким В;25.11.2026;9:00;")
    await desk.feed(Kind.CONSENTS, "ФИО;Телефон;Цель;Согласие;Дата", "Иванова Анна;89161234567;ПДн;да;01.02.2025")
    await desk.feed(
        Kind.VISITS, "ФИО;Телефон;Дата;Время;Врач;Комментарий", "Иванова Анна;89161234567;01.02.2026;9:30;Ким В;=1+1"
    )
    for kind, count in zip(Kind, (2, 2, 2, 4, 1, 1), strict=True):
        path = desk.folder / f"out.{ending}"
        assert await export_table(kind, path, desk.database) == count
        report = await import_table(ImportOrder(path=path, kind=kind), desk.database, desk.clock)
        assert told(report) == (0, 0, count, 0, 0), kind
