"""Openings by what was said of the time, who pays, calling later and telling how to prepare, as effects."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.calls.clinic_info import documents, payers, price_by_payer
from bot.calls.effects import Effects
from bot.domain.clinic import ClinicDirectory, Funding, RequestKind, Service
from bot.domain.clock import ManualClock
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory import MemoryClinic
from dialogs.step import Effect
from tests.fixtures.talk import NOW

CALLER = "+79165550000"
PERSON = {"name": "Рогов Семён Аркадьевич", "birth_date": "1948-11-20"}


@pytest.fixture
def effects(clinic: MemoryClinic) -> Effects:
    return Effects(clinic, ManualClock(NOW), call_id="call-1", caller=CALLER)


async def ask(effects: Effects, name: str, /, **args: Any) -> dict[str, Any]:
    done = await effects.perform(Effect(name=name, args=args))
    assert done.ok, done.value
    return dict(done.value)


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ({"specialty": "хирург", "avoid": "кроме среды"}, ["2026-11-26T12:00"]),
        ({"specialty": "терапевт", "date": "2026-11-24", "avoid": "только не утром"},
         ["2026-11-24T15:00", "2026-11-24T16:20"]),
        ({"specialty": "лор", "avoid": "завтра не могу"}, ["2026-11-27T17:00"]),
        # по имени названный день больше не запрещён
        ({"specialty": "хирург", "date": "2026-11-25", "avoid": "не в среду. ну давайте в среду"},
         ["2026-11-25T09:00", "2026-11-25T16:00"]),
        ({"specialty": "кардиолог", "date": "2026-11-24", "said": "завтра или второго декабря"}, ["2026-12-02T12:00"]),
        ({"specialty": "лор", "date": "2026-11-24", "said": "завтра или в пятницу"},
         ["2026-11-24T09:20", "2026-11-24T13:00", "2026-11-27T17:00"]),
        ({"specialty": "хирург", "said": "среда или четверг"},
         ["2026-11-25T09:00", "2026-11-25T16:00", "2026-11-26T12:00"]),
        ({"specialty": "уролог", "said": "завтра или в пятницу"}, []),
    ],
)  # fmt: skip
async def test_what_does_not_suit_is_not_offered_and_either_of_two_is(
    effects: Effects, said: dict[str, Any], offered: list[str]
) -> None:
    found = await ask(effects, "openings", **said)
    assert [opening["at"] for opening in found["list"]] == offered


@pytest.fixture
def directory(clinic_data: ClinicData) -> ClinicDirectory:
    """Массаж is only paid for; лазер has prices by policy and is not over ОМС; осмотр is for everybody alike."""
    laser = Service(id="l", name="лазер", price=900, prices={"dms": 300}, fundings=(Funding.PAID, Funding.DMS))
    return replace(
        clinic_data.directory,
        services=(
            Service(id="m", name="массаж", price=1700, fundings=(Funding.PAID,)),
            replace(laser, documents={"dms": "Гарантийное письмо.", "default": "Паспорт."}),
            Service(id="o", name="осмотр", price=500),
        ),
    )


@pytest.mark.parametrize(
    ("service", "policy", "takes", "only_paid", "matters"),
    [
        ("массаж", "", True, True, False),
        ("массаж", "oms", False, True, False),
        ("лазер", "", True, False, True),
        ("лазер", "dms", True, False, True),
        ("лазер", "oms", False, False, True),
        ("осмотр", "oms", True, False, False),
        ("", "oms", True, False, False),
    ],
)
def test_who_pays_is_known_before_anything_is_offered(
    directory: ClinicDirectory, service: str, policy: str, takes: bool, only_paid: bool, matters: bool
) -> None:
    told = payers(directory, {"service": service, "policy_kind": policy})
    assert (told["takes"], told["only_paid"], told["matters"]) == (takes, only_paid, matters)


def test_a_price_tells_what_a_policy_covers(directory: ClinicDirectory) -> None:
    told = price_by_payer(directory, {"service": "лазер", "policy_kind": "dms"})
    assert (told["amount"], told["oms"], told["dms"], told["share"]) == (900, False, True, 300)
    assert price_by_payer(directory, {"service": "массаж"})["dms"] is False


def test_documents_are_the_services_own_by_who_pays(directory: ClinicDirectory) -> None:
    assert documents(directory, policy_kind="dms", child=False, service="лазер")["text"] == "гарантийное письмо."
    assert documents(directory, policy_kind="", child=True, service="лазер")["text"] == "паспорт."
    assert "свидетельство" in documents(directory, policy_kind="", child=True)["text"]


async def test_call_me_later_without_a_need_is_a_request_for_people(effects: Effects, clinic: MemoryClinic) -> None:
    told = await ask(effects, "call_later", **PERSON, date="2026-11-30/2026-12-06", words="перезвоните")
    assert (told["date"], "planned" in told) == ("2026-11-30", False)
    [request] = await clinic.open_requests()
    assert (request.kind, request.fields["reason"], request.fields["date"]) == (
        RequestKind.CALLBACK,
        "call_later",
        "2026-11-30",
    )


async def test_call_me_later_without_a_day_is_in_a_week(effects: Effects, clinic: MemoryClinic) -> None:
    told = await ask(effects, "call_later", **PERSON, phone=CALLER, specialty="хирург", words="перезвоните")
    assert (told["date"], told["planned"]) == ("2026-11-30", True)
    errand = await clinic.errand(told["id"])
    assert (errand.task.active_from, errand.task.comment) == (date(2026, 11, 30), "перезвоните")


async def test_a_preparation_that_was_told_is_marked(effects: Effects, clinic: MemoryClinic) -> None:
    [person] = await clinic.patients_by_phone("+79161112201")
    [visit] = await clinic.visits_of([person.id])
    assert not visit.prep_told
    await ask(effects, "prep_told", visit=visit.id)
    assert (await clinic.visit(visit.id)).prep_told


async def test_only_what_does_not_suit_is_told_apart_from_nothing_at_all(effects: Effects) -> None:
    assert (await ask(effects, "openings", specialty="эндокринолог", avoid="только не в четверг"))["avoided"] is True
    assert "avoided" not in await ask(effects, "openings", specialty="уролог", avoid="только не в четверг")
