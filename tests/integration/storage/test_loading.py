"""Loading a clinic file into a database: all or nothing, and again without losing what callers did."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import func, select

from bot.domain.clinic import OpeningQuery, VisitStatus
from bot.domain.clock import MOSCOW, ManualClock
from bot.storage.base import Base
from bot.storage.engine import Database
from crm_bridge.local import LocalClinic
from crm_bridge.local.build import read_clinic
from crm_bridge.local.file_errors import ClinicFileError
from crm_bridge.local.load import load_clinic
from crm_bridge.port import CrmUnavailable

CLINIC = Path(__file__).parents[2] / "contract" / "clinic.yml"
ACCEPTANCE = Path(__file__).parents[2] / "data" / "acceptance_clinic.json"
NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def clinic(database: Database, clock: ManualClock) -> LocalClinic:
    return LocalClinic(database, clock)


def changed(tmp_path: Path, **sections: Any) -> Path:
    """The contract's clinic with some sections replaced."""
    content = YAML(typ="safe", pure=True).load(CLINIC) | sections
    path = tmp_path / "changed.yml"
    with path.open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump(content, stream)
    return path


async def counts(database: Database) -> dict[str, int]:
    async with database.read() as session:
        return {
            table.name: int(await session.scalar(select(func.count()).select_from(table)) or 0)
            for table in Base.metadata.sorted_tables
            if table.name != "outbox"
        }


async def test_before_loading_the_clinic_is_empty(clinic: LocalClinic) -> None:
    assert (await clinic.directory()).doctors == ()
    assert list(await clinic.openings(OpeningQuery())) == []


async def test_the_report_counts_and_a_second_loading_changes_nothing(database: Database, clock: ManualClock) -> None:
    first = await load_clinic(CLINIC, database, clock)
    before = await counts(database)
    second = await load_clinic(CLINIC, database, clock)
    assert (first.clinic, first.doctors, first.services, first.patients, first.visits) == (
        "Клиника «Договор»",
        3,
        3,
        3,
        4,
    )
    assert (first.new_openings, first.new_patients, first.new_visits) == (first.openings, 3, 4)
    assert (second.new_openings, second.removed_openings, second.new_patients, second.new_visits) == (0, 0, 0, 0)
    assert await counts(database) == before


def equipped(**service: Any) -> dict[str, Any]:
    """Sections for an ECG cabinet: one device, one service with all its fields, of a branch in another time zone."""
    return {
        "branches": [{"id": "east", "name": "Восток", "address": "Мира 2", "timezone": "Asia/Yekaterinburg"}],
        "resources": [{"resource": "Аппарат ЭКГ", "kind": "экг", "branch": "east"}],
        "services": [
            {"service": "узи почек", "price": 1500, "free": ["2026-11-27T08:00"]},
            {
                "service": "экг",
                "branch": "east",
                "price": {"платно": 900, "дмс": 100},
                "fundings": ["дмс", "платно"],
                "category": "диагностика",
                "resources": ["экг"],
                "expensive": True,
                "recall_days": 180,
                "course": {"visits": 5, "every_days": 7},
                "documents": {"default": "Паспорт.", "дмс": "Полис."},
                "free": ["2026-11-27T08:00"],
                **service,
            },
            {"service": "холтер", "branch": "east", "resources": ["экг"], "free": ["2026-11-27T08:10"]},
        ],
    }


async def test_every_field_of_a_service_comes_back_out_of_the_database(
    database: Database, clinic: LocalClinic, clock: ManualClock, tmp_path: Path
) -> None:
    path = changed(tmp_path, **equipped())
    await load_clinic(path, database, clock)
    assert await clinic.directory() == read_clinic(path, NOW).directory
    [opening] = await clinic.openings(OpeningQuery(service="экг"))
    assert opening.starts_at.isoformat() == "2026-11-27T08:00:00+05:00"
    # A second loading takes back what the file no longer says.
    path = changed(tmp_path, **equipped(fundings=None, expensive=False, recall_days=None, documents={}))
    await load_clinic(path, database, clock)
    assert await clinic.directory() == read_clinic(path, NOW).directory


