"""TWIN's dental clinic 911, «Елена»: sales end politely, patients are pitied and helped (rules.md 1.2.4)."""

from __future__ import annotations

from datetime import date
from typing import Final

from bot.demo.stories.tale import Lines, Tale
from bot.domain.clinic import Patient

_SALESMAN: Final = Patient(
    id="salesman", full_name="Торгов Пётр Ильич", birth_date=date(1980, 1, 1), phone="+79035550077"
)
"""Nobody in the clinic's base."""
_PITCHES: Final = (
    (
        "Добрый день! Предлагаем продвижение вашего сайта в интернете со скидкой.",
        "Мы занимаемся рекламой клиник, приведём вам сто новых пациентов в месяц.",
    ),
    (
        "Здравствуйте! Вас приветствует банк, вам одобрен кредит для бизнеса.",
        "Предлагаем кредит вашей компании под низкий процент.",
    ),
    (
        "Здравствуйте, предлагаем медицинское оборудование и расходные материалы.",
        "У нас перчатки, маски, шприцы, оптом, дёшево.",
    ),
)
_IN_PAIN: Lines = {
    "open": ["Очень болит зуб, запишите меня к стоматологу.", "Болит зуб, мне нужен стоматолог поскорее."],
    "ask_specialty": ["К стоматологу."],
    "ask_red_flags": ["Нет, просто болит зуб.", "Нет, угрозы жизни нет."],
}
_WANTS_DOCTOR: Lines = {
    "open": ["Соедините меня, пожалуйста, со стоматологом.", "Позовите, пожалуйста, администратора, у меня вопрос."],
    "ask_choice": ["Да, соедините, пожалуйста."],
    "ask_more": ["Соедините меня с администратором."],
}


async def dental911(tale: Tale) -> None:
    """Of six calls three are sales, which ring nobody; who is in pain is pitied; who is a client reaches a person."""
    before = len(await tale.clinic.open_requests())
    for pitch in _PITCHES:
        await _sells(tale, pitch)
    tale.check("заявок после рекламы", len(await tale.clinic.open_requests()) - before, 0)
    tale.check("карточек у продавца", len(await tale.clinic.patients_by_phone(_SALESMAN.phone or "")), 0)
    await _in_pain(tale)
    for name, phone in (("Егорова Вера Ивановна", "+79031112244"), ("Быкова Ольга Сергеевна", "+79031112255")):
        patient = await tale.patient(name, phone)
        outcome = await tale.phones_in(patient, _WANTS_DOCTOR, "transferred", desk=True)
        tale.check("клиентка у человека", outcome.get("status", "соединена"), "соединена")


async def _sells(tale: Tale, pitch: tuple[str, str]) -> None:
    lines: Lines = {
        "open": pitch,
        "ask_choice": ["Нет, я не пациент, у меня коммерческое предложение.", "Нет, я звоню по делу."],
        "ask_more": ["Предлагаем вам сотрудничество."],
    }
    # a salesman who has reached a person does not phone again
    outcome = await tale.phones_in(_SALESMAN, lines, "spam_ended", "transferred", who="Продавец")
    tale.check("соединяли с человеком", "transferred" in outcome.get("happened", ()), False)


async def _in_pain(tale: Tale) -> None:
    patient = await tale.patient()
    await tale.phones_in(patient, _IN_PAIN, "booked")
    visit = await tale.only_visit(patient)
    tale.check("врач", visit.doctor.specialty if visit.doctor else "", "стоматолог")
    tale.check("посочувствовала", any(word in tale.said for word in ("Сочувствую", "как это неприятно")), True)
