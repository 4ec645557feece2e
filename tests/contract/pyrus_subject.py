"""Pyrus for the contract suite: one clinic's mapping, the fake with the same forms, the connector between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import ForeignCapabilities, RawWebhook
from crm_bridge.pyrus import Account, PyrusConnector, PyrusMapping, PyrusWebhooks
from crm_bridge.pyrus.api import PyrusApi
from crm_bridge.pyrus.limits import RequestWindow
from crm_bridge.pyrus.values import written
from tests.contract.foreign_subject import Maker
from tests.fakes.pyrus import LOGIN, SECURITY_KEY, TELEPHONY_ACCOUNT, WRITE, FakePyrus, Fault
from tests.fakes.pyrus_forms import FieldSpec, PyrusForms

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
BOOKINGS, LEADS, CALL_TASKS, CALLS, DOCTORS = 1001, 1002, 1003, 1004, 277
_TEXT, _PHONE, _MOMENT = FieldSpec("text"), FieldSpec("phone"), FieldSpec("due_date_time")

FORMS = {
    BOOKINGS: {
        **dict.fromkeys((1, 2, 5, 8), _TEXT),
        3: _PHONE,
        4: FieldSpec("multiple_choice", choices=frozenset({1, 2, 3})),
        6: FieldSpec("catalog", catalog=DOCTORS),
        7: _MOMENT,
        9: FieldSpec("multiple_choice", choices=frozenset(range(1, 9))),
    },
    LEADS: {
        **dict.fromkeys((1, 2, 5, 6, 7), _TEXT),
        3: _PHONE,
        4: FieldSpec("multiple_choice", choices=frozenset({1, 2, 3, 4, 5})),
    },
    CALL_TASKS: {1: _TEXT, 2: _PHONE, 3: _MOMENT, 4: _TEXT, 5: _TEXT},
    CALLS: {1: FieldSpec("text", code="u_call_id"), 2: FieldSpec("phone", code="PhoneNumberFrom")},
}

SECTIONS: dict[str, dict[str, Any]] = {
    "bookings": {
        "form": BOOKINGS,
        "fields": {
            **{"request_id": 1, "full_name": 2, "phone": 3, "source": 4, "service": 5},
            **{"doctor": 6, "wished_at": 7, "comment": 8, "status": 9},
        },
        "sources": {"phone": 1, "site": 2, "messenger": 3},
        "catalogs": {"doctor": DOCTORS},
        "states": {
            **{"requested": 1, "awaiting_approval": 2, "confirmed": 3, "rescheduled": 4},
            **{"completed": 5, "cancelled_by_patient": 6, "cancelled_by_clinic": 7, "no_show": 8},
        },
    },
    "leads": {
        "form": LEADS,
        "fields": {
            **{"request_id": 1, "full_name": 2, "phone": 3, "stage": 4},
            **{"title": 5, "comment": 6, "reason": 7},
        },
        "stages": {"new": 1, "assigned": 2, "booked": 3, "won": 4, "lost": 5},
    },
    "call_tasks": {"form": CALL_TASKS, "fields": {"full_name": 1, "phone": 2, "due": 3, "comment": 4, "outcome": 5}},
    "telephony": {
        **{"account_id": TELEPHONY_ACCOUNT, "form": CALLS},
        **{"call_id_field": 1, "call_id_code": "u_call_id"},
    },
}


def mapping_of(*sections: str) -> PyrusMapping:
    """The clinic's mapping with these sections, all of them when none is named."""
    return PyrusMapping.model_validate({name: SECTIONS[name] for name in sections or SECTIONS})


