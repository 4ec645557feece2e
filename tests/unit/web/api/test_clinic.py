"""Cards, catalogue, money, settings, over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crm_bridge.local.tables import AuditRow, HolidayRow, ProfileRow
from crm_bridge.rules.rights import Role
from crm_bridge.rules.settings import SETTINGS
from tests.rules.house import NOW, at
from tests.unit.web.api.office import ApiHouse, Person

PATIENT = {"full_name": "Орлова Анна Петровна", "birth_date": "1970-02-03", "phone": "8 916 555-01-01"}


async def test_a_card_is_made_once_and_found(house: ApiHouse, hire: Any) -> None:
    registrar, marketing = await hire(Role.REGISTRAR), await hire(Role.MARKETING)
    assert (await marketing.post("/patients", PATIENT)).status == 403
    made = await registrar.post("/patients", PATIENT)
    again = await registrar.post("/patients", PATIENT)
    assert (made.status, made.body["phone"], again.body["id"]) == (201, "+79165550101", made.body["id"])
    assert (await registrar.get(f"/patients/{made.body['id']}")).body == made.body
    found = await registrar.get("/patients/search", full_name="анна орлова", birth_date="1970-02-03")
    assert found.body["id"] == made.body["id"]
    assert (await registrar.get("/patients/search", full_name="x", birth_date="1970-02-03")).status == 404
    assert [one["id"] for one in (await registrar.get("/patients", phone="+79165550101")).body["items"]] == [
        made.body["id"]
    ]
    assert (await registrar.get("/patients/none")).status == 404


async def test_patients_are_leafed_through(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    made = []
    for number in range(5):
        made.append((await house.patient(f"Иванова Анна{number}", None)).id)
        house.clock.advance(timedelta(seconds=number % 2))
    first = await registrar.get("/patients", limit=3)
    second = await registrar.get("/patients", limit=3, cursor=first.body["next"])
    seen = [one["id"] for page in (first, second) for one in page.body["items"]]
    assert (sorted(seen), len(set(seen)), second.body["next"]) == (sorted(made), 5, None)


async def test_a_phone_is_not_dialled_any_more(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    assert (await registrar.post("/do-not-call", {"phone": "89165550101"})).status == 204
    assert await house.clinic.is_do_not_call("+79165550101")
    assert [row.action for row in await house.rows(AuditRow)][-1] == "do_not_call.add"


async def test_what_the_clinic_is(house: ApiHouse, hire: Any) -> None:
    async with house.database.write() as session:
        session.add(ProfileRow(id=1, name="Ромашка", prices={}, prep={}, documents={}, streets=[], loaded_at=NOW))
    await house.service("узи", price=1500, prep="натощак")
    registrar = await hire(Role.REGISTRAR)
    clinic = (await registrar.get("/clinic")).body
    assert (clinic["name"], [one["id"] for one in clinic["branches"]]) == ("Ромашка", ["main"])
    assert [one["specialty"] for one in (await registrar.get("/doctors")).body["items"]] == ["терапевт", "хирург"]
    [service] = (await registrar.get("/services")).body["items"]
    assert (service["price"], service["prep"], service["fundings"]) == (1500, "натощак", ["paid", "oms", "dms"])


async def test_openings_by_speciality_and_hours(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    await house.opening(at(30, "09:00"))
    wanted = await house.opening(at(30, "15:00"))
    await house.opening(at(30, "15:00"), doctor="d2")
    query = {"specialty": "терапевт", "date_from": "2026-11-30", "time_from": "12:00"}
    found = (await registrar.get("/openings", **query)).body["items"]
    assert [(one["id"], one["doctor"]["full_name"]) for one in found] == [(wanted, "Иванов Иван Иванович")]
    assert len((await registrar.get("/openings", limit=1)).body["items"]) == 1


async def test_c1_a_link_is_paid_by_the_provider(house: ApiHouse, hire: Any, programme: Any, nobody: Person) -> None:
    visit, accountant = await house.book(at(30, "09:00")), await hire(Role.ACCOUNTANT)
    assert (await (await hire(Role.DOCTOR)).post(f"/visits/{visit.id}/invoices", {"amount": 1500})).status == 403
    made = await accountant.post(f"/visits/{visit.id}/invoices", {"amount": 1500})
    assert (made.status, made.body["status"]) == (201, "due")
    link = f"/payment-links/{made.body['token']}"
    assert (await nobody.get(link)).body == {"purpose": "service", "amount": 1500, "status": "due", "paid_at": None}
    assert (await nobody.post(f"{link}/accept")).status == 200
    provider = await programme("payments.write")
    for _ in range(2):
        paid = await provider.post(f"{link}/paid", {"provider_id": "yk-1", "payer": "И. П."})
        assert (paid.status, paid.body["status"]) == (200, "paid")
    assert (await accountant.get(f"/visits/{visit.id}")).body["paid"] == 1500
    cash = await accountant.post(f"/visits/{visit.id}/payments", {"amount": 200})
    assert (cash.status, cash.body["token"]) == (201, None)
    listed = (await accountant.get(f"/visits/{visit.id}/payments")).body["items"]
    assert sorted(one["amount"] for one in listed) == [200, 1500]
    assert (await accountant.get(f"/patients/{visit.patient.id}/balance")).body == {"balance": 0}
    assert (await nobody.get("/payment-links/guess")).status == 404


async def test_c16_the_director_lifts_a_prepayment_with_a_reason(house: ApiHouse, hire: Any) -> None:
    director, patient = await hire(Role.DIRECTOR), await house.patient()
    for hour in ("11:00", "12:00"):
        visit = await house.book(at(23, hour), patient=patient)
        await house.clinic.cancel(visit.id, reason="ill", call_id=None)
    path = f"/patients/{patient.id}"
    assert (await director.get(f"{path}/booking-policy")).body == {"strikes": 2, "prepayment": True}
    assert (await director.post(f"{path}/strikes/lift", {"why": " "})).status == 409
    assert (await (await hire(Role.ADMIN)).post(f"{path}/strikes/lift", {"why": "x"})).status == 403
    lifted = await director.post(f"{path}/strikes/lift", {"why": "болел"})
    assert lifted.body == {"strikes": 0, "prepayment": False}


async def test_c26_settings_are_changed_and_audited(hire: Any) -> None:
    admin, registrar = await hire(Role.ADMIN), await hire(Role.REGISTRAR)
    path = "/settings/policy.cancel_min_hours"
    assert (await registrar.send("PUT", path, {"value": 12})).status == 403
    changed = await admin.send("PUT", path, {"value": 12})
    assert (changed.body["value"], changed.body["default"]) == (12, 24)
    beyond = await admin.send("PUT", path, {"value": 100_000})
    assert (beyond.status, "от 0 до 720" in beyond.body["detail"]) == (409, True)
    assert (await admin.send("PUT", "/settings/none", {"value": 1})).status == 404
    listed = {one["key"]: one["value"] for one in (await registrar.get("/settings")).body["items"]}
    assert (listed["policy.cancel_min_hours"], set(listed)) == (12, set(SETTINGS))
    [line] = (await admin.get("/audit", action="setting.set")).body["items"]
    assert line["detail"] == {"before": 24, "after": 12}


async def test_days_off_are_replaced(house: ApiHouse, hire: Any) -> None:
    admin = await hire(Role.ADMIN)
    body = {"days": [{"day": "2027-01-01", "title": "Новый год"}]}
    assert (await admin.send("PUT", "/holidays", body)).status == 204
    assert [row.title for row in await house.rows(HolidayRow)] == ["Новый год"]


async def test_a_report_is_the_one_of_its_period_and_branch(house: ApiHouse, hire: Any) -> None:
    await house.book(at(30, "09:00"))
    senior = await hire(Role.SENIOR_REGISTRAR)
    period = {"start": "2026-11-30", "end": "2026-11-30"}
    names = (await senior.get("/reports/none", **period)).body["detail"]
    name = names.split("Есть: ")[1].split(", ")[0]
    told = await senior.get(f"/reports/{name}", **period)
    assert (told.status, told.body["name"]) == (200, name)
    for key, total in told.body["totals"].items():
        assert total == sum(row[key] for row in told.body["rows"])
    assert (await (await hire(Role.REGISTRAR)).get(f"/reports/{name}", **period)).status == 403
    narrow = await hire(Role.SENIOR_REGISTRAR, "narrow", branches=["main"])
    assert (await narrow.get(f"/reports/{name}", **period)).body["title"] == "Укажите филиал"
    assert (await narrow.get(f"/reports/{name}", branch_id="main", **period)).body["rows"] == told.body["rows"]


async def test_a_patient_is_looked_over(house: ApiHouse, hire: Any) -> None:
    visit, senior = await house.book(at(30, "09:00")), await hire(Role.SENIOR_REGISTRAR)
    path = f"/patients/{visit.patient.id}"
    # how often somebody came: what is still to come does not count
    assert (await senior.get(f"{path}/behaviour")).body["visits"] == 0
    assert visit.id in [one["id"] for one in (await senior.get(f"{path}/timeline")).body["items"]]
    assert (await senior.get("/patients/none/behaviour")).status == 404
    assert (await senior.get("/overdue")).body == {"items": []}


async def test_c2_a_course_is_started_and_stopped(house: ApiHouse, hire: Any) -> None:
    registrar, patient = await hire(Role.REGISTRAR), await house.patient()
    await house.service("укол")
    body = {"patient_id": patient.id, "service_id": "укол", "title": "правое колено"}
    assert (await registrar.post("/courses", body)).status == 409
    made = await registrar.post("/courses", body | {"total": 5, "interval_days": 7})
    assert (made.status, made.body["next_number"], made.body["total"]) == (201, 1, 5)
    assert [one["id"] for one in (await registrar.get(f"/patients/{patient.id}/courses")).body["items"]] == [
        made.body["id"]
    ]
    assert (await registrar.post(f"/courses/{made.body['id']}/stop")).status == 204
    assert (await registrar.post("/courses/none/stop")).status == 404
