"""How to prepare: spoken at booking, marked once the caller has spoken after it, repeated in the reminder (C7, TD3)."""

from __future__ import annotations

from datetime import date

import pytest

from bot.calls.conversation import Conversation, Reply
from bot.calls.facts import About
from bot.domain.clinic import OpeningQuery, Visit
from bot.domain.clock import ManualClock
from crm_bridge.memory import MemoryClinic
from dialogs.nlu.pipeline import Understander
from dialogs.script import Script
from tests.fixtures.talk import NOW, Talk

PHONE = "+79031110099"


def text(reply: Reply) -> str:
    return " ".join(say.text for say in reply.say)


async def last(talk: Conversation, *turns: str) -> Reply:
    for turn in turns:
        reply = await talk.heard(turn)
    return reply


async def the_visit(clinic: MemoryClinic) -> Visit:
    people = await clinic.patients_by_phone(PHONE)
    [visit] = await clinic.visits_of([person.id for person in people])
    return visit


async def test_it_is_spoken_to_the_end_and_marked_when_the_caller_has_spoken_after_it(
    talk: Talk, clinic: MemoryClinic
) -> None:
    call = talk(caller=PHONE)
    await call.start()
    wish = ("запишите на узи брюшной полости в пятницу", "да", "Фомина Ольга Львовна", "2 августа 1971")
    booked = await last(call, *wish, "да")
    [told] = [say for say in booked.say if "Натощак" in say.text]
    assert told.must_hear
    assert not (await the_visit(clinic)).prep_told
    assert "до свидания" in text(await call.heard("нет, спасибо"))
    assert (await the_visit(clinic)).prep_told


async def test_who_hangs_up_at_it_has_not_been_told(talk: Talk, clinic: MemoryClinic) -> None:
    call = talk(caller=PHONE)
    await call.start()
    wish = ("запишите на узи брюшной полости в пятницу", "да", "Фомина Ольга Львовна", "2 августа 1971")
    await last(call, *wish, "да")
    assert (await call.hungup())["outcome"] == "booked"
    assert not (await the_visit(clinic)).prep_told


@pytest.fixture
async def reminder(clinic: MemoryClinic, scripts: dict[str, Script], understander: Understander) -> Conversation:
    """We phone her about the examination."""
    person = await clinic.register_patient(full_name="Фомина Ольга Львовна", birth_date=date(1971, 8, 2), phone=PHONE)
    [opening] = await clinic.openings(OpeningQuery(service="узи брюшной полости", limit=1))
    held = await clinic.hold(opening.id, owner="test")
    visit = await clinic.book(held.id, patient_id=person.id, call_id=None)
    return Conversation(
        script=scripts["reminder"],
        understander=understander,
        crm=clinic,
        clock=ManualClock(NOW),
        call_id="call-1",
        caller_phone=PHONE,
        direction="outbound",
        about=About(visit_id=visit.id),
    )


async def test_the_reminder_repeats_it_to_who_proves_to_be_the_patient(
    reminder: Conversation, clinic: MemoryClinic
) -> None:
    await reminder.start()
    offered = text(await last(reminder, "да это я", "приду"))
    assert "нужно подготовиться" in offered
    assert "узи" not in offered.lower()
    assert "Натощак" not in text(await reminder.heard("да напомните"))
    assert "Натощак" in text(await reminder.heard("второго августа семьдесят первого"))
    await reminder.heard("нет спасибо")
    assert (await the_visit(clinic)).prep_told


async def test_another_person_on_the_phone_is_not_told_how_to_prepare(
    reminder: Conversation, clinic: MemoryClinic
) -> None:
    await reminder.start()
    said = text(await last(reminder, "да это я", "приду", "да", "первого мая восьмидесятого"))
    assert "Натощак" not in said
    await reminder.hungup()
    assert not (await the_visit(clinic)).prep_told


async def test_who_knows_how_to_prepare_is_not_told_again(reminder: Conversation) -> None:
    await reminder.start()
    await last(reminder, "да это я", "приду")
    assert "Натощак" not in text(await reminder.heard("нет, я помню"))
