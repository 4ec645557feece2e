"""Who may do what, through the API and through the clinic's own parts: I6 and C20."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.clinic import Visit
from bot.domain.follow_up import BOT, Need
from bot.web.api.app import create_api
from crm_bridge.local.ratings import LocalRatings
from crm_bridge.local.tables import ConsentRow
from crm_bridge.port import NotFound, Refused
from crm_bridge.rules.rights import HOUSE, PEOPLE_ONLY, RATING_TASK, RIGHTS, VISITS_MANAGE, Role
from tests.integration.notify.post import post
from tests.rules.house import DOCTOR, REGISTRAR, House, at
from tests.unit.web.api.office import ApiHouse, Person


@pytest.fixture
def house(house: House) -> ApiHouse:
    """The same clinic, with its API."""
    return ApiHouse(house.database)


@pytest_asyncio.fixture
async def client(aiohttp_client: Any, house: ApiHouse) -> Any:
    return await aiohttp_client(create_api(house.parts))


# ---------------------------------------------------------------------- I6


@pytest.mark.parametrize(("may", "status"), [(True, 201), (False, 403)])
async def test_i6_one_right_opens_booking_task_and_waitlist_alike(
    house: ApiHouse, client: Any, may: bool, status: int
) -> None:
    """Somebody with every other right is refused the three of them; with this one and no other all three are done."""
    others = frozenset(RIGHTS) - PEOPLE_ONLY - {VISITS_MANAGE}
    person = Person(client=client, token=await house.key(*({VISITS_MANAGE} if may else others)))
    patient, opening = await house.patient(), await house.opening(at(24, "10:00"))
    hold = await house.clinic.hold(opening, owner="desk")
    need = {"patient_id": patient.id, "need": {"doctor_id": "d2"}, "comment": "перезвонить"}
    for path, body in (
        ("/visits", {"hold_id": hold.id, "patient_id": patient.id}),
        ("/tasks", need),
        ("/waitlist", {**need, "need": {"doctor_id": "d1"}}),
    ):
        answer = await person.post(path, body)
        assert answer.status == status, (path, answer.body)
        if not may:
            assert "«Может управлять приёмами»" in answer.body["detail"]
    assert len(await house.clinic.visits_of([patient.id])) == int(may)
    assert len(await house.open_tasks(patient)) == int(may)


# --------------------------------------------------------------------- C20


async def attended(house: House) -> Visit:
    """A visit that took place; its patient has agreed to be asked."""
    patient = await house.patient()
    async with house.database.write() as session:
        session.add(
            ConsentRow(
                patient_id=patient.id, purpose="survey", granted=True, source="desk", wording="1", at=house.clock.now()
            )
        )
    visit = await house.book(at(23, "11:00"), patient=patient)
    house.go_to(at(23, "11:20"))
    return await house.clinic.attend(visit.id, by=DOCTOR)


async def test_c20_the_rating_is_asked_for_by_itself_two_hours_after_the_visit(house: House, tmp_path: Path) -> None:
    async with post(house, tmp_path) as mail:
        await attended(house)
        await mail.round()
        house.go_to(at(23, "13:19"))
        await mail.round()
        assert [line["template"] for line in mail.lines()] == []
        house.go_to(at(23, "13:20"))
        await mail.round()
        assert [line["template"] for line in mail.lines()] == ["rating"]
        assert "/rate/" in mail.lines()[0]["text"]


async def test_c20_a_registrar_gets_403_and_the_director_reads(house: ApiHouse, client: Any) -> None:
    visit = await attended(house)
    await house.parts.ratings.rate(visit.id, 2, text="грубили", by=BOT)
    for role in Role:
        person = Person(client=client, token=await house.hire(role))
        statuses = {(await person.get(path)).status for path in ("/ratings", f"/visits/{visit.id}/rating")}
        assert statuses == {200 if role is Role.DIRECTOR else 403}, role


@pytest.mark.parametrize(("score", "tasks"), [(1, 1), (3, 1), (4, 0)])
async def test_c20_at_or_below_the_threshold_the_director_has_a_task_at_once(
    house: House, score: int, tasks: int
) -> None:
    visit = await attended(house)
    await LocalRatings(house.clinic.ground).rate(visit.id, score, by=BOT, call_id=None)
    found = await house.desk.tasks.active_tasks(reader=HOUSE)
    assert [(one.owner, one.visit_id, one.active_from) for one in found] == [
        ("director", visit.id, date(2026, 11, 23))
    ] * tasks


async def test_c20_nobody_but_the_director_meets_the_task_in_any_list(house: ApiHouse) -> None:
    visit = await attended(house)
    await house.parts.ratings.rate(visit.id, 1, by=REGISTRAR)
    [task] = await house.desk.tasks.active_tasks(reader=HOUSE)
    patient, tomorrow = visit.patient.id, house.clock.now() + timedelta(days=1)
    house.go_to(tomorrow)
    registrar = await house.parts.access.identify(await house.hire(Role.SENIOR_REGISTRAR))
    director = await house.parts.access.identify(await house.hire(Role.DIRECTOR))
    assert registrar
    assert director
    for reader, seen in ((None, []), (registrar, []), (director, [task.id])):
        tasks, control = house.desk.tasks, house.desk.control
        assert [one.id for one in await tasks.active_tasks(reader=reader)] == seen
        assert [one.id for one in await tasks.active_tasks(owner="director", reader=reader)] == seen
        assert [one.id for one in await tasks.tasks_of(patient, closed=True, reader=reader)] == seen
        assert [one.id for one in await control.overdue(reader=reader) if one.kind == "task"] == seen
        line = await control.timeline(patient, reader=reader)
        assert [one.id for one in line if one.kind == "task"] == seen
        if not seen:
            with pytest.raises(NotFound):
                await tasks.clinic_task(task.id, reader=reader)
    assert (await house.desk.tasks.clinic_task(task.id, reader=director)).owner == "director"


async def test_c20_the_directors_type_of_task_is_made_by_a_rating_only(house: House) -> None:
    visit = await attended(house)
    await LocalRatings(house.clinic.ground).rate(visit.id, 1, by=BOT)
    assert RATING_TASK not in {one.id for one in await house.desk.tasks.task_types()}
    with pytest.raises(Refused):
        await house.desk.tasks.add_task_type(RATING_TASK, "Моя", by=REGISTRAR)
    with pytest.raises(Refused):
        await house.desk.tasks.create_task(
            patient_id=visit.patient.id, need=Need(), comment="x", type=RATING_TASK, by=REGISTRAR
        )


async def test_c20_a_visit_is_rated_once_by_its_link_and_the_voice_may_mend_it(house: House) -> None:
    visit = await attended(house)
    ratings = LocalRatings(house.clinic.ground)
    assert not await ratings.is_rated(visit.id)
    await ratings.rate(visit.id, 5, by=BOT, once=True)
    with pytest.raises(Refused, match="уже получена"):
        await ratings.rate(visit.id, 1, by=BOT, once=True)
    assert (await ratings.rating(visit.id, reader=HOUSE)).score == 5
    await ratings.rate(visit.id, 4, by=BOT)
    assert (await ratings.rating(visit.id, reader=HOUSE)).score == 4
