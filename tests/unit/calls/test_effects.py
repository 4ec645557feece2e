"""Effects over the acceptance clinic: openings near a wish, refusals as values, what the clinic says of itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.calls.clinic_info import service_named, services_meant
from bot.calls.effects import Effects
from bot.calls.facts import facts_of_call
from bot.domain.clinic import Branch, ClinicDirectory, Funding, Service
from bot.domain.clock import ManualClock
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory import MemoryClinic
from dialogs.effects import EFFECTS
from dialogs.step import Effect
from tests.fixtures.talk import NOW

CALLER = "+79165550000"


@pytest.fixture
def effects(clinic: MemoryClinic) -> Effects:
    return Effects(clinic, ManualClock(NOW), call_id="call-1", caller=CALLER, timeout_s=0.2)


async def ask(effects: Effects, name: str, /, **args: Any) -> dict[str, Any]:
    done = await effects.perform(Effect(name=name, args=args))
    assert done.ok, done.value
    return dict(done.value)


async def refusal(effects: Effects, name: str, /, **args: Any) -> str:
    done = await effects.perform(Effect(name=name, args=args))
    assert not done.ok
    return str(done.value["error"])


def moments(found: dict[str, Any]) -> list[str]:
    return [opening["at"] for opening in found["list"]]


@pytest.mark.parametrize(
    ("wish", "relaxed", "expected"),
    [
        ({"specialty": "терапевт", "limit": 1}, None, ["2026-11-24T09:00"]),
        ({"specialty": "терапевт", "date": "2026-11-24", "time": "10:00"}, None, ["2026-11-24T10:00"]),
        ({"doctor": "Иванова", "date": "2026-11-24"}, None, ["2026-11-24T15:00", "2026-11-24T16:20"]),
        ({"specialty": "терапевт", "time": "18:00/.."}, None, ["2026-11-26T18:20"]),
        ({"specialty": "хирург", "date": "2026-11-25", "time": "12:00/17:00"}, None, ["2026-11-25T16:00"]),
        ({"specialty": "лор", "date": "2026-11-24", "time": "12:00"}, "time", ["2026-11-24T09:20", "2026-11-24T13:00"]),
        ({"specialty": "лор", "date": "2026-11-25"}, "date", ["2026-11-27T17:00"]),
        ({"specialty": "кардиолог", "date": "2026-11-30/2026-12-06"}, None, ["2026-12-02T12:00"]),
        ({"service": "УЗИ брюшной полости", "date": "2026-11-28"}, "date", ["2026-11-30T08:20"]),
        ({"doctor": "Смирнова", "until": "2026-11-24", "same_doctor": True, "limit": 9}, None,
         ["2026-11-24T09:00", "2026-11-24T10:00", "2026-11-24T11:30"]),
        ({"doctor": "Смирнова", "until": "2026-11-24", "date": "2026-11-25", "same_doctor": True}, "date",
         ["2026-11-24T09:00", "2026-11-24T10:00", "2026-11-24T11:30"]),
        ({"specialty": "терапевт", "date": "2026-11-26", "before": "2026-11-26T18:20"}, None, ["2026-11-26T08:30"]),
        ({"specialty": "терапевт", "date": "2026-11-26", "before": "2026-11-26T08:30"}, "date",
         ["2026-11-24T09:00", "2026-11-24T10:00", "2026-11-24T11:30"]),
        ({"specialty": "терапевт", "date": "2026-11-24", "before": "2026-11-24T09:00"}, None, []),
        ({"doctor": "Гончар"}, None, []),
        ({"specialty": "терапевт", "date": "не дата", "time": "99:99", "limit": 1}, None, ["2026-11-24T09:00"]),
    ],
)  # fmt: skip
async def test_openings_suit_or_are_the_nearest(
    effects: Effects, wish: dict[str, Any], relaxed: str | None, expected: list[str]
) -> None:
    found = await ask(effects, "openings", **wish)
    assert moments(found) == expected
    assert found.get("relaxed") == relaxed
    assert found["known"]


async def test_refused_openings_are_not_offered_again(effects: Effects) -> None:
    first = await ask(effects, "openings", specialty="невролог", date="2026-11-26")
    refused = [first["list"][0]["id"]]
    again = await ask(effects, "openings", specialty="невролог", date="2026-11-26", exclude=refused)
    assert moments(again) == ["2026-11-26T18:30"]


@pytest.mark.parametrize("wish", [{"specialty": "ортопед"}, {"doctor": "Никто"}, {"service": "колоноскопия"}, {}])
async def test_what_the_clinic_has_not_is_unknown(effects: Effects, wish: dict[str, str]) -> None:
    found = await ask(effects, "openings", **wish)
    assert (found["known"], found["count"]) == (False, 0)


async def test_another_doctor_is_offered_unless_the_same_is_needed(
    clinic: MemoryClinic, effects: Effects, clinic_data: ClinicData
) -> None:
    for opening in clinic_data.openings:
        if opening.doctor and opening.doctor.full_name.startswith("Иванова"):
            await clinic.hold(opening.id, owner="others")
    other = await ask(effects, "openings", doctor="Иванова", limit=1)
    assert other["relaxed"] == "doctor"
    assert other["list"][0]["doctor"] == "Смирнова Ольга Викторовна"
    assert (await ask(effects, "openings", doctor="Иванова", same_doctor=True))["count"] == 0


async def test_refusals_are_values(clinic: MemoryClinic, effects: Effects) -> None:
    opening = (await ask(effects, "openings", specialty="лор", limit=1))["list"][0]
    await clinic.hold(opening["id"], owner="others")
    assert await refusal(effects, "hold", opening=opening["id"]) == "opening_taken"
    assert await refusal(effects, "cancel", visit="nothing", reason="x") == "not_found"
    born = {"name": "А Б", "birth_date": "2000-01-01"}
    assert await refusal(effects, "book", hold="nothing", **born) == "hold_expired"
    assert await refusal(effects, "book", hold="nothing", name="А Б", birth_date="не дата") == "not_found"


async def test_who_pays_and_for_which_service_reaches_the_booking(clinic_data: ClinicData) -> None:
    ecg = Service(
        id="ecg",
        name="экг",
        price=900,
        prices={"dms": 100},
        specialty="кардиолог",
        fundings=(Funding.PAID, Funding.DMS),
    )
    directory = replace(clinic_data.directory, services=(*clinic_data.directory.services, ecg))
    clinic = MemoryClinic(replace(clinic_data, directory=directory), ManualClock(NOW))
    effects = Effects(clinic, ManualClock(NOW), call_id="call-1", caller=CALLER)
    opening = (await ask(effects, "openings", service="экг", limit=1))["list"][0]
    assert (opening["service"], opening["doctor"]) == ("экг", "Ким Виктор Сергеевич")
    hold = await ask(effects, "hold", opening=opening["id"], service=opening["service"])
    said = {"hold": hold["id"], "service": "экг", "name": "Ким Алиса", "birth_date": "2000-01-01"}
    assert await refusal(effects, "book", **said, policy_kind="oms") == "refused"
    made = await ask(effects, "book", **said, policy_kind="dms")
    assert (made["service"], made["status"]) == ("экг", "awaiting_approval")
    visit = await clinic.visit(made["id"])
    assert (visit.funding, visit.price) == (Funding.DMS, 100)


async def test_a_slow_or_broken_clinic_is_unavailable(
    clinic: MemoryClinic, effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(clinic, "find_patient", slow)
    monkeypatch.setattr(clinic, "visits_of", broken)
    assert await refusal(effects, "find_patient", name="А Б", birth_date="2000-01-01") == "unavailable"
    assert await refusal(effects, "visits", patient="p") == "unavailable"


async def test_visits_are_narrowed_by_what_was_said(clinic: MemoryClinic, effects: Effects) -> None:
    patient = await ask(effects, "find_patient", name="тарасов глеб", birth_date="1987-06-30")
    assert patient["name"] == "Тарасов Глеб Андреевич"
    hold = await ask(
        effects, "hold", opening=(await ask(effects, "openings", specialty="лор", limit=1))["list"][0]["id"]
    )
    await ask(effects, "book", hold=hold["id"], name=patient["name"], birth_date="1987-06-30")
    assert (await ask(effects, "visits", patient=patient["id"]))["count"] == 2
    assert (await ask(effects, "visits", patient=patient["id"], specialty="лор"))["count"] == 1
    assert (await ask(effects, "visits", patient=patient["id"], doctor="Ким"))["list"][0]["id"] == "A2"
    assert (await ask(effects, "visits", patient=patient["id"], date="2026-11-25"))["list"][0]["id"] == "A2"
    assert (await ask(effects, "visits", patient=patient["id"], date="2026-12-31"))["count"] == 2


async def test_what_makes_a_cancel_late_is_known_before_it(effects: Effects, clinic: MemoryClinic) -> None:
    facts = await facts_of_call(clinic, await effects.directory(), (), direction="inbound")
    assert facts["cancel_hours"] == 24
    assert (await ask(effects, "cancel", visit="A1", reason="x"))["id"] == "A1"


@pytest.mark.parametrize(
    ("args", "amount"),
    [
        ({"specialty": "кардиолог"}, 2200),
        ({"doctor": "Смирнова"}, 1500),
        ({"service": "мрт поясницы"}, 5400),
        ({"service": "узи брюшной полости", "specialty": "кардиолог"}, 1900),
        ({"service": "узи"}, 1900),
        ({"service": "чистка зубов"}, None),
        ({}, None),
    ],
)
async def test_prices(effects: Effects, args: dict[str, str], amount: int | None) -> None:
    assert (await ask(effects, "price", **args)).get("amount") == amount


async def test_hours_of_a_day_and_of_the_week(effects: Effects) -> None:
    saturday = await ask(effects, "hours", kind="clinic", date="2026-11-28")
    assert (saturday["open"], saturday["span"]) == (True, "с девяти часов до пятнадцати часов")
    assert not (await ask(effects, "hours", kind="lab", date="2026-11-29"))["open"]
    week = (await ask(effects, "hours", kind="clinic"))["week"]
    assert week.startswith("с понедельника по пятницу с восьми часов до двадцати часов, в субботу")
    assert week.endswith("в воскресенье выходной")


@pytest.mark.parametrize(
    ("moment", "today", "day"),
    [
        (NOW, True, "2026-11-23"),
        (NOW.replace(hour=14), False, "2026-11-24"),
        (NOW.replace(hour=16) + timedelta(days=5), False, "2026-11-30"),
        (NOW + timedelta(days=6), False, "2026-11-30"),
    ],
)
async def test_day_of_a_home_visit(clinic: MemoryClinic, moment: Any, today: bool, day: str) -> None:
    effects = Effects(clinic, ManualClock(moment), call_id="c", caller=None)
    found = await ask(effects, "home_visit_day")
    assert (found["today"], found["date"]) == (today, day)


async def test_documents_depend_on_who_pays_and_who_comes(effects: Effects) -> None:
    assert (await ask(effects, "documents"))["text"] == "паспорт и полис."
    assert "гарантийное" in (await ask(effects, "documents", policy_kind="dms"))["text"]
    assert "Свидетельство".lower() in (await ask(effects, "documents", child=True))["text"].lower()


async def test_prep_of_the_study_or_of_its_kind(effects: Effects) -> None:
    assert "натощак" in (await ask(effects, "prep", service="анализ крови"))["text"].lower()
    assert (await ask(effects, "prep", service="рентген стопы"))["found"]
    assert not (await ask(effects, "prep", service="левитация"))["found"]


async def test_one_word_for_several_studies_asks_which(effects: Effects) -> None:
    """The preparation for another organ would spoil the study."""
    several = await ask(effects, "prep", service="узи")
    assert not several["found"]
    assert {"узи малого таза", "узи брюшной полости"} <= {one["name"] for one in several["several"]}


async def test_one_word_for_the_only_study_of_its_kind_is_that_study(effects: Effects) -> None:
    found = await ask(effects, "openings", service="УЗИ")
    assert found["known"]
    assert found["service"] == "узи брюшной полости"


async def test_of_several_studies_of_a_kind_their_names_are_told(clinic_data: ClinicData) -> None:
    directory = clinic_data.directory
    pelvis = replace(next(one for one in directory.services if one.name == "узи брюшной полости"), name="узи почек")
    two = replace(directory, services=(*directory.services, pelvis))
    assert services_meant(two, "узи") == [{"name": "узи брюшной полости"}, {"name": "узи почек"}]
    assert service_named(two, "узи") is None
    assert services_meant(two, "узи почек") == services_meant(two, "мрт") == []


async def test_every_branch_is_named(clinic_data: ClinicData) -> None:
    directory: ClinicDirectory = clinic_data.directory
    two = replace(directory, branches=(*directory.branches, Branch(id="b2", name="Второй корпус", address="Мира 1")))
    effects = Effects(
        MemoryClinic(replace(clinic_data, directory=two), ManualClock(NOW)), ManualClock(NOW), call_id="c", caller=None
    )
    found = await ask(effects, "address")
    assert [place["address"] for place in found["list"]] == ["Комсомольская 12", "Мира 1"]


async def test_sick_leave_by_number_tells_whose_it_is(effects: Effects) -> None:
    leave = await ask(effects, "sick_leaves", number="910001234567")
    patient = await ask(effects, "find_patient", name="Рябов Кирилл", birth_date="1990-03-05")
    assert leave["patient_id"] == patient["id"]
    assert (leave["status"], leave["over"], leave["ends_on"]) == ("open", False, "2026-11-24")
    assert (await ask(effects, "sick_leaves"))["count"] == 0


def test_every_effect_of_the_catalogue_is_performed(effects: Effects) -> None:
    assert set(effects.known) == set(EFFECTS) - {"transfer", "understand"}
