"""How requests are read: repeats, bad JSON, unknown fields, wrong values, addresses that do not exist."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from crm_bridge.local.tables import IdempotencyRow, PatientRow
from crm_bridge.port import CrmUnavailable
from crm_bridge.rules.rights import Role
from tests.unit.web.api.office import ApiHouse, Person

PATIENT = {"full_name": "Орлова Анна Петровна", "birth_date": "1970-02-03", "phone": "+79165550101"}
TASK_TYPE = {"id": "paper", "title": "Отдать справку"}


def _key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


async def test_a_repeated_request_does_its_work_once(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    patient = await house.patient()
    body = {"kind": "callback", "patient_id": patient.id}
    first = await registrar.post("/requests", body, headers=_key("a1"))
    again = await registrar.post("/requests", body, headers=_key("a1"))
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len((await registrar.get("/requests")).body["items"]) == 1
    assert (await registrar.post("/requests", body, headers=_key("a2"))).body["id"] != first.body["id"]


async def test_a_key_is_one_requests_and_one_persons(house: ApiHouse, hire: Any) -> None:
    one, other = await hire(Role.REGISTRAR, "one"), await hire(Role.REGISTRAR, "other")
    await one.post("/requests", {"kind": "callback"}, headers=_key("a1"))
    reused = await one.post("/requests", {"kind": "sick_leave"}, headers=_key("a1"))
    assert (reused.status, reused.body["title"]) == (409, "Ключ уже использован")
    fresh = await other.post("/requests", {"kind": "callback"}, headers=_key("a1"))
    assert (fresh.status, "Idempotency-Replayed" in fresh.headers) == (201, False)


async def test_a_twin_is_told_that_the_first_is_still_under_way(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    twins = await asyncio.gather(
        *(registrar.post("/requests", {"kind": "callback"}, headers=_key("a1")) for _ in range(5))
    )
    assert {told.status for told in twins} <= {201, 409}
    assert len((await registrar.get("/requests")).body["items"]) == 1


async def test_a_refused_request_leaves_its_key_unused(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    wrong = await registrar.post("/tasks", {"comment": "позвонить"}, headers=_key("a1"))
    assert (wrong.status, wrong.body["detail"]) == (409, "Выберите пациента")
    assert await house.rows(IdempotencyRow) == []


async def test_a_key_is_forgotten_after_a_day(house: ApiHouse, programme: Any) -> None:
    desk = await programme("requests.write", "visits.read")
    for _ in range(2):
        await desk.post("/requests", {"kind": "callback"}, headers=_key("a1"))
        house.clock.advance(timedelta(hours=24))
    assert len((await desk.get("/requests")).body["items"]) == 2


async def test_a_secret_is_not_kept_for_a_repeat(house: ApiHouse, hire: Any) -> None:
    director = await hire(Role.DIRECTOR)
    body = {"name": "Сайт", "rights": ["visits.read"]}
    first = await director.post("/api-keys", body, headers=_key("a1"))
    again = await director.post("/api-keys", body, headers=_key("a1"))
    assert (again.status, again.body["title"]) == (409, "Уже выполнено")
    assert first.body["secret"] not in str([vars(row) for row in await house.rows(IdempotencyRow)])


async def test_a_strange_idempotency_key_is_refused(hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    assert (await registrar.post("/requests", {"kind": "callback"}, headers=_key("x" * 201))).status == 400


@pytest.mark.parametrize("raw", ["", "{", "{'a': 1}", '{"full_name": "\\ud800"}'])
async def test_bad_json_is_told_in_russian(hire: Any, raw: str) -> None:
    registrar = await hire(Role.REGISTRAR)
    told = await registrar.send("POST", "/patients", data=raw, headers={"Content-Type": "application/json"})
    assert (told.status, told.body["title"]) == (400, "Запрос не понят")
    assert told.headers["Content-Type"].startswith("application/problem+json")


async def test_another_content_type_is_refused(hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    assert (await registrar.send("POST", "/patients", data={"full_name": "x"})).status == 415


async def test_unknown_fields_and_wrong_values_are_named(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    body = {"full_name": "Орлова\x00", "birth_date": "0", "age": 56}
    told = await registrar.post("/patients", body)
    assert told.status == 422
    assert {one["field"]: one["message"] for one in told.body["errors"]} == {
        "full_name": "недопустимые знаки или длина",
        "birth_date": "нужна дата вида 2026-11-23",
        "age": "такого поля нет",
    }
    assert await house.rows(PatientRow) == []
    query = await registrar.get("/visits", limit=0, status="maybe", page=2)
    assert {one["field"]: one["message"][:12] for one in query.body["errors"]} == {
        "limit": "не меньше 1",
        "status": "нет такого з",
        "page": "такого поля ",
    }
    for moment in ("0", "2026-11-23", "2026-11-23T10:00:00"):
        assert (await registrar.get("/visits", starts_from=moment)).status == 422
    twice = await registrar.send("GET", "/visits?limit=1&limit=2")
    assert twice.status == 422


async def test_a_whole_number_is_one_however_json_writes_it(hire: Any) -> None:
    admin = await hire(Role.ADMIN)
    path = "/settings/policy.cancel_min_hours"
    assert (await admin.send("PUT", path, {"value": 12.0})).body["value"] == 12
    for value in (12.5, "12", True, None):
        assert (await admin.send("PUT", path, {"value": value})).status == 422


async def test_a_body_that_is_too_long_is_refused(hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    told = await registrar.post("/requests", {"kind": "callback", "fields": {"note": "x" * 270_000}})
    assert (told.status, told.body["title"]) == (413, "Слишком длинный запрос")


async def test_addresses_and_methods_that_are_not_there(hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    assert (await registrar.get("/nothing")).body["title"] == "Ничего не найдено"
    wrong = await registrar.send("DELETE", "/visits")
    assert (wrong.status, set(wrong.headers["Allow"].split(","))) == (405, {"GET", "POST"})
    assert (await registrar.get("/visits/%20")).status == 404


async def test_a_date_beyond_reckoning_is_refused_and_breaks_nothing(house: ApiHouse, hire: Any) -> None:
    doctor, patient = await hire(Role.DIRECTOR), await house.patient()
    body = {"patient_id": patient.id, "doctor_id": "d1", "title": "ЭКГ", "due_on": "0001-01-01"}
    assert (await doctor.post("/prescriptions", body)).status == 409


async def test_an_outage_is_told_as_one(
    house: ApiHouse, hire: Any, nobody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    registrar = await hire(Role.REGISTRAR)
    await house.database.dispose()

    async def gone(secret: str) -> None:
        raise CrmUnavailable("База клиники не отвечает")

    monkeypatch.setattr(house.parts.access, "identify", gone)
    told = await registrar.get("/me")
    assert (told.status, told.headers["Retry-After"]) == (503, "60")
