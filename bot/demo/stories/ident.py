"""IDENT: no suitable time now, so the waiting list; a freed opening goes to the first who says yes (rules.md 1.5)."""

from __future__ import annotations

from datetime import timedelta

from bot.demo.stories.tale import REGISTRAR, StoryFailed, Tale
from bot.domain.clinic import OpeningQuery
from bot.domain.follow_up import BOT, Need
from crm_bridge.port import OpeningTaken


async def waitlist(tale: Tale) -> None:
    """Two people wait for one doctor whose days are full; somebody cancels."""
    first = await tale.patient()
    second = await tale.patient("Егорова Вера Ивановна", "+79031112244")
    doctor = next(one for one in (await tale.clinic.directory()).doctors if one.specialty == "терапевт")
    query = OpeningQuery(doctor=doctor.id, limit=1)
    tale.step(f"{doctor.full_name}: всё время занято до последнего окна")
    visits = []
    taken = await tale.patient("Занятая Анна Львовна", "+79031119999")
    while await tale.clinic.openings(query):
        visits.append(await tale.book(taken, query))
    need = Need(doctor_id=doctor.id)
    entries = []
    for patient in (first, second):
        entry = await tale.desk.waitlist.add_to_waitlist(
            patient_id=patient.id, need=need, comment="любое время", by=BOT
        )
        entries.append(entry)
        tale.clock.advance(timedelta(minutes=1))
        tale.step(f"В лист ожидания, действует до {entry.valid_to:%d.%m.%Y}")
    tale.check("окон сразу", len((await tale.desk.sweep.tick()).offers), 0)
    freed = next(visit for visit in visits if visit.starts_at > tale.clock.now() + timedelta(days=2))
    tale.step("Один из записанных отменяет приём")
    await tale.clinic.cancel_visit(freed.id, cancelled_by="clinic", reason_id="clinic", by=REGISTRAR)
    [offer] = (await tale.desk.sweep.tick()).offers
    tale.check("окно предлагают первому", offer.entry.id, entries[0].id)
    try:
        await tale.desk.waitlist.accept_offer(entries[1].id, by=BOT)
    except OpeningTaken:
        tale.check("второму пока ничего", True, True)
    else:
        raise StoryFailed("окно досталось двоим")
    tale.step("Первая отказывается, вторая согласна")
    await tale.desk.waitlist.decline_offer(entries[0].id, by=BOT)
    [offer] = (await tale.desk.sweep.tick()).offers
    visit = await tale.desk.waitlist.accept_offer(offer.entry.id, by=BOT)
    tale.check(
        "записана вторая на освободившееся время", (visit.patient.id, visit.starts_at), (second.id, freed.starts_at)
    )
    waiting = await tale.desk.waitlist.waitlist()
    tale.check("ждёт дальше первая", [entry.patient_id for entry in waiting], [first.id])
