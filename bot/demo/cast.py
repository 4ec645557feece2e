"""Who phones in the demo: the seed draws callers, voices, doctors, streets and wishes from the clinic's own data."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.demo.person import Part
from bot.domain.clinic import ClinicDirectory, Patient
from dialogs.speech_text.moments import spoken_birth_date
from dialogs.speech_text.phrases import decline_phrase
from speech.port import Voice

FEMALE_VOICES = ("Anna", "Elena")
MALE_VOICES = ("Aleksandr", "Aleksandr-hq")
"""The bot itself speaks as Irina; free licences only."""

SPECIALTIES = ("терапевт", "кардиолог", "невролог", "хирург", "лор", "окулист", "эндокринолог", "уролог", "стоматолог")
STREETS = ("Садовая", "Лесная", "Молодёжная", "Центральная", "Школьная", "Набережная")
WANTS_VISIT = (
    "Здравствуйте. Запишите меня, пожалуйста, к {doctor} на завтра.",
    "Добрый день. Мне нужно завтра попасть к {doctor}.",
    "Здравствуйте, хочу записаться к {doctor} на завтра.",
)
WANTS_PERSON = (
    "Соедините меня, пожалуйста, с оператором.",
    "Я хочу поговорить с регистратором.",
    "Позовите, пожалуйста, живого человека.",
)
WANTS_HOME = (
    "Здравствуйте, вызовите, пожалуйста, врача на дом.",
    "Мне нужен врач на дом, я болею.",
)
SYMPTOMS = ("Температура тридцать восемь и два, кашель.", "Болит горло, температура тридцать восемь.")
MOVES = ("Нет, мне не подходит. Перенесите на послезавтра, пожалуйста.", "Не смогу. Можно перенести на послезавтра?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A person, what they will say, and what must be true afterwards."""

    title: str
    patient: Patient
    part: Part
    specialty: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The five scenes of the demo."""

    booker: Role
    asks_person: Role
    home: Role
    hangs_up: Role
    reminded: Role


def draw(seed: int, directory: ClinicDirectory, patients: Sequence[Patient], tomorrow_has: Sequence[str]) -> Cast:
    """Draw a cast: `patients` have phones of their own, `tomorrow_has` are specialties with openings tomorrow."""
    dice = random.Random(seed)
    booker, asker, ill, hasty = dice.sample(list(patients), 4)
    specialty = dice.choice([name for name in SPECIALTIES if name in tomorrow_has])
    wish = dice.choice(WANTS_VISIT).format(doctor=decline_phrase(specialty, "datv"))
    again = f"К {decline_phrase(specialty, 'datv')}."
    street, house, flat = dice.choice(directory.streets or STREETS), dice.randint(2, 60), dice.randint(2, 99)
    who = {patient.id: _voice(dice, patient) for patient in (booker, asker, ill, hasty)}
    return Cast(
        booker=Role(
            title=f"записаться: {specialty}, завтра",
            patient=booker,
            specialty=specialty,
            part=Part(
                phone=_phone(booker),
                voice=who[booker.id],
                answers={"open": [wish], "ask_specialty": [again], **_named(booker)},
                keys=_keys(booker),
            ),
        ),
        asks_person=Role(
            title="поговорить с человеком",
            patient=asker,
            part=Part(
                phone=_phone(asker),
                voice=who[asker.id],
                answers={"open": [dice.choice(WANTS_PERSON), "Оператора, пожалуйста."]},
            ),
        ),
        home=Role(
            title="врача на дом",
            patient=ill,
            address=f"{street} {house} кв {flat}",
            part=Part(
                phone=_phone(ill),
                voice=who[ill.id],
                answers={
                    "open": [dice.choice(WANTS_HOME)],
                    "ask_address": [f"{_street(street)}, дом {house}, квартира {flat}."],
                    "ask_entrance": ["Первый подъезд, второй этаж."],
                    "ask_symptoms": [dice.choice(SYMPTOMS)],
                    "ask_red_flags": ["Нет, ничего такого нет."],
                    **_named(ill),
                },
                keys=_keys(ill),
            ),
        ),
        hangs_up=Role(
            title="бросить трубку на полуслове",
            patient=hasty,
            part=Part(phone=_phone(hasty), voice=who[hasty.id], answers={"open": [wish]}, hang_up_in="open"),
        ),
        reminded=Role(
            title="напоминание: перенести на послезавтра",
            patient=booker,
            specialty=specialty,
            part=Part(
                phone=_phone(booker),
                voice=who[booker.id],
                answers={
                    "ask_identity": ["Да."],
                    "reminder": [dice.choice(MOVES)],
                    "ask_move": ["Да, перенесите."],
                    "ask_date": ["На послезавтра."],
                    **_named(booker),
                },
                keys=_keys(booker),
            ),
        ),
    )


def _keys(patient: Patient) -> dict[str, str]:
    """What they press when the bot has not understood and offers keys."""
    return {"ask_birth": f"{patient.birth_date:%d%m%Y}", "ask_identity": "1"}


def _named(patient: Patient) -> dict[str, list[str]]:
    """Answers that everybody knows of themselves."""
    return {
        "ask_slot_ok": ["Да."],
        "ask_who": [f"{patient.full_name}."],
        "ask_name": [f"{patient.full_name}."],
        "ask_birth": [f"{spoken_birth_date(patient.birth_date).capitalize()}."],
        "ask_phone": ["Да, этот же номер."],
        "confirm": ["Да, верно."],
        "ask_more": ["Нет, спасибо, до свидания."],
        "ask_choice": ["Первый вариант."],
        "ask_policy": ["По полису ОМС."],
        "ask_first_visit": ["Нет, не первый раз."],
        "ask_visit_kind": ["На дом."],
    }


def _street(street: str) -> str:
    """As people say it: «улица Лесная», but «бульвар Юности»."""
    named = street.split()[0] in ("проспект", "бульвар", "переулок", "микрорайон", "набережная", "площадь")
    return street.capitalize() if named and street[0].islower() else street if named else f"Улица {street}"


def _voice(dice: random.Random, patient: Patient) -> Voice:
    female = patient.full_name.rsplit(" ", 1)[-1].endswith("на")
    name = dice.choice(FEMALE_VOICES if female else MALE_VOICES)
    return Voice(name=name, rate=dice.choice((0.9, 1.0, 1.1)), pitch=dice.choice((0.95, 1.0, 1.05)))


def _phone(patient: Patient) -> str:
    assert patient.phone, "the cast is drawn from patients with a phone"
    return patient.phone


def working_day_after(day: date) -> date:
    """The first Monday after a day: tomorrow is then a working day with all doctors."""
    return day + timedelta(days=(7 - day.weekday()) % 7 or 7)
