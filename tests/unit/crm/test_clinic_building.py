"""A clinic file made into a clinic: schedules cut into openings, relative days, ids that stay."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.clinic import VisitStatus
from crm_bridge.local.build import read_clinic
from tests.unit.crm.test_clinic_file import NOW, clinic, read

DEMO = Path(__file__).parents[3] / "crm_bridge" / "local" / "demo_clinic.yml"


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
