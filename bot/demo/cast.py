"""Who phones in the demo: the seed draws callers, voices, doctors, streets and wishes from the clinic's own data."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.demo.person import Insisted, Part
from bot.domain.clinic import ClinicDirectory, Patient
from dialogs.speech_text.moments import spoken_birth_date, spoken_date, spoken_time
from dialogs.speech_text.phrases import decline_phrase
from dialogs.speech_text.places import spoken_address
from dialogs.spoken import birthday
from speech.port import Voice

FEMALE_VOICES = ("Anna", "Elena")
MALE_VOICES = ("Aleksandr", "Aleksandr-hq")
"""The bot itself speaks as Irina; free licences only."""

SPECIALTIES = ("терапевт", "кардиолог", "невролог", "хирург", "лор", "окулист", "эндокринолог", "уролог", "стоматолог")
STREETS = ("Садовая", "Лесная", "Молодёжная", "Центральная", "Школьная", "Набережная")
WANTS_VISIT = (
    "Запишите меня, пожалуйста, к {doctor} на завтра, на {time}.",
    "Мне нужно завтра в {time} попасть к {doctor}.",
    "Добрый день, хочу записаться к {doctor} на завтра, на {time}.",
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
MOVES = (
    "Нет, не подходит. Перенесите на послезавтра, на {time}.",
    "Не смогу. Можно перенести на послезавтра, на {time}?",
)
HURRIED_RATE = 1.15
OFFER, READ_BACK = "Могу записать", "Проверим"
"""What the bot's offers and read-backs have in them, and what it says when it only asks again has not."""
Times = Mapping[time, Sequence[time]]
"""Free times of tomorrow, each with the times of the day after to which its visit could be moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A person, what they will say, and what must be true afterwards."""

    title: str
    patient: Patient
    part: Part
    specialty: str = ""
    at: datetime | None = None
    """When the visit is to be, the clinic's local time."""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The five scenes of the demo."""

    booker: Role
    asks_person: Role
    home: Role
    hangs_up: Role
    reminded: Role

    def in_a_hurry(self, hurry: bool = True) -> Cast:
        """The same people with less time."""
        if not hurry:
            return self
        return replace(self, booker=_hurried(self.booker), home=_hurried(self.home), reminded=_hurried(self.reminded))


def draw(
    seed: int,
    directory: ClinicDirectory,
    patients: Sequence[Patient],
    times: Mapping[str, Times],
    today: date,
    *,
    hurry: bool = False,
) -> Cast:
    """Draw a cast: `patients` have phones of their own, `times` are by specialty.

    In a `hurry` they tell name and birth date in one breath and put the phone down as soon as they have what they want.
    """
    dice = random.Random(seed)
    booker, asker, ill, hasty = dice.sample(list(patients), 4)
    specialty = dice.choice([name for name in SPECIALTIES if times.get(name)])
    first = dice.choice(sorted(times[specialty]))
    moved = dice.choice(sorted(times[specialty][first]))
    wish = dice.choice(WANTS_VISIT).format(doctor=decline_phrase(specialty, "datv"), time=spoken_time(first))
    street, house, flat = dice.choice(directory.streets or STREETS), dice.randint(2, 60), dice.randint(2, 99)
    who = {patient.id: draw_voice(dice, patient) for patient in (booker, asker, ill, hasty)}
    tomorrow, day_after = (datetime.combine(today + timedelta(days=days), time.min) for days in (1, 2))
    return Cast(
        booker=_booker(booker, who[booker.id], specialty, tomorrow.replace(hour=first.hour, minute=first.minute), wish),
        asks_person=Role(
            title="поговорить с человеком",
            patient=asker,
            part=Part(
                phone=_phone(asker),
                voice=who[asker.id],
                answers={"open": [dice.choice(WANTS_PERSON), "Оператора, пожалуйста."]},
            ),
        ),
        home=_ill(ill, who[ill.id], (street, house, flat), dice),
        hangs_up=Role(
            title="бросить трубку на полуслове",
            patient=hasty,
            part=Part(phone=_phone(hasty), voice=who[hasty.id], answers={"open": [wish]}, hang_up_in="open"),
        ),
        reminded=_reminded(
            booker, who[booker.id], specialty, day_after.replace(hour=moved.hour, minute=moved.minute), dice
        ),
    ).in_a_hurry(hurry)


def _booker(patient: Patient, voice: Voice, specialty: str, at: datetime, wish: str) -> Role:
    again = f"К {decline_phrase(specialty, 'datv')}."
    wrong = f"Нет, на завтра, на {spoken_time(at)}."
    return Role(
        title=f"записаться: {specialty}, завтра в {at:%H:%M}",
        patient=patient,
        specialty=specialty,
        at=at,
        part=Part(
            phone=_phone(patient),
            voice=voice,
            answers={
                "open": [wish],
                "ask_specialty": [again],
                "ask_time": [f"На {spoken_time(at)}."],
                **told_of_oneself(patient),
            },
            keys=keys_of(patient),
            insists={
                "ask_slot_ok": [insists_on(at, "завтра", OFFER, wrong)],
                "confirm": [*insists_on_identity(patient), insists_on(at, "завтра", READ_BACK, wrong)],
            },
        ),
    )


def _ill(patient: Patient, voice: Voice, place: tuple[str, int, int], dice: random.Random) -> Role:
    street, house, flat = place
    where = f"{_street(street)}, дом {house}, квартира {flat}."
    return Role(
        title="врача на дом",
        patient=patient,
        address=f"{street} {house} кв {flat}",
        part=Part(
            phone=_phone(patient),
            voice=voice,
            answers={
                "open": [dice.choice(WANTS_HOME), "Врача на дом."],
                "ask_specialty": ["Мне нужен врач на дом."],
                "ask_choice": ["Врача на дом."],
                "ask_address": [where],
                "ask_entrance": ["Первый подъезд, второй этаж."],
                "ask_symptoms": [dice.choice(SYMPTOMS)],
                **{state: lines for state, lines in told_of_oneself(patient).items() if state != "ask_choice"},
            },
            keys=keys_of(patient),
            insists={
                "confirm": [
                    *insists_on_identity(patient),
                    Insisted(
                        about=READ_BACK,
                        pattern=rf"(?i){re.escape(spoken_address(f'{street} {house} кв {flat}'))}\b",
                        line=f"Нет. Адрес: {where}",
                        named="Адрес.",
                    ),
                ]
            },
        ),
    )


def _reminded(patient: Patient, voice: Voice, specialty: str, at: datetime, dice: random.Random) -> Role:
    wrong = f"Нет, на послезавтра, на {spoken_time(at)}."
    return Role(
        title=f"напоминание: перенести на послезавтра на {at:%H:%M}",
        patient=patient,
        specialty=specialty,
        at=at,
        part=Part(
            phone=_phone(patient),
            voice=voice,
            answers={
                "ask_identity": ["Да."],
                "reminder": [dice.choice(MOVES).format(time=spoken_time(at))],
                "ask_move": ["Да, перенесите."],
                "ask_date": ["На послезавтра."],
                "ask_time": [f"На {spoken_time(at)}."],
                **told_of_oneself(patient),
            },
            keys=keys_of(patient),
            insists={
                "ask_slot_ok": [insists_on(at, "послезавтра", OFFER, wrong)],
                "confirm": [insists_on(at, "послезавтра", READ_BACK, wrong)],
            },
        ),
    )


def insists_on(at: datetime, called: str, about: str, line: str) -> Insisted:
    """The day, by its date or as it is `called` today, and the time right after it."""
    pattern = rf"\b(?:{spoken_date(at.date(), weekday=False)}|{called}), {spoken_time(at, at=True)}[.,?]"
    return Insisted(about=about, pattern=pattern, line=line, named="Время приёма.")


def insists_on_identity(patient: Patient) -> list[Insisted]:
    born = birthday(patient.birth_date.isoformat())
    return [
        Insisted(
            about=READ_BACK,
            pattern=re.escape(patient.full_name),
            line=f"Нет. Меня зовут {patient.full_name}.",
            named="Имя.",
        ),
        Insisted(about=READ_BACK, pattern=re.escape(born), line=f"Нет, дата рождения {born}.", named="Дату рождения."),
    ]


def _hurried(role: Role) -> Role:
    """Name and birth date in one breath, and away when all is done."""
    name, born = role.part.answers["ask_name"][0], role.part.answers["ask_birth"][0]
    answers = {**role.part.answers, "ask_name": [f"{name[:-1]}, {born.lower()}", name]}
    voice = replace(role.part.voice, rate=HURRIED_RATE)
    return replace(role, part=replace(role.part, answers=answers, voice=voice, leaves_in="ask_more"))


def keys_of(patient: Patient) -> dict[str, str]:
    """What they press when the bot has not understood and offers keys."""
    return {"ask_birth": f"{patient.birth_date:%d%m%Y}", "ask_identity": "1"}


def told_of_oneself(patient: Patient) -> dict[str, list[str]]:
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
        "ask_prepay": ["Да, хорошо, оставляем."],
        "ask_first_visit": ["Нет, не первый раз."],
        "ask_visit_kind": ["На дом."],
        "ask_red_flags": ["Нет, ничего такого нет."],
    }


def _street(street: str) -> str:
    """As people say it: «улица Лесная», but «бульвар Юности»."""
    named = street.split()[0] in ("проспект", "бульвар", "переулок", "микрорайон", "набережная", "площадь")
    return street.capitalize() if named and street[0].islower() else street if named else f"Улица {street}"


def draw_voice(dice: random.Random, patient: Patient) -> Voice:
    female = patient.full_name.rsplit(" ", 1)[-1].endswith("на")
    name = dice.choice(FEMALE_VOICES if female else MALE_VOICES)
    return Voice(name=name, rate=dice.choice((0.9, 1.0, 1.1)), pitch=dice.choice((0.95, 1.0, 1.05)))


def _phone(patient: Patient) -> str:
    assert patient.phone, "the cast is drawn from patients with a phone"
    return patient.phone


def working_day_after(day: date) -> date:
    """The first Monday after a day: tomorrow is then a working day with all doctors."""
    return day + timedelta(days=(7 - day.weekday()) % 7 or 7)
