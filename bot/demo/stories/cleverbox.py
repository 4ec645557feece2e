"""CleverBOX: who lets the clinic down pays ahead; the clinic counts the course (rules.md 1.4)."""

from __future__ import annotations

from datetime import timedelta

from bot.demo.stories.lines import StoryFailed
from bot.demo.stories.tale import AGREES, DOCTOR, REGISTRAR, Lines, Tale
from bot.domain.clinic import OpeningQuery, Service, Visit, VisitStatus
from crm_bridge.rules.route import TITLES

_THERAPIST = OpeningQuery(specialty="терапевт", limit=1)
_WANTS_THERAPIST: Lines = {
    "open": ["Запишите меня, пожалуйста, к терапевту.", "Мне нужно попасть на приём к терапевту."],
    "ask_specialty": ["К терапевту."],
}


async def strikes(tale: Tale) -> None:
    """Two no-shows; the third booking waits for money, is paid by its link, takes place, and clears the slate."""
    patient = await tale.patient()
    for number in ("первую", "вторую"):
        visit = await tale.book(patient, _THERAPIST)
        tale.step(f"Пациентка не приходит на {number} запись")
        await tale.missed(visit)
    policy = await tale.desk.policy.booking_policy(patient.id, by=REGISTRAR)
    tale.check("неявок в счёте", policy.strikes, 2)
    await tale.phones_in(patient, _WANTS_THERAPIST, "booked")
    visit = await tale.only_visit(patient)
    tale.check("третья запись", TITLES[visit.status], "Ожидает оплаты")
    [demand] = await tale.desk.payments.payments_of(visit.id)
    assert demand.token, "a demand has its link"
    tale.step(f"Ссылка на оплату {demand.amount} ₽ оплачена")
    await tale.desk.payments.paid(demand.token, provider_id="story-1", by=REGISTRAR)
    tale.check("запись", TITLES[(await tale.clinic.visit(visit.id)).status], "Подтверждена")
    tale.go_to(visit.ends_at)
    await tale.clinic.attend(visit.id, by=DOCTOR)
    policy = await tale.desk.policy.booking_policy(patient.id, by=REGISTRAR)
    tale.check("после оплаченного приёма в счёте", policy.strikes, 0)


async def courses(tale: Tale) -> None:
    """Three visits, two days apart: «второй из трёх» is due by itself, the bot phones, the last one ends the course."""
    patient = await tale.patient()
    service = await _service(tale)
    tale.step(f"Врач назначает курс: {service.name}, 3 раза через 2 дня; на первый раз записали в регистратуре")
    course = await tale.desk.courses.start(
        patient_id=patient.id, service_id=service.id, title=service.name, total=3, interval_days=2, by=DOCTOR
    )
    visit = await tale.book(patient, OpeningQuery(service=service.name, limit=1), course_id=course.id)
    for number in (2, 3):
        await _attends(tale, visit)
        [course] = await tale.desk.courses.courses_of(patient.id)
        tale.check("следующий приём курса", course.next_number, number)
        assert course.next_on, "the course goes on"
        tale.go_to(tale.morning(course.next_on))
        await tale.desk.sweep.tick()
        task = await tale.only_task(patient)
        tale.check("задача напоминает", task.comment.split(": ")[-1], f"пора на приём {number} из 3")
        await tale.is_invited(patient, AGREES, "booked")
        visit = await tale.only_visit(patient)
    await _attends(tale, visit)
    [course] = await tale.desk.courses.courses_of(patient.id)
    tale.check("пройдено приёмов курса", (course.done, course.next_on), (3, None))
    tale.go_to(tale.clock.now() + timedelta(days=8))
    await tale.desk.sweep.tick()
    tale.check("лишних задач", len(await tale.desk.tasks.tasks_of(patient.id)), 0)
    tale.check("приёмов в ленте пациентки", await _attended(tale, patient.id), 3)


async def _attends(tale: Tale, visit: Visit) -> None:
    tale.go_to(visit.ends_at)
    tale.step("Пациентка пришла на приём")
    await tale.clinic.attend(visit.id, by=DOCTOR)


async def _attended(tale: Tale, patient_id: str) -> int:
    line = await tale.desk.control.timeline(patient_id)
    return sum(moment.kind == "visit" and moment.text == VisitStatus.COMPLETED for moment in line)


async def _service(tale: Tale) -> Service:
    """A service of the demo clinic that has openings for ten days."""
    for service in (await tale.clinic.directory()).services:
        found = await tale.clinic.openings(OpeningQuery(service=service.name, limit=60))
        if found and (found[-1].starts_at - tale.clock.now()).days >= 9:
            return service
    raise StoryFailed("в демонстрационной клинике нет услуги с расписанием на десять дней")
