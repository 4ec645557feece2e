"""Requests over the API have the fields and validators of the bot's own."""

from __future__ import annotations

from typing import Any

from bot.domain.follow_up import SYSTEM
from crm_bridge.rules.rights import Role
from tests.unit.web.api.office import ApiHouse

HOME = {
    "patient": "Петрова Анна Ивановна",
    "birth_date": "1962-03-05",
    "address": "улица Ленина, дом 5",
    "symptoms": "температура",
    "phone": "+79165550101",
}


async def test_every_kind_tells_its_fields_recipient_and_deadline(house: ApiHouse, hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    await house.desk.policy.set("request.home_visit_minutes", 45, by=SYSTEM)
    kinds = {one["kind"]: one for one in (await registrar.get("/request-types")).body["items"]}
    assert set(kinds) == {"home_visit", "sick_leave", "callback"}
    home = kinds["home_visit"]
    assert (home["title"], home["recipient"], home["deadline_min"]) == ("Вызов врача на дом", "registry", 45)
    fields = {one["name"]: one for one in home["fields"]}
    assert (fields["birth_date"]["check"], fields["birth_date"]["required"]) == ("birth_date", True)
    assert home["json_schema"]["required"] == [name for name, one in fields.items() if one["required"]]


async def test_a_request_is_checked_as_the_bots_are(hire: Any) -> None:
    registrar = await hire(Role.REGISTRAR)
    made = await registrar.post("/requests", {"kind": "home_visit", "fields": HOME})
    assert (made.status, made.body["fields"]) == (201, HOME)
    wrong = {**HOME, "birth_date": "5 марта", "address": "", "colour": "red"}
    refused = await registrar.post("/requests", {"kind": "home_visit", "fields": wrong})
    assert (refused.status, refused.body["title"]) == (409, "Заявка заполнена не так")
    assert [one["field"] for one in refused.body["errors"]] == ["colour", "birth_date", "address"]
    assert len((await registrar.get("/requests")).body["items"]) == 1


async def test_a_card_and_a_phone_beside_the_fields_need_not_be_written_twice(house: ApiHouse, hire: Any) -> None:
    registrar, patient = await hire(Role.REGISTRAR), await house.patient()
    fields = {"address": HOME["address"], "symptoms": "кашель"}
    body = {"kind": "home_visit", "fields": fields, "patient_id": patient.id, "phone": "+79165550101"}
    assert (await registrar.post("/requests", body)).status == 201
    refused = await registrar.post("/requests", {"kind": "home_visit", "fields": fields})
    assert [one["field"] for one in refused.body["errors"]] == ["patient", "birth_date", "phone"]