async def test_a_device_of_the_file_is_never_taken_twice(
    database: Database, clinic: LocalClinic, clock: ManualClock, tmp_path: Path
) -> None:
    sections = equipped()
    visit = {"patient": "Петрова Анна Ильинична", "service": "экг", "at": "2026-11-27T09:00"}
    await load_clinic(changed(tmp_path, **sections, appointments=[visit]), database, clock)
    hold = await clinic.hold((await clinic.openings(OpeningQuery(service="экг")))[0].id, owner="c1")
    assert list(await clinic.openings(OpeningQuery(service="холтер"))) == [], "its device is held"
    await clinic.release(hold.id)
    assert len(await clinic.openings(OpeningQuery(service="холтер"))) == 1
    second = visit | {"service": "холтер", "at": "2026-11-27T09:10"}
    with pytest.raises(ClinicFileError, match=r"appointments\[1\].at: на это время занято оборудование"):
        await load_clinic(changed(tmp_path, **sections, appointments=[visit, second]), database, clock)
    # A device that is gone stays while a visit needs it.
    for service in sections["services"][1:]:
        service["resources"] = []
    sections["resources"] = []
    await load_clinic(changed(tmp_path, **sections, appointments=[visit]), database, clock)
    assert (await counts(database))["resources"] == 1
    clock.advance(timedelta(days=5))
    await load_clinic(changed(tmp_path, **sections, appointments=[visit]), database, clock)
    assert (await counts(database))["resources"] == 0


async def test_a_faulty_file_changes_nothing(database: Database, clock: ManualClock, tmp_path: Path) -> None:
    await load_clinic(CLINIC, database, clock)
    before = await counts(database)
    doctors = [{"doctor": "Новая Анна Ивановна", "specialty": "лор"}] * 2
    with pytest.raises(ClinicFileError, match="указан дважды"):
        await load_clinic(changed(tmp_path, doctors=doctors), database, clock)
    assert await counts(database) == before


async def test_a_clash_with_a_callers_booking_changes_nothing(
    database: Database, clinic: LocalClinic, clock: ManualClock, tmp_path: Path
) -> None:
    await load_clinic(CLINIC, database, clock)
    opening = (await clinic.openings(OpeningQuery(doctor="Семёнов")))[0]
    patient = (await clinic.patients_by_phone("+79161110002"))[0]
    hold = await clinic.hold(opening.id, owner="c1")
    visit = await clinic.book(hold.id, patient_id=patient.id, call_id="c1")
    before = await counts(database)
    content = YAML(typ="safe", pure=True).load(CLINIC)
    content["doctors"][1]["free"] = []
    content["doctors"].append({"doctor": "Новая Анна Ивановна", "specialty": "лор"})
    content["appointments"].append(
        {"patient": "Петрова Анна Ильинична", "doctor": "Семёнов", "at": visit.starts_at.isoformat()}
    )
    with pytest.raises(ClinicFileError, match=r"appointments\[4\].at: это время в базе уже занято"):
        await load_clinic(changed(tmp_path, **content), database, clock)
    assert await counts(database) == before


async def test_what_callers_did_outlives_a_new_loading(
    database: Database, clinic: LocalClinic, clock: ManualClock
) -> None:
    await load_clinic(CLINIC, database, clock)
    await clinic.cancel("A1", reason="", call_id="c1")
    hold = await clinic.hold((await clinic.openings(OpeningQuery(doctor="Ким")))[0].id, owner="c2")
    moved = await clinic.move("A2", hold.id, call_id="c2")
    stranger = await clinic.register_patient(full_name="Орлов Иван", birth_date=date(2001, 2, 3), phone="+79161234567")
    await load_clinic(CLINIC, database, clock)
    assert (await clinic.visit("A1")).status is VisitStatus.CANCELLED
    assert await clinic.visit("A2") == moved
    assert list(await clinic.patients_by_phone("+79161234567")) == [stranger]


