"""Who phones in while the clinic has a task for them: told only after identity, served, not phoned again (I8, I4)."""

from __future__ import annotations

from datetime import date

import pytest

from bot.calls.conversation import Conversation, Reply
from bot.domain.follow_up import Errand, Need
from crm_bridge.memory import MemoryClinic
from tests.fixtures.talk import Talk

TARASOV, PHONE = "Тарасов Глеб Андреевич", "+79161112202"
BORN = "30 июня 1987"


@pytest.fixture
async def errand(clinic: MemoryClinic) -> Errand:
    """The bot is to invite him to the surgeon today."""
    [patient] = await clinic.patients_by_phone(PHONE)
    return await clinic.plan_errand(
        patient.id, Need(specialty="хирург"), active_from=date(2026, 11, 23), comment="осмотр", call_id=None
    )


def text(reply: Reply) -> str:
    return " ".join(say.text for say in reply.say)


async def last(talk: Conversation, *turns: str) -> str:
    for turn in turns:
        reply = await talk.heard(turn)
    return text(reply)


async def test_the_greeting_says_that_we_were_going_to_phone_and_nothing_else(errand: Errand, talk: Talk) -> None:
    greeting = text(await talk(caller=PHONE).start())
    assert "собирались вам звонить" in greeting
    assert "хирург" not in greeting
    assert "Тарасов" not in greeting


async def test_he_asks_what_about_proves_who_he_is_and_is_booked(
    errand: Errand, talk: Talk, clinic: MemoryClinic
) -> None:
    call = talk(caller=PHONE)
    await call.start()
    assert "хирург" not in await last(call, "зачем вы мне звонили")
    assert "хирургу" in await last(call, TARASOV, BORN)
    await last(call, "да", "в среду", "да", "да")
    outcome = await call.hungup()
    assert outcome["outcome"] == "booked"
    assert (outcome["specialty"], outcome["patient"]) == ("хирург", TARASOV)


async def test_somebody_else_on_his_phone_is_told_nothing(errand: Errand, talk: Talk) -> None:
    call = talk(caller=PHONE)
    await call.start()
    assert "хирург" not in await last(call, "вы мне звонили", "Тарасова Ольга Юрьевна", "1 мая 1990")


async def test_he_is_served_first_and_told_afterwards(errand: Errand, talk: Talk, clinic: MemoryClinic) -> None:
    call = talk(caller=PHONE)
    await call.start()
    said = await last(call, "подскажите когда я записан", TARASOV, BORN, "да приду")
    assert "И ещё одно" in said
    assert "хирургу" in said
    assert "перезвоню" in await last(call, "не сейчас, через неделю", "через неделю")
    assert (await clinic.errand(errand.task.id)).task.active_from == date(2026, 11, 30)


async def test_who_books_the_same_himself_is_not_told_again(errand: Errand, talk: Talk) -> None:
    call = talk(caller=PHONE)
    await call.start()
    said = await last(call, "запишите к хирургу на среду", "да", TARASOV, BORN, "да")
    assert "Готово" in said or "Записала" in said
    assert "ещё одно" not in said


async def test_call_me_in_a_week_is_a_task_of_that_day(talk: Talk, clinic: MemoryClinic) -> None:
    call = talk(caller="+79031110235")
    await call.start()
    said = await last(
        call, "мне к неврологу, но я в отъезде, перезвоните мне через неделю", "Рогов Семён Аркадьевич", "20.11.1948"
    )
    assert "тридцатого ноября" in said
    [patient] = await clinic.patients_by_phone("+79031110235")
    clinic_task = next(iter(clinic._errands.values())).task
    assert (clinic_task.patient_id, clinic_task.active_from) == (patient.id, date(2026, 11, 30))
    assert clinic_task.need.specialty == "невролог"


async def test_a_missed_call_without_a_task_is_about_the_visit(talk: Talk) -> None:
    call = talk(caller=PHONE)
    await call.start()
    said = await last(call, "у меня пропущенный звонок с вашего номера", TARASOV, BORN)
    assert "двадцать пятого ноября" in said
