"""What must not be forgotten, over the API: prescriptions, leads, tasks, the waiting list, requests."""

from __future__ import annotations

from typing import Any

from crm_bridge.rules.rights import Role
from tests.rules.house import at
from tests.unit.web.api.office import ApiHouse


async def test_m1_a_prescription_needs_a_due_date_and_brings_lead_and_task(house: ApiHouse, hire: Any) -> None:
    doctor, senior = await hire(Role.DOCTOR), await hire(Role.SENIOR_REGISTRAR)
    patient = await house.patient()
    body = {"patient_id": patient.id, "doctor_id": "d1", "title": "повторная ЭФГДС"}
    missing = await doctor.post("/prescriptions", body)
    assert (missing.status, missing.body["errors"][0]["field"]) == (422, "due_on")
    made = await doctor.post("/prescriptions", body | {"due_on": "2026-12-15", "event_key": "emr:7"})
    again = await doctor.post("/prescriptions", body | {"due_on": "2026-12-15", "event_key": "emr:7"})
    assert (made.status, again.body["id"]) == (201, made.body["id"])
    assert [one["id"] for one in (await senior.get(f"/patients/{patient.id}/prescriptions")).body["items"]] == [
        made.body["id"]
    ]
    [lead] = (await senior.get("/leads", patient_id=patient.id)).body["items"]
    [task] = (await senior.get("/tasks", patient_id=patient.id)).body["items"]
    assert (lead["stage"], lead["next_action_on"], task["lead_id"]) == ("new", task["active_from"], lead["id"])
    moved = await doctor.post(f"/prescriptions/{made.body['id']}/move", {"due_on": "2026-12-22"})
    assert moved.body["due_on"] == "2026-12-22"
    assert (await senior.get(f"/tasks/{task['id']}")).body["active_from"] > task["active_from"]


async def test_a_doctor_prescribes_in_their_own_name_only(house: ApiHouse, hire: Any) -> None:
    doctor, patient = await hire(Role.DOCTOR, doctor_id="d2"), await house.patient()
    body = {"patient_id": patient.id, "doctor_id": "d1", "title": "ЭКГ", "due_on": "2026-12-15"}
    assert (await doctor.post("/prescriptions", body)).body["title"] == "Чужое назначение"
    assert (await doctor.post("/prescriptions", body | {"doctor_id": "d2"})).status == 201


async def test_m4_m13_a_senior_registrar_assigns_and_a_refusal_needs_a_reason(house: ApiHouse, hire: Any) -> None:
    senior, registrar = await hire(Role.SENIOR_REGISTRAR), await hire(Role.REGISTRAR)
    director, patient = await hire(Role.DIRECTOR), await house.patient()
    body = {"patient_id": patient.id, "doctor_id": "d1", "title": "ЭКГ", "due_on": "2026-12-15"}
    lead = (await director.post("/prescriptions", body)).body["lead_id"]
    assert (await registrar.post(f"/leads/{lead}/assign", {"owner": "bot"})).status == 403
    given = await senior.post(f"/leads/{lead}/assign", {"owner": "bot"})
    assert (given.body["owner"], given.body["stage"]) == ("bot", "assigned")
    assert (await registrar.post(f"/leads/{lead}/refuse", {})).status == 422
    assert (await registrar.post(f"/leads/{lead}/refuse", {"reason_id": "none"})).status == 409
    lost = await registrar.post(f"/leads/{lead}/refuse", {"reason_id": "expensive", "answers": {"почему": "дорого"}})
    assert (lost.body["stage"], "почему: дорого" in lost.body["comment"]) == ("lost", True)
    assert (await registrar.get(f"/leads/{lead}")).body == lost.body
    assert (await registrar.get("/leads", stage="won")).body["items"] == []


