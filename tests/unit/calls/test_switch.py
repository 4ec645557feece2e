"""Who turns to something else in the middle of a booking leaves the opening to others at once."""

from __future__ import annotations

import pytest

from bot.domain.clinic import OpeningQuery
from crm_bridge.memory import MemoryClinic
from tests.fixtures.talk import Talk

SURGEONS = OpeningQuery(specialty="хирург", limit=100)


@pytest.mark.parametrize(
    ("phone", "words", "state"),
    [
        ("+79161112205", "нет, я хочу отменить свою запись к неврологу", "ask_name"),
        ("+79161112205", "лучше перенесите мою запись к неврологу", "ask_name"),
        ("+79165550000", "нет, лучше вызовите врача на дом", "ask_symptoms"),
        ("+79165550000", "не надо, отмените", "ask_more"),
        ("+79165550000", "позвоните мне через неделю", "ask_name"),
    ],
)
async def test_the_opening_is_free_as_soon_as_something_else_is_wanted(
    talk: Talk, clinic: MemoryClinic, phone: str, words: str, state: str
) -> None:
    before = await clinic.openings(SURGEONS)
    call = talk(crm=clinic, caller=phone)
    await call.start()
    for line in ("запишите к хирургу на четверг", "да"):
        reply = await call.heard(line)
    assert reply.state == "ask_name"
    assert len(await clinic.openings(SURGEONS)) == len(before) - 1
    reply = await call.heard(words)
    assert reply.state == state
    assert await clinic.openings(SURGEONS) == before


@pytest.mark.parametrize(("words", "state"), [("отмените", "ask_move"), ("лучше перенесите", "ask_date")])
async def test_the_visit_named_at_the_switch_is_meant_not_the_booking_that_was_dropped(
    talk: Talk, clinic: MemoryClinic, words: str, state: str
) -> None:
    """Who has a visit to both doctors, and was booking with the surgeon again."""
    me = ("Левин Борис Ефимович", "3.12.1951", "да", "нет")
    call = talk(crm=clinic, caller="+79161112205")
    await call.start()
    for line in ("запишите к хирургу на четверг", "да", *me):
        await call.heard(line)
    assert call.outcome()["outcome"] == "booked"
    call = talk(crm=clinic, caller="+79161112205")
    await call.start()
    for line in ("запишите к хирургу на среду на девять", "да", f"нет, {words} мою запись к неврологу", *me[:2]):
        reply = await call.heard(line)
    said = " ".join(one.text for one in reply.say)
    assert reply.state == state
    assert "завтра, двадцать четвёртого" in said or "К неврологу" in said
