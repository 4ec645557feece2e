"""IDENT: no suitable time now, so the waiting list; a freed opening goes to the first who says yes (rules.md 1.5)."""

from __future__ import annotations

from datetime import timedelta

from bot.demo.stories.tale import REGISTRAR, Lines, Tale
from bot.domain.clinic import OpeningQuery, Patient, Visit
from bot.domain.follow_up import WaitOffer

_DOCTOR = "невролог"
"""The only one of the demo clinic: when his days are full, nobody else can be offered."""
_WANTS_DOCTOR: Lines = {
    "open": ["Запишите меня, пожалуйста, к неврологу.", "Хочу записаться на приём к неврологу."],
    "ask_specialty": ["К неврологу, пожалуйста."],
    "ask_waitlist": ["Да, запишите меня, пожалуйста.", "Да, хорошо, запишите."],
    "ask_date": ["Любые дни подходят.", "Все дни подходят, любые."],
}
_DECLINES: Lines = {
    "ask_slot_ok": ["Нет, это время не подходит.", "Нет, спасибо, в это время не могу."],
    "ask_waitlist": ["Да, оставьте, пожалуйста.", "Да, оставьте меня."],
}
_ACCEPTS: Lines = {"ask_slot_ok": ["Да, подходит, запишите, пожалуйста.", "Да, это время подходит."]}


async def waitlist(tale: Tale) -> None:
    """Two people wait for one doctor whose days are full; somebody cancels, the bot phones them one after the other."""
    first = await tale.patient()
    second = await tale.patient("Егорова Вера Ивановна", "+79031112244")
    visits = await _all_taken(tale)
    for patient in (first, second):
        await _waits(tale, patient)
    tale.check("окон сразу", len((await tale.desk.sweep.tick()).offers), 0)
    freed = next(visit for visit in visits if visit.starts_at > tale.clock.now() + timedelta(days=2))
    tale.step("Один из записанных отменяет приём")
    await tale.clinic.cancel_visit(freed.id, cancelled_by="clinic", reason_id="clinic", by=REGISTRAR)
    await tale.is_offered(first, _DECLINES, await _offered(tale, first), "offer_declined")
    await tale.is_offered(second, _ACCEPTS, await _offered(tale, second), "booked")
    visit = await tale.only_visit(second)
    tale.check("на освободившееся время", f"{visit.starts_at:%d.%m %H:%M}", f"{freed.starts_at:%d.%m %H:%M}")
    tale.check("приёмов у первой", len(await tale.clinic.visits_of([first.id])), 0)
    waiting = await tale.desk.waitlist.waitlist()
    tale.check("ждёт дальше первая", [entry.patient_id == first.id for entry in waiting], [True])


async def _all_taken(tale: Tale) -> list[Visit]:
    doctor = next(one for one in (await tale.clinic.directory()).doctors if one.specialty == _DOCTOR)
    tale.step(f"{doctor.full_name}: всё время занято до последнего окна")
    query = OpeningQuery(doctor=doctor.id, limit=1)
    other = await tale.patient("Занятая Анна Львовна", "+79031119999")
    visits = []
    while await tale.clinic.openings(query):
        visits.append(await tale.book(other, query))
    return visits


async def _waits(tale: Tale, patient: Patient) -> None:
    """There is no time for the patient, who asks to be told when there is."""
    await tale.phones_in(patient, _WANTS_DOCTOR, "no_slot_handled")
    entries = await tale.desk.waitlist.waitlist(patient_id=patient.id)
    tale.check("записей в листе ожидания", [entry.need.specialty for entry in entries], [_DOCTOR])
    tale.step(f"В листе ожидания до {entries[0].valid_to:%d.%m.%Y}")
    tale.clock.advance(timedelta(minutes=1))


async def _offered(tale: Tale, patient: Patient) -> WaitOffer:
    """The one opening that is kept now, for this patient and nobody else."""
    await tale.desk.sweep.tick()
    offers = await tale.clinic.offers()
    tale.check("окно держат для", [offer.patient.full_name for offer in offers], [patient.full_name])
    return offers[0]
