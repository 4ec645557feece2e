"""TWIN's Ryazan polyclinic, «Мария»: every kind of request is taken on the registry's own number (rules.md 1.2.1)."""

from __future__ import annotations

from typing import Final

from bot.demo.scenes import same_address
from bot.demo.stories.lines import StoryFailed
from bot.demo.stories.tale import Lines, Tale
from bot.domain.clinic import ClinicRequest, Patient, RequestKind

_ADDRESS: Final = "Лесная 5 кв 12"
_AT_HOME: Lines = {
    "ask_symptoms": ["Температура тридцать восемь и два, кашель.", "Болит горло и температура."],
    "ask_red_flags": ["Нет, ничего такого нет.", "Нет, угрозы жизни нет."],
    "ask_address": ["Улица Лесная, дом пять, квартира двенадцать."],
    "ask_entrance": ["Первый подъезд, второй этаж."],
    "ask_visit_kind": ["Вызовите, пожалуйста, врача на дом.", "На дом."],
}
_WANTS_HOME: Lines = {
    **_AT_HOME,
    "open": ["Здравствуйте, вызовите, пожалуйста, врача на дом.", "Мне нужен врач на дом, я болею."],
    "ask_choice": ["Да, врача на дом."],
}
_WANTS_LEAVE: Lines = {
    **_AT_HOME,
    "open": ["Я заболела, мне нужно открыть больничный лист.", "Хочу открыть больничный."],
    "ask_choice": ["Открыть больничный.", "Открыть."],
}
_ASKS_LEAVE: Lines = {
    "open": ["Подскажите, закрыт ли мой больничный лист.", "Хочу узнать про свой больничный, закрыт он или нет."],
    "ask_choice": ["Узнать, готов ли больничный.", "Узнать."],
}
_WANTS_SHOT: Lines = {
    "open": ["Запишите меня, пожалуйста, на прививку от гриппа.", "Хочу сделать прививку, нужна вакцина от гриппа."],
    "ask_choice": ["Хочу сделать прививку от гриппа."],
    "ask_specialty": ["Мне нужно сделать прививку.", "В прививочный кабинет, делать вакцину."],
    "ask_details": ["Прививка от гриппа.", "Вакцина от гриппа.", "Хочу прививку от гриппа."],
    "ask_red_flags": ["Нет, ничего такого нет.", "Нет, угрозы жизни нет."],
}
_WANTS_DOCTOR: Lines = {
    "open": ["Запишите меня, пожалуйста, к неврологу.", "Мне нужно попасть на приём к неврологу."],
    "ask_specialty": ["К неврологу.", "Нужен невролог."],
}
_INSISTS: Final = {
    r"(?i)лесная, дом пять, квартира двенадцать\b": "Нет. Адрес: улица Лесная, дом пять, квартира двенадцать."
}


async def ryazan(tale: Tale) -> None:
    """Doctor to the home, vaccination, sick leave and a specialist, each by telephone; nothing is lost on the way."""
    await _home(tale)
    await _vaccination(tale)
    await _specialist(tale)
    await _sick_leave(tale)
    waiting = await tale.clinic.open_requests()
    tale.check(
        "заявок без хозяина или срока", [one.id for one in waiting if not one.owner or not one.next_action_at], []
    )


async def _home(tale: Tale) -> None:
    patient = await tale.patient()
    await tale.phones_in(patient, _WANTS_HOME, "home_visit_created", insists=_INSISTS)
    request = await _request(tale, patient, RequestKind.HOME_VISIT)
    tale.check("адрес вызова", same_address(request.fields.get("address", ""), _ADDRESS), True)
    tale.check("жалоба записана", bool(request.fields.get("symptoms")), True)
    tale.check("телефон для врача", request.phone, patient.phone)
    tale.check("сказано про 103", "103" in tale.said, True)


async def _vaccination(tale: Tale) -> None:
    patient = await tale.patient("Егорова Вера Ивановна", "+79031112244")
    await tale.phones_in(patient, _WANTS_SHOT, "booked")
    visit = await tale.only_visit(patient)
    tale.check("прививка", visit.service.name if visit.service else "", "прививка от гриппа")


async def _specialist(tale: Tale) -> None:
    patient = await tale.patient("Быкова Ольга Сергеевна", "+79031112255")
    await tale.phones_in(patient, _WANTS_DOCTOR, "booked")
    visit = await tale.only_visit(patient)
    tale.check("врач", visit.doctor.specialty if visit.doctor else "", "невролог")


async def _sick_leave(tale: Tale) -> None:
    tale.step("Больничный лист: бот собирает данные и передаёт их врачу")
    patient = await tale.patient("Лапина Мария Олеговна", "+79031112266")
    await tale.phones_in(patient, _WANTS_LEAVE, "home_visit_created", insists=_INSISTS)
    request = await _request(tale, patient, RequestKind.HOME_VISIT)
    tale.check("больничный в заявке", request.fields.get("sick_leave"), "open")
    told = {name: bool(request.fields.get(name)) for name in ("patient", "birth_date", "address", "symptoms")}
    tale.check("врач видит всё", all(told.values()), True)
    known = await _with_leave(tale)
    await tale.phones_in(known, _ASKS_LEAVE, "info_given")
    leaves = await tale.clinic.sick_leaves(patient_id=known.id)
    said = "закрыт" if leaves[0].status == "closed" else "открыт"
    tale.check("сказано, что с листом", f"больничный {said}" in tale.said, True)


async def _with_leave(tale: Tale) -> Patient:
    """Somebody of the demo clinic whose certificate it knows. Raises StoryFailed."""
    leaves = await tale.clinic.sick_leaves(number="910044509981")
    if not leaves:
        raise StoryFailed("в демонстрационной клинике нет больничного листа")
    return leaves[0].patient


async def _request(tale: Tale, patient: Patient, kind: RequestKind) -> ClinicRequest:
    found = [one for one in await tale.clinic.open_requests() if one.kind is kind and one.phone == patient.phone]
    tale.check("заявка врачам", len(found), 1)
    return found[0]
