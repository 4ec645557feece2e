"""MEDMIS: a prescription brings the patient back; the refusal and the no-show (rules.md 1.1)."""

from __future__ import annotations

from datetime import date, timedelta

from bot.demo.stories.tale import AGREES, DOCTOR, REGISTRAR, Lines, Tale
from bot.domain.clinic import Doctor, Patient
from bot.domain.follow_up import BOT_OWNER, LEAD_TITLES
from crm_bridge.rules.prescriptions import call_on

_SPECIALTY = "терапевт"
_REFUSES: Lines = {
    "reminder": ["Нет, спасибо, не нужно.", "Нет, записывать не надо."],
    "ask_choice": ["Для меня это слишком дорого.", "Потому что дорого."],
}


async def medmis(tale: Tale) -> None:
    """Prescription -> lead -> task two days ahead -> the bot phones -> visit -> stage -> payment -> «Успешно»."""
    doctor = await _doctor(tale)
    await _happy(tale, doctor)
    await _refusal(tale, doctor)
    await _no_show(tale, doctor)


async def _happy(tale: Tale, doctor: Doctor) -> None:
    patient = await tale.patient()
    await _prescribed(tale, patient, doctor)
    await tale.is_invited(patient, AGREES, "booked")
    lead = await tale.only_lead(patient)
    tale.check("лид", LEAD_TITLES[lead.stage], "Запись на приём")
    tale.check("открытых задач", len(await tale.desk.tasks.tasks_of(patient.id)), 0)
    visit = await tale.only_visit(patient)
    tale.go_to(visit.ends_at)
    tale.step("Пациентка пришла, врач отметил приём; в кассе оплатили 1500 ₽")
    await tale.clinic.attend(visit.id, by=DOCTOR)
    await tale.desk.payments.pay_at_desk(visit.id, 1500, by=REGISTRAR)
    lead = await tale.only_lead(patient)
    tale.check("лид", (LEAD_TITLES[lead.stage], lead.revenue), ("Успешно", 1500))


async def _refusal(tale: Tale, doctor: Doctor) -> None:
    tale.step("Ветка отказа")
    patient = await tale.patient("Егорова Вера Ивановна", "+79031112244")
    await _prescribed(tale, patient, doctor)
    await tale.is_invited(patient, _REFUSES, "invitation_refused")
    lead = await tale.only_lead(patient)
    tale.check("лид и причина", (LEAD_TITLES[lead.stage], lead.reason_id), ("Провал", "expensive"))
    tale.check("открытых задач", len(await tale.desk.tasks.tasks_of(patient.id)), 0)


async def _no_show(tale: Tale, doctor: Doctor) -> None:
    tale.step("Ветка неявки")
    patient = await tale.patient("Быкова Ольга Сергеевна", "+79031112255")
    await _prescribed(tale, patient, doctor)
    await tale.is_invited(patient, AGREES, "booked")
    visit = await tale.only_visit(patient)
    await tale.missed(visit)
    tale.step("Прошло пятнадцать минут после приёма, никто не пришёл")
    lead = await tale.only_lead(patient)
    tale.check("лид", LEAD_TITLES[lead.stage], "Назначен ответственный")
    task = await tale.only_task(patient)
    tale.check("задача из неявки", task.history[0].split(":")[0], "I20")


async def _prescribed(tale: Tale, patient: Patient, doctor: Doctor) -> None:
    """The doctor orders a repeat visit; the senior registrar gives the lead to the bot."""
    due = (tale.clock.now() + timedelta(days=4)).date()
    tale.step(f"{doctor.full_name} назначает повторный приём до {due:%d.%m.%Y}")
    made = await tale.desk.leads.prescribe(
        patient_id=patient.id, doctor_id=doctor.id, title="повторный приём", due_on=due, by=DOCTOR
    )
    lead = await tale.only_lead(patient)
    tale.check("лид", LEAD_TITLES[lead.stage], "Новый")
    task = await tale.only_task(patient)
    tale.check("день звонка", task.active_from, call_on(due, date.min, await tale.desk.policy.settings()))
    tale.step("Старший регистратор назначает ответственным «Голосового бота»")
    assert made.lead_id is not None, "a prescription has its lead"
    await tale.desk.leads.assign(made.lead_id, BOT_OWNER, by=REGISTRAR)
    tale.check("лид", LEAD_TITLES[(await tale.only_lead(patient)).stage], "Назначен ответственный")
    tale.go_to(tale.morning(task.active_from))


async def _doctor(tale: Tale) -> Doctor:
    directory = await tale.clinic.directory()
    return next(one for one in directory.doctors if one.specialty == _SPECIALTY)
