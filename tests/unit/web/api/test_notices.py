"""Notices to people who work here, over the API: each lists and closes their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.clock import MOSCOW
from bot.notify.port import DeliveryState, Message, MessageKind
from bot.notify.store import SqlMessageStore
from bot.storage.outbox import Outbox
from crm_bridge.rules.rights import Role
from tests.rules.house import NOW
from tests.unit.web.api.office import ApiHouse, Person


async def told(house: ApiHouse, *recipients: str) -> None:
    """A notice each, a minute apart, named n1, n2, …"""
    store = SqlMessageStore(house.database, house.clock)
    for number, recipient in enumerate(recipients, start=1):
        at = NOW + timedelta(minutes=number)
        notice = Message(
            id=f"n{number}",
            kind=MessageKind.STAFF,
            recipient=recipient,
            title="Приём перенесён",
            text="Приём перенесён: Сидорова М. П.",
            template="doctor_moved",
            visit_id="v1",
            zone=str(MOSCOW),
            created_at=at,
            due_at=at,
            state=DeliveryState.SENT,
        )
        await store.add(notice, dedup_key=notice.id)


@pytest.fixture
async def doctor(hire: Any) -> Person:
    person: Person = await hire(Role.DOCTOR, doctor_id="d1")
    return person


async def test_a_doctor_sees_their_own_the_newest_first(house: ApiHouse, doctor: Person) -> None:
    await told(house, "doctor:d1", "doctor:d2", "doctor:d1")
    listed = (await doctor.get("/notices")).body
    assert [one["id"] for one in listed["items"]] == ["n3", "n1"]
    assert listed["next"] is None
    assert listed["items"][1] == {
        "id": "n1",
        "title": "Приём перенесён",
        "text": "Приём перенесён: Сидорова М. П.",
        "visit_id": "v1",
        "created_at": listed["items"][1]["created_at"],
        "read": False,
    }


async def test_what_was_read_is_listed_only_if_asked_for(house: ApiHouse, doctor: Person) -> None:
    await told(house, "doctor:d1", "doctor:d1")
    for _ in range(2):
        done = await doctor.post("/notices/n1/read")
        assert (done.status, done.body["read"]) == (200, True)
    assert [one["id"] for one in (await doctor.get("/notices")).body["items"]] == ["n2"]
    both = (await doctor.get("/notices", seen="true")).body["items"]
    assert [(one["id"], one["read"]) for one in both] == [("n2", False), ("n1", True)]
    events = await Outbox(house.database, house.clock).pending(limit=100)
    assert [one.payload["message_id"] for one in events if one.topic == "message.delivered"] == ["n1"]


async def test_nobody_closes_anothers(house: ApiHouse, doctor: Person, hire: Any) -> None:
    await told(house, "doctor:d2")
    other = await hire(Role.DOCTOR, "other", doctor_id="d2")
    for path in ("/notices/n1/read", "/notices/none/read"):
        refused = await doctor.post(path)
        assert (refused.status, refused.body["detail"]) == (404, "Уведомление не найдено")
    assert (await other.get("/notices")).body["items"][0]["read"] is False


async def test_pages_go_on_where_they_ended(house: ApiHouse, doctor: Person) -> None:
    await told(house, *["doctor:d1"] * 5)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    for _ in range(3):
        page = (await doctor.get("/notices", **query)).body
        seen += [one["id"] for one in page["items"]]
        query["cursor"] = page["next"]
    assert seen == ["n5", "n4", "n3", "n2", "n1"]
    assert page["next"] is None


async def test_an_sms_to_a_patient_is_nobodys_notice(house: ApiHouse, doctor: Person) -> None:
    await told(house, "+79161110001")
    assert (await doctor.get("/notices", seen="true")).body["items"] == []


async def test_without_the_right_to_names_there_are_no_notices(programme: Any) -> None:
    key = await programme("visits.read", "visits.manage")
    for refused in (await key.get("/notices"), await key.post("/notices/n1/read")):
        assert (refused.status, refused.body["title"]) == (403, "Нет права")


async def test_who_is_no_doctor_has_none_yet(house: ApiHouse, hire: Any) -> None:
    await told(house, "doctor:d1", "user:", "doctor:")
    registrar = await hire(Role.REGISTRAR)
    assert (await registrar.get("/notices", seen="true")).body["items"] == []
