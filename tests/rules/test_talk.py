"""The talk's row that ends in the clinic: an appointment with a specialist (rules.md 1.2)."""

from __future__ import annotations

from pathlib import Path

from bot.calls.conversation import Conversation
from bot.domain.clinic import VisitStatus
from crm_bridge.local.tables import ProfileRow
from crm_bridge.port import OpeningTaken
from dialogs.nlu.pipeline import Understander
from dialogs.script import Script
from tests.integration.notify.post import post
from tests.rules.house import House, at

CALLER = "+79165550101"
WISH = "запишите меня к терапевту на завтра на десять утра"


def call(house: House, understander: Understander, scripts: dict[str, Script]) -> Conversation:
    """Somebody unknown phones this house."""
    return Conversation(
        script=scripts["inbound"],
        understander=understander,
        crm=house.clinic,
        clock=house.clock,
        call_id="call-1",
        caller_phone=CALLER,
    )


async def open_to_callers(house: House) -> str:
    """The house is called something, and its therapist has one opening; which one."""
    async with house.database.write() as session:
        session.add(
            ProfileRow(id=1, name="Клиника", prices={}, prep={}, documents={}, streets=[], loaded_at=house.clock.now())
        )
    return await house.opening(at(24, "10:00"))


async def hear(talk: Conversation, *turns: str) -> str:
    """What the bot says to the last of these."""
    for turn in turns:
        reply = await talk.heard(turn, 0.9)
    return " ".join(say.text for say in reply.say)


async def test_tr5_an_appointment_is_offered_read_back_booked_and_confirmed_in_writing(
    house: House, tmp_path: Path, understander: Understander, scripts: dict[str, Script]
) -> None:
    await open_to_callers(house)
    talk = call(house, understander, scripts)
    await talk.start()
    offered = await hear(talk, WISH)
    assert "десять" in offered
    assert "Иванов" in offered
    assert await house.topics() == []
    read_back = await hear(talk, "да", "Петрова Анна Ивановна", "пятое марта шестьдесят второго года")
    assert all(word in read_back for word in ("Петрова", "десять", "Иванов"))
    assert "visit.booked" not in await house.topics()
    assert "вы записаны" in (await hear(talk, "да")).lower()
    [patient] = await house.clinic.patients_by_phone(CALLER)
    [visit] = await house.clinic.visits_of([patient.id])
    assert (visit.starts_at, visit.status, visit.doctor and visit.doctor.id) == (
        at(24, "10:00"),
        VisitStatus.BOOKED,
        "d1",
    )
    async with post(house, tmp_path) as mail:
        await mail.round()
        [line] = mail.lines()
    assert (line["recipient"], line["template"]) == (CALLER, "confirmation")
    assert "24 ноября (вторник) в 10:00" in line["text"]


async def test_tr5_what_is_not_agreed_to_is_not_booked(
    house: House, understander: Understander, scripts: dict[str, Script]
) -> None:
    """The caller hears the read-back and hangs up: the opening is free again when its hold has run out."""
    opening = await open_to_callers(house)
    talk = call(house, understander, scripts)
    await talk.start()
    await hear(talk, WISH, "да", "Петрова Анна Ивановна", "пятое марта шестьдесят второго года")
    try:
        await house.clinic.hold(opening, owner="another")
    except OpeningTaken:
        house.go_to(at(23, "10:04"))
        await house.clinic.hold(opening, owner="another")
    else:
        raise AssertionError("what is read back is kept for the caller")
    assert "visit.booked" not in await house.topics()