async def test_who_left_is_offered_no_more_but_stays_in_old_visits(
    database: Database, clinic: LocalClinic, clock: ManualClock, tmp_path: Path
) -> None:
    await load_clinic(CLINIC, database, clock)
    held = await clinic.hold((await clinic.openings(OpeningQuery(doctor="Ким")))[0].id, owner="c1")
    before = YAML(typ="safe", pure=True).load(CLINIC)
    left = {"doctors": before["doctors"][:1], "services": before["services"][:2]}
    report = await load_clinic(
        changed(tmp_path, **left, appointments=[], sick_leaves=[], patients=[], test_results=[]), database, clock
    )
    assert [doctor.full_name for doctor in (await clinic.directory()).doctors] == ["Смирнова Ольга Викторовна"]
    assert list(await clinic.openings(OpeningQuery(specialty="кардиолог"))) == []
    assert report.removed_openings > 0
    kim = (await clinic.visit("A2")).doctor
    assert kim is not None
    assert kim.full_name == "Ким Виктор Сергеевич"
    patient = (await clinic.patients_by_phone("+79161110002"))[0]
    assert (await clinic.book(held.id, patient_id=patient.id, call_id="c1")).doctor == kim


async def test_a_person_known_from_a_call_is_the_same_in_the_file(
    database: Database, clinic: LocalClinic, clock: ManualClock
) -> None:
    known = await clinic.register_patient(full_name="Петрова Анна", birth_date=date(1980, 5, 1), phone=None)
    report = await load_clinic(CLINIC, database, clock)
    assert report.new_patients == 2
    assert (await clinic.visit("A1")).patient.id == known.id
    assert (await clinic.patients_by_phone("+79161110001"))[0].id == known.id


async def test_the_acceptance_clinic_loads_as_it_stands(
    database: Database, clinic: LocalClinic, clock: ManualClock
) -> None:
    report = await load_clinic(ACCEPTANCE, database, clock)
    assert report.now == NOW
    assert (report.doctors, report.services, report.visits, report.sick_leaves, report.test_results) == (12, 3, 5, 2, 1)
    evening = OpeningQuery(specialty="невролог", time_from=time(17), limit=9)
    assert [f"{opening.starts_at:%d %H:%M}" for opening in await clinic.openings(evening)] == ["26 18:00", "26 18:30"]
    visit = await clinic.visit("A5")
    assert (visit.patient.full_name, visit.patient.phone) == ("Левин Борис Ефимович", "+79161112205")
    assert visit.starts_at.isoformat() == "2026-11-24T12:00:00+03:00"
    [leave] = await clinic.sick_leaves(number="910001234567")
    assert (leave.doctor, leave.ends_on, leave.status) == ("Смирнова Ольга Викторовна", date(2026, 11, 24), "open")
    directory = await clinic.directory()
    assert directory.prep["гастроскопия"] == "Не есть восемь часов, не пить два часа."
    assert directory.documents["default"] == "Паспорт и полис."
    assert directory.prices["мрт поясницы"] == 5400
    branch = directory.branches[0]
    assert (branch.address, branch.home_visit_until) == ("Комсомольская 12", time(14))
    assert branch.lab_hours.on(date(2026, 11, 28)) == (time(8), time(10, 30))


async def test_a_database_that_is_gone_is_told_as_an_outage(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/clinic.db")
    clinic = LocalClinic(database, ManualClock(NOW), hold_ttl=timedelta(seconds=1))
    with pytest.raises(CrmUnavailable) as caught:
        await clinic.patients_by_phone("+79161110001")
    assert caught.value.retryable
    await database.dispose()
