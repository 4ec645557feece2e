"""C20: what patients said is the director's alone, and a low rating reaches the director at once."""

from __future__ import annotations

from typing import Any

import pytest

from crm_bridge.local.tables import AuditRow
from crm_bridge.rules.rights import Role
from tests.rules.house import DOCTOR, REGISTRAR, at
from tests.unit.web.api.office import ApiHouse

BUT_THE_DIRECTOR = tuple(role for role in Role if role is not Role.DIRECTOR)


async def _attended(house: ApiHouse) -> str:
    visit = await house.book(at(23, "10:30"))
    house.go_to(at(23, "10:40"))
    await house.clinic.attend(visit.id, by=DOCTOR)
    return visit.id


async def test_c20_a_patient_rates_and_only_the_director_reads(house: ApiHouse, hire: Any, programme: Any) -> None:
    visit, survey = await _attended(house), await programme("ratings.write")
    assert (await survey.post("/ratings", {"visit_id": visit, "score": 5, "text": "спасибо"})).status == 204
    director = await hire(Role.DIRECTOR)
    assert (await director.get(f"/visits/{visit}/rating")).body["text"] == "спасибо"
    assert [one["score"] for one in (await director.get("/ratings")).body["items"]] == [5]
    for role in BUT_THE_DIRECTOR:
        person = await hire(role)
        for path in ("/ratings", f"/visits/{visit}/rating"):
            assert (await person.get(path)).status == 403, role
    assert (await survey.get(f"/visits/{visit}/rating")).status == 403


async def test_c20_an_authorised_person_reads_too(house: ApiHouse, hire: Any) -> None:
    visit = await _attended(house)
    await house.parts.ratings.rate(visit, 4, by=REGISTRAR)
    trusted = await hire(Role.MARKETING, rights=["ratings.read"])
    assert (await trusted.get(f"/visits/{visit}/rating")).body["score"] == 4


@pytest.mark.parametrize(("score", "threshold", "tasks"), [(3, 3, 1), (4, 3, 0), (4, 4, 1)])
async def test_c20_a_rating_at_or_below_the_setting_makes_a_task(
    house: ApiHouse, hire: Any, programme: Any, score: int, threshold: int, tasks: int
) -> None:
    visit, director = await _attended(house), await hire(Role.DIRECTOR)
    assert (await director.send("PUT", "/settings/rating.director_at_or_below", {"value": threshold})).status == 200
    survey = await programme("ratings.write")
    for _ in range(2):
        await survey.post("/ratings", {"visit_id": visit, "score": score, "text": "грубили"})
    found = (await director.get("/tasks", owner="director")).body["items"]
    assert [(one["visit_id"], one["active_from"]) for one in found] == [(visit, "2026-11-23")] * tasks


async def test_c20_a_registrar_does_not_learn_of_a_low_rating_by_its_task(house: ApiHouse, hire: Any) -> None:
    visit = await _attended(house)
    await house.parts.ratings.rate(visit, 1, text="ужасно", by=REGISTRAR)
    director, registrar = await hire(Role.DIRECTOR), await hire(Role.SENIOR_REGISTRAR)
    [task] = (await director.get("/tasks")).body["items"]
    assert (await registrar.get("/tasks", type="rating")).body["items"] == []
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/complete", {"outcome": "done"}),
        ("POST", "/assign", {"owner": "desk"}),
        ("POST", "/postpone", {"active_from": "2026-12-01"}),
    ):
        assert (await registrar.send(method, f"/tasks/{task['id']}{path}", body)).status == 404
    assert "ужасно" not in str(task)
    assert all("ужасно" not in str(row.detail) and "1" not in row.detail for row in await house.rows(AuditRow))
    assert (await director.post(f"/tasks/{task['id']}/complete", {"outcome": "done"})).body["status"] == "done"


async def test_c20_only_a_visit_that_took_place_is_rated(house: ApiHouse, programme: Any) -> None:
    survey = await programme("ratings.write")
    visit = await house.book(at(30, "09:00"))
    early = await survey.post("/ratings", {"visit_id": visit.id, "score": 5})
    assert (early.status, early.body["detail"]) == (409, "Оценить можно только состоявшийся приём")
    assert (await survey.post("/ratings", {"visit_id": visit.id, "score": 6})).status == 422
    assert (await survey.post("/ratings", {"visit_id": "none", "score": 5})).status == 404
