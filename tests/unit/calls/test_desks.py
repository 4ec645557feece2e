"""Whose phone rings first for whom."""

from __future__ import annotations

from datetime import datetime, time

from bot.calls.desks import Desk, in_turn

REGISTRY = Desk(name="Окно 1", endpoint="reg-101", branch="b1")
OTHER_BRANCH = Desk(name="Окно 2", endpoint="reg-102", branch="b2")
SURGEON = Desk(name="Хирург", endpoint="reg-201", specialty="хирург")
SMIRNOVA = Desk(name="Смирнова", endpoint="reg-202", doctor="Смирнова", opens=time(9), closes=time(15))
ALL = (REGISTRY, OTHER_BRANCH, SURGEON, SMIRNOVA)
NOON, EVENING = datetime.fromisoformat("2026-11-23T12:00+03:00"), datetime.fromisoformat("2026-11-23T18:00+03:00")


def names(wanted: dict[str, str], now: datetime = NOON) -> list[str]:
    return [desk.name for desk in in_turn(ALL, wanted, now)]


def test_nobody_named_is_the_registry() -> None:
    assert names({}) == ["Окно 1", "Окно 2"]


def test_a_doctor_asked_for_rings_before_the_registry() -> None:
    assert names({"to_doctor": "Смирнова Ольга Викторовна"}) == ["Смирнова", "Окно 1", "Окно 2"]
    assert names({"to_doctor": "Смирнов"}) == ["Окно 1", "Окно 2"]


def test_a_doctor_who_is_not_there_is_passed_over() -> None:
    assert names({"to_doctor": "Смирнова"}, EVENING) == ["Окно 1", "Окно 2"]


def test_a_doctor_whose_visit_it_is_about_is_not_rung() -> None:
    assert names({"doctor": "Смирнова Ольга Викторовна"}) == ["Окно 1", "Окно 2"]


def test_the_profession_collected_rings_first() -> None:
    assert names({"specialty": "хирург"}) == ["Хирург", "Окно 1", "Окно 2"]
    assert names({"to_specialty": "терапевт", "specialty": "хирург"}) == ["Окно 1", "Окно 2"]


def test_the_callers_branch_is_before_the_others() -> None:
    assert names({"branch": "b2"}) == ["Окно 2", "Окно 1"]
