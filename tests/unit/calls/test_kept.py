"""What a call keeps and does not take is free when it ends."""

from __future__ import annotations

from bot.domain.clinic import OpeningQuery
from crm_bridge.memory import MemoryClinic
from tests.fixtures.talk import Talk

THERAPISTS = OpeningQuery(specialty="терапевт", limit=100)


async def test_a_caller_whom_nobody_can_be_found_for_blocks_no_opening(talk: Talk, clinic: MemoryClinic) -> None:
    before = await clinic.openings(THERAPISTS)
    call = talk(crm=clinic)
    await call.start()
    for line in ("запишите к терапевту на завтра на девять утра", "да"):
        reply = await call.heard(line)
    assert reply.state == "ask_name"
    assert len(await clinic.openings(THERAPISTS)) == len(before) - 1
    await call.heard("соедините с регистратором")
    reply = await call.transfer_result("not_reached")
    assert reply.action == "hangup"
    assert await clinic.openings(THERAPISTS) == before


async def test_what_was_booked_stays_booked_when_the_call_ends(talk: Talk, clinic: MemoryClinic) -> None:
    before = await clinic.openings(THERAPISTS)
    call = talk(crm=clinic)
    await call.start()
    for line in (
        "запишите к терапевту на завтра на девять утра",
        "да",
        "Егорова Нина Павловна",
        "1.05.1949",
        "да",
        "нет",
    ):
        reply = await call.heard(line)
    assert reply.action == "hangup"
    assert call.outcome()["outcome"] == "booked"
    assert len(await clinic.openings(THERAPISTS)) == len(before) - 1
