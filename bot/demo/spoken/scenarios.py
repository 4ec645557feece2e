"""What people phone for: each scenario gives the caller's part and what must come of it."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.demo.cast import OFFER, READ_BACK, insists_on, insists_on_identity, keys_of, told_of_oneself
from bot.demo.person import Insisted, Part
from bot.demo.spoken.plan import Expected, WantedVisit
from bot.demo.spoken.times import PLAINLY, SERVICES, SHOT, SPECIALTIES, Times, day_word, hour, on_day, said_as
from bot.domain.clinic import Opening, Patient, RequestKind, Visit, VisitStatus
from dialogs.speech_text.phrases import decline_phrase
from dialogs.speech_text.places import spoken_address
from speech.port import Voice

Answers = dict[str, Sequence[str]]
Insists = dict[str, Sequence[Insisted]]
PITCHES: Final = (
    ("Добрый день! Предлагаем продвижение вашего сайта в интернете со скидкой.", "Мы рекламное агентство."),
    ("Вас приветствует банк, вам одобрен кредит для бизнеса.", "Предлагаем кредит под низкий процент."),
    ("Предлагаем медицинское оборудование и расходные материалы.", "Перчатки, маски, шприцы оптом."),
    ("Здравствуйте, проводим опрос, уделите две минуты.", "Это социологический опрос."),
    ("Кто у вас занимается закупками? У нас коммерческое предложение.", "Отправим вам коммерческое предложение."),
    ("Предлагаем виртуальную телефонию для вашей компании.", "Подключим виртуальную атс со скидкой."),
)
ALARMS: Final = (
    "Помогите, муж не дышит, потерял сознание.",
    "У мамы сильная боль в груди, она задыхается.",
    "Ребёнок проглотил батарейку.",
)
ASKS: Final = (
    ("Скажите, пожалуйста, ваш адрес.", "Какой у вас адрес?"),
    ("Сколько стоит приём кардиолога?", "Какая цена приёма кардиолога?"),
    ("До скольки вы сегодня работаете?", "Какие у вас часы работы?"),
    ("Как подготовиться к гастроскопии?", "Какая подготовка к гастроскопии?"),
    ("Какие документы взять с собой на приём?", "Какие нужны документы?"),
)

_ANEW_OR_PERSON: Final = ("заново или соединить с регистратором", "Скажите «записать»", "Записать заново, нажмите")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A scenario played out in advance: the part without its voice, what must come of it, the visit from before."""

    answers: Mapping[str, Sequence[str]]
    expected: Expected
    insists: Mapping[str, Sequence[Insisted]]
    before: Visit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawer:
    """Draws scenarios for patients of one clinic on one day."""

    times: Times
    today: date
    zone: ZoneInfo
    streets: Sequence[str]
    dice: random.Random

    def local(self, moment: datetime) -> datetime:
        """As the clinic's own clock shows it."""
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def part(self, drawn: Drawn, patient: Patient, voice: Voice) -> Part:
        """The whole part of a drawn scenario."""
        assert patient.phone, "everybody here has a telephone"
        return Part(
            phone=patient.phone,
            voice=voice,
            # whoever is misheard says once more what they phone for
            answers={**told_of_oneself(patient), "ask_specialty": drawn.answers["open"][::-1], **drawn.answers},
            keys=keys_of(patient),
            insists=drawn.insists,
            replies=dict.fromkeys(
                _ANEW_OR_PERSON, "Записать." if "booked" in drawn.expected.outcomes else "Регистратор."
            ),
        )

    # ------------------------------------------------------------ bookings

    async def book_specialty(self, patient: Patient) -> Drawn:
        specialty = self.dice.choice(SPECIALTIES)
        opening = await self.times.take(specialty)
        wanted = WantedVisit(at=self.local(opening.starts_at), specialty=specialty, branch_id=opening.branch_id)
        return self._booking(patient, wanted, f"к {decline_phrase(specialty, 'datv')}")

    async def book_doctor(self, patient: Patient) -> Drawn:
        specialty = self.dice.choice(("терапевт", "кардиолог", "хирург", "лор"))
        opening = await self.times.take(specialty)
        assert opening.doctor is not None, "a specialty's openings are doctors'"
        wanted = WantedVisit(
            at=self.local(opening.starts_at), doctor=opening.doctor.full_name, branch_id=opening.branch_id
        )
        surname = decline_phrase(opening.doctor.full_name.split()[0], "datv")
        return self._booking(patient, wanted, f"к {decline_phrase(specialty, 'datv')} {surname}")

    async def book_new(self, patient: Patient) -> Drawn:
        drawn = await self.book_specialty(patient)
        # nobody's ear knows how a stranger is spelled: the birth date is what they insist on
        born = [one for one in drawn.insists["confirm"] if patient.full_name not in one.line]
        answers = {**drawn.answers, "ask_policy": ["Платно."], "ask_first_visit": ["Да, первый раз."]}
        return replace(drawn, answers=answers, insists={**drawn.insists, "confirm": born})

    async def book_service(self, patient: Patient) -> Drawn:
        return await self._service(patient, self.dice.choice(SERVICES))

    async def vaccination(self, patient: Patient) -> Drawn:
        return await self._service(patient, SHOT)

    async def _service(self, patient: Patient, service: str) -> Drawn:
        opening = await self.times.take(service, service=True)
        wanted = WantedVisit(at=self.local(opening.starts_at), service=service, branch_id=opening.branch_id)
        drawn = self._booking(patient, wanted, f"на {decline_phrase(service, 'accs')}")
        plainly = decline_phrase(PLAINLY.get(service, service), "accs")
        details = [f"{plainly.capitalize()}.", "Грипп." if service == SHOT else f"Нужно {plainly}."]
        asked = {"ask_specialty": [f"На {plainly}.", f"Запишите на {plainly}."], "ask_details": details}
        return replace(drawn, answers={**drawn.answers, **asked})

    def _booking(self, patient: Patient, wanted: WantedVisit, to: str) -> Drawn:
        at = _at(wanted)
        when = f"{on_day(at, self.today)}, на {hour(at)}"
        wish = self.dice.choice(
            (
                f"Запишите меня, пожалуйста, {to} {when}.",
                f"Добрый день, хочу записаться {to} {when}.",
                f"Здравствуйте, мне нужно {to}, {day_word(at, self.today)}, в {hour(at)}.",
            )
        )
        answers: Answers = {
            "open": [wish, f"Запишите {to}."],
            "ask_specialty": [f"{to.capitalize()}."],
            "ask_date": [f"{when.capitalize()}."],
            "ask_time": [f"На {hour(at)}."],
        }
        expected = Expected(outcomes=frozenset({"booked"}), visit=wanted)
        return Drawn(answers=answers, expected=expected, insists=self._insists(patient, at, f"Нет, {when}."))

    def _insists(self, patient: Patient, at: datetime, wrong: str) -> Insists:
        called = said_as(at, self.today)
        return {
            "ask_slot_ok": [insists_on(at, called, OFFER, wrong)],
            "confirm": [*insists_on_identity(patient), insists_on(at, called, READ_BACK, wrong)],
        }

    # --------------------------------------------------- a visit of theirs

    async def move(self, patient: Patient) -> Drawn:
        specialty = self.dice.choice(SPECIALTIES)
        before = await self.times.place(patient, specialty)
        opening = await self._same_doctor(specialty, before)
        at = self.local(opening.starts_at)
        when = f"{on_day(at, self.today)}, на {hour(at)}"
        answers: Answers = {
            "open": [f"Перенесите, пожалуйста, мой приём {when}.", "Я хочу перенести приём."],
            "ask_date": [f"{when.capitalize()}."],
            "ask_move": ["Да, перенесите."],
        }
        wanted = WantedVisit(at=at, doctor=before.doctor.full_name if before.doctor else "")
        expected = Expected(outcomes=frozenset({"rescheduled"}), visit=wanted, keeps=False)
        insists = self._insists(patient, at, f"Нет, {when}.")
        only_time = {**insists, "confirm": [one for one in insists["confirm"] if one.about == READ_BACK][-1:]}
        return Drawn(answers=answers, expected=expected, insists=only_time, before=before)

    async def _same_doctor(self, specialty: str, visit: Visit) -> Opening:
        """Another time of the visit's own doctor."""
        while True:
            opening = await self.times.take(specialty)
            same = opening.doctor is not None and visit.doctor is not None and opening.doctor.id == visit.doctor.id
            if same and opening.starts_at.date() != visit.starts_at.date():
                return opening

    async def cancel(self, patient: Patient) -> Drawn:
        before = await self.times.place(patient, self.dice.choice(SPECIALTIES))
        answers: Answers = {
            "open": ["Отмените, пожалуйста, мою запись.", "Хочу отменить приём."],
            "ask_move": ["Нет, отмените."],
            "confirm": ["Да, верно, отмените."],
            "ask_reason": ["Я уезжаю.", "Не важно."],
        }
        expected = Expected(outcomes=frozenset({"cancelled"}), keeps=False)
        return Drawn(answers=answers, expected=expected, insists={}, before=before)

    async def confirm(self, patient: Patient) -> Drawn:
        before = await self.times.place(patient, self.dice.choice(SPECIALTIES))
        answers: Answers = {
            "open": ["Подскажите, когда у меня приём?", "Я хочу узнать, на какое время я записан к врачу."],
            "confirm": ["Да, приду.", "Да, подтверждаю, приду."],
        }
        expected = Expected(outcomes=frozenset({"confirmed"}), status=VisitStatus.CONFIRMED)
        return Drawn(answers=answers, expected=expected, insists={}, before=before)

    # ------------------------------------------------------------ requests

    async def home_visit(self, patient: Patient) -> Drawn:
        street = self.dice.choice([one for one in self.streets if " " not in one])
        house, flat = self.dice.randint(2, 60), self.dice.randint(2, 99)
        where = f"Улица {street}, дом {house}, квартира {flat}."
        answers: Answers = {
            "open": ["Здравствуйте, вызовите, пожалуйста, врача на дом.", "Мне нужен врач на дом."],
            "ask_choice": ["Врача на дом."],
            "ask_address": [where],
            "ask_entrance": ["Первый подъезд, второй этаж."],
            "ask_symptoms": ["Температура тридцать восемь и два, кашель."],
        }
        address = f"{street} {house} кв {flat}"
        expected = Expected(outcomes=frozenset({"home_visit_created"}), request=RequestKind.HOME_VISIT, address=address)
        read_back = re.escape(spoken_address(address))
        place = Insisted(about=READ_BACK, pattern=rf"(?i){read_back}\b", line=f"Нет. Адрес: {where}", named="Адрес.")
        return Drawn(answers=answers, expected=expected, insists={"confirm": [*insists_on_identity(patient), place]})

    async def sick_leave(self, patient: Patient) -> Drawn:
        answers: Answers = {
            "open": ["Мне надо закрыть больничный лист.", "Хочу закрыть больничный."],
            "ask_choice": ["Закрыть больничный.", "Закрыть."],
            "ask_date": ["На ближайшее время."],
        }
        expected = Expected(
            outcomes=frozenset({"sick_leave_request"}),
            visit=WantedVisit(specialty="терапевт", until=self.today + timedelta(days=2)),
            request=RequestKind.SICK_LEAVE,
            sick_leave=f"9100{(patient.phone or '')[-8:]}",
        )
        return Drawn(answers=answers, expected=expected, insists={})

    # ------------------------------------------------------- nothing written

    async def results(self, patient: Patient) -> Drawn:
        return self._told({"open": ["Готовы ли мои анализы?", "Хочу узнать, готовы ли анализы крови."]}, "info_given")

    async def info(self, patient: Patient) -> Drawn:
        asked = self.dice.choice(ASKS)
        about = "Приём кардиолога." if "кардиолог" in asked[0] else "Гастроскопия."
        return self._told({"open": asked, "ask_details": [about]}, "info_given")

    async def operator(self, patient: Patient) -> Drawn:
        asks = ["Соедините меня, пожалуйста, с регистратором.", "Позовите живого человека."]
        return self._told({"open": asks, "ask_choice": ["Да."]}, "transferred")

    async def emergency(self, patient: Patient) -> Drawn:
        alarm = self.dice.choice(ALARMS)
        return self._told({"open": [alarm, alarm], "ask_red_flags": ["Да, прямо сейчас."]}, "emergency")

    async def spam(self, patient: Patient) -> Drawn:
        pitch = self.dice.choice(PITCHES)
        no = ["Нет, я не пациент, у меня коммерческое предложение.", "Нет."]
        return self._told({"open": pitch, "ask_choice": no, "ask_more": pitch}, "spam_ended")

    def _told(self, answers: Mapping[str, Sequence[str]], outcome: str) -> Drawn:
        return Drawn(answers=answers, expected=Expected(outcomes=frozenset({outcome})), insists={})


def _at(wanted: WantedVisit) -> datetime:
    assert wanted.at is not None, "these callers name an hour"
    return wanted.at


Draw = Callable[[Drawer, Patient], Awaitable[Drawn]]
SCENARIOS: Final[Mapping[str, Draw]] = {
    "book_specialty": Drawer.book_specialty,
    "book_doctor": Drawer.book_doctor,
    "book_new": Drawer.book_new,
    "book_service": Drawer.book_service,
    "vaccination": Drawer.vaccination,
    "move": Drawer.move,
    "cancel": Drawer.cancel,
    "confirm": Drawer.confirm,
    "home_visit": Drawer.home_visit,
    "sick_leave": Drawer.sick_leave,
    "results": Drawer.results,
    "info": Drawer.info,
    "operator": Drawer.operator,
    "emergency": Drawer.emergency,
    "spam": Drawer.spam,
}
STRANGERS: Final = frozenset({"book_new", "emergency", "spam"})
"""Who plays these is not in the clinic's base."""