@dataclass
class PyrusSubject:
    """Pyrus on loopback; `server` may be closed early."""

    connector: PyrusConnector
    clock: ManualClock
    fake: FakePyrus
    server: TestServer

    def lose_next_answer(self) -> None:
        self.fake.faults.append(Fault("dropped_after_commit", on=WRITE))

    async def go_down(self) -> None:
        await self.server.close()

    def bookings(self) -> int:
        return len(self.fake.store.of_form(BOOKINGS))

    def leads(self) -> int:
        return len(self.fake.store.of_form(LEADS))

    def calls(self) -> int:
        return len(self.fake.store.of_form(CALLS))

    def stage_of(self, lead_id: str) -> LeadStage:
        (chosen,) = self.fake.store.values(lead_id)[4]["choice_ids"]
        return list(LeadStage)[chosen - 1]

    def moves_of(self, lead_id: str) -> int:
        return len(self.fake.store.tasks[int(lead_id)]["comments"]) - 1

    def put_call_task(self, *, phone: str, full_name: str, due_at: datetime, comment: str) -> str:
        values = {1: full_name, 2: phone, 3: written(due_at), 4: comment}
        fields = [{"id": number, "value": value} for number, value in values.items()]
        return str(self.fake.store.create(CALL_TASKS, fields)["id"])

    def outcomes_of(self, task_id: str) -> Sequence[str]:
        task = self.fake.store.tasks[int(task_id)]
        written_in = [one for comment in task["comments"] for one in comment.get("field_updates", ())]
        return [one["value"] for one in written_in if one["id"] == 5] if "close_date" in task else []

    def endings_of(self, reference: str) -> Sequence[str]:
        return [one["text"] for one in self.fake.store.tasks[int(reference)]["comments"] if "text" in one]

    def recordings_of(self, reference: str) -> Sequence[str]:
        comments = self.fake.store.tasks[int(reference)]["comments"]
        return [file["name"] for one in comments for file in one.get("attachments", ())]

    def webhooks(self) -> tuple[RawWebhook, RawWebhook]:
        task = self.fake.store.create(BOOKINGS, [{"id": 9, "value": {"choice_ids": [1]}}])
        first = self.raw(*self.fake.webhook(task["id"]))
        self.fake.store.comment(task, {"field_updates": [{"id": 9, "value": {"choice_ids": [3]}}]})
        return first, self.raw(*self.fake.webhook(task["id"]))

    @staticmethod
    def raw(body: bytes, headers: dict[str, str]) -> RawWebhook:
        return RawWebhook(headers={name.lower(): value for name, value in headers.items()}, body=body)


@asynccontextmanager
async def pyrus(
    mapping: PyrusMapping, *, timeout_s: float = 10.0, limit: int = 5000, **account: str
) -> AsyncIterator[PyrusSubject]:
    """A fake with every form, and a connector with this mapping; waiting moves the clock instead of taking time."""
    clock = ManualClock(NOW)
    store = PyrusForms(clock, FORMS, {DOCTORS: {31: "Серова Анна Игоревна", 32: "Ким Олег Львович"}})
    fake = FakePyrus(clock, store, CALLS, limit)
    server = TestServer(fake.application())
    await server.start_server()
    url = str(server.make_url("/api/v4"))
    credentials = {"login": LOGIN, "security_key": SECURITY_KEY, "auth_url": f"{url}/auth", "api_url": url} | account

    async def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    api = PyrusApi(Account(**credentials), RequestWindow(clock, limit=limit, sleep=sleep), timeout_s=timeout_s)
    connector = PyrusConnector(api, mapping, PyrusWebhooks(SECURITY_KEY, mapping), clock)
    try:
        yield PyrusSubject(connector, clock, fake, server)
    finally:
        await connector.close()
        await server.close()


def _opening(*sections: str) -> Callable[[Path], AbstractAsyncContextManager[PyrusSubject]]:
    return lambda folder: pyrus(mapping_of(*sections))


_WHOLE = ForeignCapabilities(
    name="pyrus",
    booking="request",
    call_tasks=True,
    leads=True,
    call_journal=True,
    recordings=True,
    webhooks=True,
    signed_webhooks=True,
)
PYRUS = Maker("pyrus", _WHOLE, _opening())
PYRUS_BOOKING_ONLY = Maker(
    "pyrus-booking-only",
    replace(_WHOLE, call_tasks=False, leads=False, call_journal=False, recordings=False),
    _opening("bookings"),
)
PYRUS_LEADS_ONLY = Maker(
    "pyrus-leads-only",
    replace(_WHOLE, booking="none", call_tasks=False, call_journal=False, recordings=False),
    _opening("leads"),
)
