"""IDENT: no suitable time now, so the waiting list; a freed opening goes to the first who says yes (rules.md 1.5)."""

from __future__ import annotations

from datetime import timedelta

from bot.demo.stories.lines import StoryFailed
from bot.demo.stories.tale import REGISTRAR, Lines, Tale
from bot.domain.clinic import OpeningQuery, Patient
from bot.domain.follow_up import BOT, Need, WaitlistEntry
from crm_bridge.port import OpeningTaken

_DOCTOR = "эндокринолог"
"""The only one of the demo clinic: whose days are full, nobody else can be offered."""
_WANTS_DOCTOR: Lines = {
    "open": ["Запишите меня, пожалуйста, к эндокринологу.", "Мне нужно попасть на приём к эндокринологу."],
    "ask_specialty": ["К эндокринологу."],
    "ask_waitlist": ["Да, запишите, пожалуйста.", "Да, поставьте меня в лист ожидания."],
}


async def waitlist(tale: Tale) -> None:
    """Two people wait for one doctor whose days are full; somebody cancels."""
    first = await tale.patient()
    second = await tale.patient("Егорова Вера Ивановна", "+79031112244")
    doctor = next(one for one in (await tale.clinic.directory()).doctors if one.specialty == _DOCTOR)
    query = OpeningQuery(doctor=doctor.id, limit=1)
    tale.step(f"{doctor.full_name}: всё время занято до последнего окна")
    visits = []
    taken = await tale.patient("Занятая Анна Львовна", "+79031119999")
    while await tale.clinic.openings(query):
        visits.append(await tale.book(taken, query))
    entries = [await _waits(tale, patient) for patient in (first, second)]
    tale.check("окон сразу", len((await tale.desk.sweep.tick()).offers), 0)
    freed = next(visit for visit in visits if visit.starts_at > tale.clock.now() + timedelta(days=2))
    tale.step("Один из записанных отменяет приём")
    await tale.clinic.cancel_visit(freed.id, cancelled_by="clinic", reason_id="clinic", by=REGISTRAR)
    [offer] = (await tale.desk.sweep.tick()).offers
    tale.check("окно предлагают первой", offer.entry.id == entries[0].id, True)
    try:
        await tale.desk.waitlist.accept_offer(entries[1].id, by=BOT)
    except OpeningTaken:
        tale.check("второй пока ничего", True, True)
    else:
        raise StoryFailed("окно досталось двоим")
    tale.step("Первая отказывается, вторая согласна")
    await tale.desk.waitlist.decline_offer(entries[0].id, by=BOT)
    [offer] = (await tale.desk.sweep.tick()).offers
    visit = await tale.desk.waitlist.accept_offer(offer.entry.id, by=BOT)
    tale.check("записана вторая", visit.patient.full_name, second.full_name)
    tale.check("на освободившееся время", f"{visit.starts_at:%d.%m %H:%M}", f"{freed.starts_at:%d.%m %H:%M}")
    waiting = await tale.desk.waitlist.waitlist()
    tale.check("ждёт дальше первая", [entry.patient_id == first.id for entry in waiting], [True])


async def _waits(tale: Tale, patient: Patient) -> WaitlistEntry:
    """There is no time for the patient, who asks to be told when there is."""
    await tale.phones_in(patient, _WANTS_DOCTOR, "no_slot_handled")
    [asked] = await tale.clinic.requests_of(patient.phone or "")
    tale.check("просьба", (asked.fields["reason"], asked.fields["specialty"]), ("waitlist", _DOCTOR))
    entry = await tale.desk.waitlist.add_to_waitlist(
        patient_id=patient.id, need=Need(specialty=_DOCTOR), comment="любое время", by=REGISTRAR
    )
    tale.step(f"Регистратор вписывает в лист ожидания, действует до {entry.valid_to:%d.%m.%Y}")
    tale.clock.advance(timedelta(minutes=1))
    return entry
