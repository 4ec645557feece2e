"""Talks where people of another system confirm: the bot passes a wish on, and never calls it a booking."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.calls.replay import Dialogue, Played, play
from bot.domain.clinic import Visit, VisitStatus
from bot.domain.clock import ManualClock
from crm_bridge.bridge import Bridge
from crm_bridge.clinic_data import ClinicData
from crm_bridge.foreign_memory import MemoryForeign
from crm_bridge.foreign_outbox import MemoryForeignOutbox
from crm_bridge.foreign_system import ForeignSystem
from crm_bridge.memory import MemoryClinic
from crm_bridge.port import Refused
from tests.fixtures.talk import NOW, Talk

TARASOV = {"ask_name": "Тарасов Глеб Андреевич", "ask_birth": "30 июня 1987", "ask_more": "нет"}
AGREES = {"ask_slot_ok": "да", "confirm": "да"}
NOT_A_BOOKING = ("вы записаны", "записала вас", "перенесла", "запись отменена")


class OwnClinic(MemoryClinic):
    """The clinic of the dialogues, in which one visit may still wait for people, or only people may cancel."""

    people_cancel = False

    def wait_for_people(self, visit_id: str) -> None:
        self._visits[visit_id] = replace(self._visits[visit_id], status=VisitStatus.REQUESTED)

    async def cancel(self, visit_id: str, *, reason: str, call_id: str | None) -> Visit:
        if self.people_cancel:
            raise Refused("Отменить может только администратор")
        return await super().cancel(visit_id, reason=reason, call_id=call_id)


@pytest.fixture
def own(clinic_data: ClinicData) -> OwnClinic:
    return OwnClinic(clinic_data, ManualClock(NOW))


@pytest.fixture
def bridge(own: OwnClinic) -> Bridge:
    there = MemoryForeign()
    system = ForeignSystem(connector=there, booking=there, tasks=there, leads=there, calls=there)
    return Bridge(own, [system], MemoryForeignOutbox(), ManualClock(NOW))


async def talked(talk: Talk, bridge: Bridge, *turns: str, **dialogue: Any) -> Played:
    read = Dialogue.model_validate(
        {"id": "d", "caller_phone": "+79161112202", "turns": turns, "never_says": NOT_A_BOOKING, **dialogue}
    )
    played = await play(read, talk(caller=read.caller_phone, direction=read.direction, crm=bridge))
    assert not played.failures, f"{played.failures}\n{played.transcript}\n{played.outcome}"
    return played


async def visit_of(own: OwnClinic, visit_id: str = "A2") -> Visit:
    return await own.visit(visit_id)


async def test_a_booking_is_a_request(talk: Talk, bridge: Bridge, own: OwnClinic) -> None:
    names = {"ask_name": "Петрова Анна Ивановна", "ask_birth": "5 марта 1962", "ask_more": "нет"}
    played = await talked(
        talk,
        bridge,
        "запишите меня к терапевту на завтра на десять утра",
        answers={**names, **AGREES},
        expected={"outcome": "booked", "status": "requested"},
        says=("Заявку приняла", "Администратор её подтвердит"),
    )
    assert (await own.visit(played.outcome["appointment"])).status is VisitStatus.REQUESTED


async def test_a_confirmed_visit_is_moved_by_an_administrator(talk: Talk, bridge: Bridge, own: OwnClinic) -> None:
    before = await visit_of(own)
    await talked(
        talk,
        bridge,
        "перенесите приём на четверг после обеда",
        answers={**TARASOV, **AGREES},
        expected={"outcome": "transferred", "reason": "reschedule", "status": "callback", "appointment": "A2"},
        must_not=("rescheduled",),
        says=("Перенос подтверждает администратор", "Прошу перенести"),
    )
    assert await visit_of(own) == before
    [wish] = await own.open_requests()
    assert (wish.fields["reason"], wish.phone) == ("reschedule", "+79161112202")
    assert "двадцать шестого ноября" in wish.fields["note"]


async def test_what_waits_is_moved_and_goes_on_waiting(talk: Talk, bridge: Bridge, own: OwnClinic) -> None:
    own.wait_for_people("A2")
    await talked(
        talk,
        bridge,
        "перенесите приём на четверг после обеда",
        answers={**TARASOV, **AGREES},
        expected={"outcome": "rescheduled", "status": "requested"},
        says=("Просьбу о переносе приняла", "Администратор её подтвердит"),
    )
    moved = await visit_of(own)
    assert (moved.status, moved.starts_at.date()) == (VisitStatus.REQUESTED, NOW.date() + timedelta(days=3))


async def test_a_cancellation_is_passed_on(talk: Talk, bridge: Bridge, own: OwnClinic) -> None:
    await talked(
        talk,
        bridge,
        "отмените мою запись",
        "нет отмените",
        "уезжаю",
        answers={**TARASOV, "confirm": "да"},
        expected={"outcome": "cancelled", "appointment": "A2"},
        says=("Отмену приняла, администратор её подтвердит",),
    )
    assert (await visit_of(own)).status is VisitStatus.CANCELLED


async def test_a_cancellation_that_the_clinic_refuses_is_left_to_people(
    talk: Talk, bridge: Bridge, own: OwnClinic
) -> None:
    own.people_cancel = True
    await talked(
        talk,
        bridge,
        "отмените мою запись",
        "нет отмените",
        "уезжаю",
        answers={**TARASOV, "confirm": "да"},
        expected={"outcome": "transferred", "reason": "cancel", "status": "callback"},
        must_not=("cancelled",),
        says=("Отмену подтверждает администратор", "Пока запись остаётся"),
    )
    [wish] = await own.open_requests()
    assert "уезжаю" in wish.fields["note"]


async def test_who_asks_about_a_request_is_told_that_it_waits(talk: Talk, bridge: Bridge, own: OwnClinic) -> None:
    own.wait_for_people("A2")
    await talked(
        talk,
        bridge,
        "подскажите когда я записан",
        answers=TARASOV,
        expected={"outcome": "info_given", "appointment": "A2"},
        says=("ждёт подтверждения администратора",),
    )