async def test_a_task_goes_its_way(house: ApiHouse, hire: Any) -> None:
    senior, patient = await hire(Role.SENIOR_REGISTRAR), await house.patient()
    body = {"patient_id": patient.id, "comment": "пригласить", "need": {"specialty": "хирург"}, "in_days": 7}
    made = await senior.post("/tasks", body)
    assert (made.status, made.body["active_from"], made.body["owner"]) == (201, "2026-11-30", "bot")
    path = f"/tasks/{made.body['id']}"
    assert (await senior.post(f"{path}/assign", {"owner": "desk"})).body["owner"] == "desk"
    assert (await senior.post(f"{path}/postpone", {"active_from": "2026-12-05"})).body["active_from"] == "2026-12-05"
    assert (await senior.get("/tasks", active_by="2026-12-04")).body["items"] == []
    assert (await senior.post(f"{path}/complete", {"outcome": "refused"})).status == 409
    done = await senior.post(f"{path}/complete", {"outcome": "refused", "reason_id": "expensive"})
    assert done.body["status"] == "done"
    assert (await senior.post(f"{path}/complete", {"outcome": "done"})).body["detail"] == "Задача уже закрыта"
    assert [one["id"] for one in (await senior.get("/tasks", status="done")).body["items"]] == [made.body["id"]]


async def test_i3_a_type_of_the_clinics_own(hire: Any) -> None:
    director = await hire(Role.DIRECTOR)
    assert (await director.post("/task-types", {"id": "paper", "title": "Отдать справку"})).status == 201
    assert "paper" in [one["id"] for one in (await director.get("/task-types")).body["items"]]
    made = await director.post("/tasks", {"type": "paper", "comment": "справка готова"})
    assert (made.body["type"], made.body["owner"], made.body["patient_id"]) == ("paper", "desk", None)


async def test_the_waiting_list_offers_and_books(house: ApiHouse, hire: Any) -> None:
    registrar, patient = await hire(Role.REGISTRAR), await house.patient()
    body = {"patient_id": patient.id, "need": {"specialty": "терапевт"}, "comment": "утром"}
    assert (await registrar.post("/waitlist", body | {"comment": " "})).status == 409
    wish = {"weekdays": [5, 1], "time_to": "12:00"}
    made = await registrar.post("/waitlist", body | {"wish": wish})
    assert (made.status, made.body["wish"]["weekdays"], made.body["valid_to"]) == (201, [1, 5], "2027-01-04")
    path = f"/waitlist/{made.body['id']}"
    await house.opening(at(30, "09:00"))
    second = await house.opening(at(30, "10:00"))
    [offer] = (await registrar.post("/waitlist-offers")).body["items"]
    assert offer["opening"]["starts_at"] == "2026-11-30T09:00:00+03:00"
    assert (await registrar.post(f"{path}/decline")).body["status"] == "waiting"
    [offer] = (await registrar.post("/waitlist-offers")).body["items"]
    assert offer["opening"]["id"] == second
    visit = await registrar.post(f"{path}/accept")
    assert (visit.body["status"], visit.body["patient"]["id"]) == ("booked", patient.id)
    assert (await registrar.get(path)).body["status"] == "accepted"
    assert (await registrar.get("/waitlist")).body["items"] == []


async def test_who_waits_no_more_is_closed(house: ApiHouse, hire: Any) -> None:
    registrar, patient = await hire(Role.REGISTRAR), await house.patient()
    body = {"patient_id": patient.id, "need": {"doctor_id": "d1"}, "comment": "утром"}
    path = f"/waitlist/{(await registrar.post('/waitlist', body)).body['id']}"
    assert (await registrar.post(f"{path}/close", {"outcome": "changed_mind"})).body["status"] == "closed"
    assert (await registrar.post(f"{path}/close", {"outcome": "changed_mind"})).status == 409
    assert (await registrar.get("/waitlist/none")).status == 404


async def test_requests_are_taken_and_brought_to_an_end(house: ApiHouse, hire: Any) -> None:
    doctor, patient = await hire(Role.DOCTOR), await house.patient()
    body = {"kind": "sick_leave", "patient_id": patient.id, "fields": {"action": "open", "symptoms": "кашель"}}
    made = await doctor.post("/requests", body)
    assert (made.status, made.body["status"], made.body["fields"]) == (201, "new", body["fields"])
    path = f"/requests/{made.body['id']}"
    assert (await doctor.post(f"{path}/take", {"owner": "doctor"})).body["status"] == "in_work"
    assert (await doctor.post(f"{path}/advance", {"status": "sent"})).body["status"] == "sent"
    assert (await doctor.post(f"{path}/advance", {"status": "cancelled"})).status == 409
    assert (await doctor.post("/requests/none/take", {"owner": "doctor"})).status == 404
