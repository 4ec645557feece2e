"""Robots: an admin's own trigger, condition and action (M14)."""

from __future__ import annotations

from datetime import date

import pytest

from bot.storage.outbox import Outbox
from crm_bridge.rules.robots import Robot, RobotError, check
from tests.rules.house import DIRECTOR, House, at

THANKS = Robot(
    id="r1",
    name="Узнать о самочувствии",
    trigger="visit.completed",
    condition={"specialty": "терапевт", "age": {"at_least": 60}},
    action={
        "create_task": {"type": "check_up", "comment": "Спросить {patient}, как дела после {doctor}", "in_days": 3}
    },
)


async def happened(house: House, doctor: str = "d1") -> None:
    """A visit of a woman of 66 that took place."""
    patient = await house.patient()
    visit = await house.book(at(24, "09:00" if doctor == "d1" else "11:00"), patient=patient, doctor=doctor)
    house.go_to(max(house.clock.now(), at(24, "12:00")))
    await house.clinic.attend(visit.id, by=DIRECTOR)


async def reacted(house: House) -> int:
    events = await Outbox(house.database, house.clock).pending(limit=1000)
    return sum([len(await house.desk.robots.react(event)) for event in events])


async def test_m14_a_robot_fires_once_an_event(house: House) -> None:
    await house.desk.robots.save(THANKS, by=DIRECTOR)
    await happened(house)
    assert [await reacted(house), await reacted(house)] == [1, 0]
    task = await house.only_task(await house.patient())
    assert task.comment == "Спросить Сидорова Мария Петровна, как дела после Иванов Иван Иванович"
    assert (task.active_from, task.history[0].split(":")[0]) == (date(2026, 11, 27), "M14 Узнать о самочувствии")


async def test_m14_the_condition_is_asked(house: House) -> None:
    await house.desk.robots.save(THANKS, by=DIRECTOR)
    await happened(house, doctor="d2")
    assert await reacted(house) == 0


async def test_m14_a_dry_run_lists_and_changes_nothing(house: House) -> None:
    await happened(house)
    [firing] = await house.desk.robots.dry_run(THANKS)
    assert firing.text.startswith("create_task: Спросить Сидорова")
    assert await house.desk.robots.robots() == []
    assert await house.open_tasks(await house.patient()) == []


async def test_m14_one_that_is_switched_off_rests(house: House) -> None:
    await house.desk.robots.save(
        Robot(id="r1", name="x", trigger="visit.completed", action=THANKS.action, active=False), by=DIRECTOR
    )
    await happened(house)
    assert await reacted(house) == 0


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"trigger": "visit.exploded"}, "Неизвестное событие"),
        ({"condition": {"colour": "red"}}, "нет такого поля «colour»"),
        ({"condition": {"age": {"above": 3}}}, "at_least"),
        ({"action": {}}, "ровно одно действие"),
        ({"action": {"explode": {}}}, "Неизвестное действие"),
        ({"action": {"create_task": {"colour": "red"}}}, "поля бывают"),
        ({"action": {"create_task": {"comment": "{colour}"}}}, "нет вставки {colour}"),
    ],
)
def test_m14_a_misspelt_robot_is_told_where(changed: dict[str, object], told: str) -> None:
    fields = {"id": "r", "name": "r", "trigger": "visit.completed", "action": THANKS.action, **changed}
    with pytest.raises(RobotError, match=told):
        check(Robot(**fields))  # type: ignore[arg-type]
