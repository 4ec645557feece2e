"""TWIN's departmental clinic: paid, ОМС or ДМС, how to prepare, hours, documents, a named doctor (rules.md 1.2.2)."""

from __future__ import annotations

from bot.demo.stories.tale import Lines, Tale
from bot.domain.clinic import Funding, RequestKind
from crm_bridge.rules.route import TITLES

_SERVICE = "узи брюшной полости"
_BY_DMS: Lines = {
    "open": [
        "Хочу записаться на УЗИ брюшной полости, страховка добровольная.",
        "Запишите меня на УЗИ брюшной полости по ДМС.",
    ],
    "ask_specialty": ["На УЗИ брюшной полости, страховка добровольная."],
    "ask_policy": ["По добровольной страховке.", "ДМС."],
}
_PAID: Lines = {
    "open": ["Хочу записаться на гастроскопию, платно.", "Запишите, пожалуйста, на гастроскопию, за деньги, платно."],
    "ask_specialty": ["На гастроскопию, платно."],
    "ask_policy": ["Платно.", "За деньги, платно."],
}
_ASKS_LAB: Lines = {
    "open": ["Скажите, до скольки можно сдать кровь?", "Когда у вас принимают анализы?"],
    "ask_more": ["А какие документы взять с собой на приём?", "Нет, спасибо, до свидания."],
}
_ASKS_DOCTOR: Lines = {
    "open": ["Соедините меня, пожалуйста, с кардиологом Карпенко.", "Позовите к телефону доктора Карпенко."],
    "ask_more": ["Соедините меня с регистратором."],
    "ask_choice": ["Да, соедините с доктором.", "Поговорить с регистратором."],
}


async def departmental(tale: Tale) -> None:
    """Reason and format of every booking, preparation before it is finished, hours and documents, and a way through."""
    await _insured(tale)
    await _pays(tale)
    await _asks(tale)
    await _wants_doctor(tale)


async def _insured(tale: Tale) -> None:
    patient = await tale.patient()
    await tale.phones_in(patient, _BY_DMS, "booked", insists={"ДМС": "Нет, страховка добровольная."})
    visit = await tale.only_visit(patient)
    tale.check("исследование", visit.service.name if visit.service else "", _SERVICE)
    tale.check("кто платит", visit.funding.value, Funding.DMS.value)
    tale.check("стадия", TITLES[visit.status], "Ожидает согласования")
    tale.check("подготовка сказана", await _prep(tale, _SERVICE) in tale.said, True)


async def _pays(tale: Tale) -> None:
    patient = await tale.patient("Егорова Вера Ивановна", "+79031112244")
    await tale.phones_in(patient, _PAID, "booked")
    visit = await tale.only_visit(patient)
    tale.check("исследование", visit.service.name if visit.service else "", "гастроскопия")
    tale.check("кто платит", visit.funding.value, Funding.PAID.value)
    tale.check("подготовка сказана", await _prep(tale, "гастроскопия") in tale.said, True)


async def _prep(tale: Tale, service: str) -> str:
    """The first sentence of the clinic's own text."""
    return (await tale.clinic.directory()).prep[service].strip().partition(".")[0]


async def _asks(tale: Tale) -> None:
    patient = await tale.patient("Быкова Ольга Сергеевна", "+79031112255")
    outcome = await tale.phones_in(patient, _ASKS_LAB, "info_given")
    tale.check("темы", list(outcome.get("topics", ())), ["lab_hours", "documents"])
    tale.check("часы лаборатории из справочника", "семи часов тридцати минут" in tale.said, True)
    tale.check("документы из справочника", "полис" in tale.said.lower(), True)


async def _wants_doctor(tale: Tale) -> None:
    patient = await tale.patient("Лапина Мария Олеговна", "+79031112266")
    tale.step("Регистратор на месте")
    await tale.phones_in(patient, _ASKS_DOCTOR, "transferred", desk=True)
    tale.check("перезванивать некому", len(await _callbacks(tale, patient.phone)), 0)
    tale.step("Никто не отвечает: остаётся задача перезвонить")
    await tale.phones_in(patient, _ASKS_DOCTOR, "transferred")
    tale.check("задача перезвонить", len(await _callbacks(tale, patient.phone)), 1)
    tale.check("об этом сказано", "перезвонят" in tale.said, True)


async def _callbacks(tale: Tale, phone: str | None) -> list[str]:
    requests = await tale.clinic.open_requests()
    return [one.id for one in requests if one.kind is RequestKind.CALLBACK and one.phone == phone]
