"""Holds and visits over the API: booked, moved, cancelled, approved, attended."""

from __future__ import annotations

from typing import Any

from bot.domain.clinic import Funding
from crm_bridge.rules.rights import Role
from tests.rules.house import at
from tests.unit.web.api.office import ApiHouse, Person


async def _booked(registrar: Person, house: ApiHouse, start: Any = None, **body: Any) -> Any:
    opening = await house.opening(start or at(30, "09:00"))
    patient = await house.patient()
    hold = await registrar.post("/holds", {"opening_id": opening})
    assert hold.status == 201
    visit = await registrar.post("/visits", {"hold_id": hold.body["id"], "patient_id": patient.id, **body})
    assert visit.status == 201
    return visit.body


async def test_a_registrar_books_an_opening_that_was_held(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    visit = await _booked(registrar, house, comment="болит спина")
    assert (visit["status"], visit["comment"], visit["starts_at"]) == (
        "booked",
        "болит спина",
        "2026-11-30T09:00:00+03:00",
    )
    assert visit["patient"]["full_name"] == "Сидорова Мария Петровна"
    shown = await registrar.get(f"/visits/{visit['id']}")
    assert shown.body == visit
    director = await hire(Role.DIRECTOR)
    audit = await director.get("/audit", subject="visit", subject_id=visit["id"])
    assert [line["action"] for line in audit.body["items"]] == ["visit.book"]
    assert audit.body["items"][0]["actor"].startswith("staff:")


async def test_an_opening_held_for_another_is_refused_and_given_back_is_free(house: ApiHouse, hire: Any) -> None:
    one, other = await hire(Role.REGISTRAR, "one"), await hire(Role.REGISTRAR, "other")
    opening = await house.opening(at(30, "09:00"))
    hold = await one.post("/holds", {"opening_id": opening})
    taken = await other.post("/holds", {"opening_id": opening})
    assert (taken.status, taken.body["title"]) == (409, "Окно занято")
    assert (await one.send("DELETE", f"/holds/{hold.body['id']}")).status == 204
    assert (await other.post("/holds", {"opening_id": opening})).status == 201


async def test_a_hold_that_has_run_out_books_nothing(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    opening, patient = await house.opening(at(30, "09:00")), await house.patient()
    hold = await registrar.post("/holds", {"opening_id": opening})
    house.go_to(at(23, "10:04"))
    late = await registrar.post("/visits", {"hold_id": hold.body["id"], "patient_id": patient.id})
    assert (late.status, late.body["title"]) == (409, "Бронь истекла")


async def test_a_move_keeps_the_visit(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    visit = await _booked(registrar, house)
    hold = await registrar.post("/holds", {"opening_id": await house.opening(at(30, "11:00"))})
    moved = await registrar.post(f"/visits/{visit['id']}/move", {"hold_id": hold.body["id"]})
    assert (moved.status, moved.body["id"], moved.body["moved"]) == (200, visit["id"], True)
    assert moved.body["starts_at"] == "2026-11-30T11:00:00+03:00"


async def test_staff_cancel_with_a_reason_and_a_follow_up(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    path = f"/visits/{(await _booked(registrar, house))['id']}/cancel"
    missing = await registrar.post(path, {"cancelled_by": "patient"})
    assert (missing.status, missing.body["errors"]) == (
        422,
        [{"field": "reason_id", "message": "обязательное поле"}],
    )
    undecided = await registrar.post(path, {"cancelled_by": "patient", "reason_id": "ill"})
    assert undecided.status == 409
    assert "выберите задачу" in undecided.body["detail"]
    done = await registrar.post(path, {"cancelled_by": "patient", "reason_id": "ill", "follow_up": "task"})
    assert (done.body["status"], done.body["cancelled_by"], done.body["reason_id"]) == ("cancelled", "patient", "ill")


async def test_a_request_is_checked_then_confirmed(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    visit = await _booked(registrar, house, checked=False, source="site")
    assert visit["status"] == "requested"
    early = await registrar.post(f"/visits/{visit['id']}/confirm")
    assert (early.status, early.body["title"]) == (409, "Правило не позволяет")
    assert (await registrar.post(f"/visits/{visit['id']}/check")).body["status"] == "booked"
    assert (await registrar.post(f"/visits/{visit['id']}/confirm")).body["status"] == "confirmed"
    again = await registrar.post(f"/visits/{visit['id']}/check")
    assert (again.status, again.body["detail"]) == (409, "Это уже не новая заявка")


async def test_one_person_cannot_give_both_approvals(house: ApiHouse, hire: Any) -> None:
    visit = await house.book(at(30, "09:00"), funding=Funding.DMS)
    doctor = await hire(Role.DOCTOR, rights=["approvals.money"])
    accountant, registrar = await hire(Role.ACCOUNTANT), await hire(Role.REGISTRAR)
    path = f"/visits/{visit.id}/approvals"
    assert (await registrar.post(f"{path}/doctor")).status == 403
    assert (await accountant.post(f"{path}/doctor")).status == 403
    assert (await doctor.post(f"{path}/doctor")).body["status"] == "awaiting_approval"
    both = await doctor.post(f"{path}/money")
    assert (both.status, both.body["detail"]) == (409, "Второе согласование даёт другой сотрудник")
    assert (await accountant.post(f"{path}/money")).body["status"] == "booked"


async def test_a_programme_cannot_be_given_an_approval(hire: Any) -> None:
    director = await hire(Role.DIRECTOR)
    refused = await director.post("/api-keys", {"name": "МИС", "rights": ["approvals.money"]})
    assert (refused.status, "под своим именем" in refused.body["detail"]) == (409, True)


async def test_a_doctor_writes_what_was_done(house: ApiHouse, hire: Any) -> None:
    await house.service("укол", price=300)
    visit = await house.book(at(24, "09:00"))
    doctor = await hire(Role.DOCTOR)
    body = {"given": [{"service_id": "укол", "quantity": 2}], "comment": "без осложнений"}
    early = await doctor.post(f"/visits/{visit.id}/attend", body)
    assert (early.status, early.body["detail"]) == (409, "Приём ещё не начался")
    house.go_to(at(24, "09:10"))
    # a shift's session has ended overnight
    doctor = Person(client=doctor.client, token=(await house.parts.access.log_in("doctor", "тест-пароль-1")).token)  # type: ignore[union-attr]
    done = await doctor.post(f"/visits/{visit.id}/attend", body)
    assert (done.body["status"], done.body["price"]) == ("completed", 600)


async def test_a_no_show_is_written_by_hand(house: ApiHouse, programme: Any) -> None:
    visit = await house.book(at(24, "09:00"))
    house.go_to(at(24, "09:10"))
    missed = await (await programme("visits.attend", "patients.read")).post(f"/visits/{visit.id}/no-show")
    assert missed.body["status"] == "no_show"


async def test_prep_that_was_told_is_remembered(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    visit = await _booked(registrar, house)
    assert (await registrar.post(f"/visits/{visit['id']}/prep-told")).body["prep_told"] is True
    assert (await registrar.post("/visits/none/prep-told")).status == 404


async def test_visits_are_listed_page_by_page(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    made = [(await house.book(at(30, f"{hour:02}:00"))).id for hour in range(9, 14)]
    seen, cursor = [], None
    while True:
        query = {"limit": 2, "starts_from": "2026-11-30T00:00:00+03:00"} | ({"cursor": cursor} if cursor else {})
        page = await registrar.get("/visits", **query)
        seen += [visit["id"] for visit in page.body["items"]]
        cursor = page.body["next"]
        if cursor is None:
            break
    assert seen == made
    only = await registrar.get("/visits", status="cancelled")
    assert only.body == {"items": [], "next": None}
    assert (await registrar.get("/visits", cursor="abcd")).status == 404


async def test_who_may_not_see_cards_sees_visits_without_names(house: ApiHouse, programme: Any) -> None:
    visit = await house.book(at(30, "09:00"))
    shown = await (await programme("visits.read")).get(f"/visits/{visit.id}")
    assert (shown.status, shown.body["patient"]) == (200, None)
