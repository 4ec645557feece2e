"""What a story is told with: a rehearsal of the demo clinic, a clock that jumps, patients who can be talked to."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from bot.calls.facts import About
from bot.composition.core import Core
from bot.demo.cast import draw_voice, insists_on_identity, keys_of, told_of_oneself
from bot.demo.person import Insisted, Part
from bot.demo.run import OUTCOMES
from bot.demo.stage import Say
from bot.demo.stories.lines import StoryFailed, TaleLine
from bot.domain.clinic import OpeningQuery, Patient, Visit
from bot.domain.clock import Clock
from bot.domain.follow_up import BOT_OWNER, Actor, ActorKind, ClinicTask, Lead, WaitOffer
from crm_bridge.local.desk import LocalDesk
from speech.port import Voice

T = TypeVar("T")
Lines = Mapping[str, Sequence[str]]
"""What a patient says, by the state of the dialog."""
Insists = Mapping[str, str]
"""What a read-back must have in it, a regular expression, and what the patient says when it has not."""
REGISTRAR = Actor(kind=ActorKind.STAFF, id="registrar")
DOCTOR = Actor(kind=ActorKind.STAFF, id="doctor")
ACCOUNTANT = Actor(kind=ActorKind.STAFF, id="accountant")
_ASSENTS: Lines = {
    "ask_identity": ["Да, да, это я, слушаю вас.", "Да, верно, это я."],
    "ask_date": ["На ближайшее время, пожалуйста.", "Ближайшее."],
    "ask_slot_ok": ["Да, первое время подходит.", "Да, подойдёт."],
    "confirm": ["Да, всё верно, спасибо.", "Да, правильно."],
    "ask_more": ["Нет, спасибо, до свидания."],
}
"""What is not heard the first time is said in other words; a word alone is the hardest for a telephone."""
AGREES: Lines = {"reminder": ["Да, запишите, пожалуйста.", "Да, подберите мне время."]}
"""To an invitation."""
_READ_BACK = "дата рождения"
"""What a question has in it that reads back a booking and whose it is."""
CALL_TRIES = 3
"""So often people and the bot phone when the bot has misheard."""
_SUNDAY = 6


class TaleClock(Clock, Protocol):
    """Time that the story moves ahead."""

    def advance(self, delta: timedelta) -> None: ...


@dataclass(slots=True, kw_only=True)
class Telling:
    """How a story is told: to whom it is printed, and by which seed its people's voices are drawn."""

    say: Say
    seed: int = 0
    checks: list[str] = field(default_factory=list)
    """What was looked for in the database and found."""


class Tale:
    """One story being told."""

    def __init__(self, core: Core, clock: TaleClock, line: TaleLine, telling: Telling) -> None:
        self.clock = clock
        self.desk: LocalDesk = core.desk
        self.clinic = core.clinic
        self._line = line
        self._telling = telling
        self._dice = random.Random(telling.seed)
        self._voices: dict[str, str] = {}
        self._numbers = itertools.count(1)

    @property
    def calls(self) -> int:
        """How many calls the story has had so far."""
        return self._line.calls

    @property
    def said(self) -> str:
        """All that the bot has said in the last call."""
        return self._line.said

    # ------------------------------------------------------------ telling

    def step(self, text: str) -> None:
        """What happens now."""
        self._telling.say(f"{self.clock.now():%d.%m %H:%M}  {text}")

    def check(self, what: str, found: object, expected: object) -> None:
        """Look into the database. Raises StoryFailed."""
        if found != expected:
            raise StoryFailed(f"{what}: ожидалось {expected!r}, а в базе {found!r}")
        self._telling.checks.append(what)
        self._telling.say(f"             ✓ {what}: {_plain(found)}")

    def go_to(self, moment: datetime) -> None:
        """Let time pass; never backwards."""
        if moment > self.clock.now():
            self.clock.advance(moment - self.clock.now())

    def morning(self, day: date) -> datetime:
        """Ten o'clock of a day."""
        return datetime.combine(day, time(10), tzinfo=self.clock.now().tzinfo)

    # ----------------------------------------------------------- the people

    async def patient(self, name: str = "Соколова Нина Петровна", phone: str = "+79031112233") -> Patient:
        """Somebody new to the demo clinic."""
        return await self.clinic.register_patient(full_name=name, birth_date=date(1961, 5, 14), phone=phone)

    async def phones_in(
        self,
        patient: Patient,
        answers: Lines,
        *results: str,
        insists: Insists = MappingProxyType({}),
        desk: bool = False,
        who: str = "Пациентка",
    ) -> Mapping[str, Any]:
        """The patient phones the registry, again if need be, until a call ends in one of `results`: that outcome.

        Who `insists` says the line when the read-back of a booking has not what it must have. With `desk` a registrar
        takes what is put through.
        """
        for _ in range(CALL_TRIES):
            self.step(f"{who} звонит в регистратуру")
            outcome = await self._line.phone_in(self._part(patient, answers, insists), desk=desk)
            if self._told(outcome) in results:
                return outcome
        raise StoryFailed(f"{CALL_TRIES} звонка, а разговора не вышло")

    async def is_invited(self, patient: Patient, answers: Lines, *results: str) -> None:
        """The bot phones about the patient's task of today until a call ends in one of `results`.

        It may mishear who has answered and leave the task to people: they give it back for the next day.
        """
        for _ in range(CALL_TRIES):
            task = await self.only_task(patient)
            self.step("Робот звонит по задаче")
            about = About(errand_id=task.id)
            if self._told(await self._line.be_phoned(self._part(patient, answers), "invitation", about)) in results:
                return
            await self._again(task)
        raise StoryFailed(f"{CALL_TRIES} звонка, а разговора не вышло")

    async def is_offered(self, patient: Patient, answers: Lines, offer: WaitOffer, result: str) -> None:
        """The bot phones once about an opening that it keeps for the patient. Raises StoryFailed."""
        self.step("Робот звонит и предлагает освободившееся время")
        part = self._part(patient, answers)
        told = self._told(await self._line.be_phoned(part, "waitlist_offer", About(offer_id=offer.id)))
        self.check("ответ", OUTCOMES.get(told, told), OUTCOMES[result])

    async def _again(self, task: ClinicTask) -> None:
        day = self.clock.now().date() + timedelta(days=1)
        day += timedelta(days=day.weekday() == _SUNDAY)
        self.step(f"Регистратор проверил телефон и возвращает задачу роботу на {day:%d.%m}")
        await self.desk.tasks.give(task.id, BOT_OWNER, by=REGISTRAR)
        await self.desk.tasks.postpone(task.id, day, by=REGISTRAR)
        self.go_to(self.morning(day))

    def _part(self, patient: Patient, answers: Lines, insists: Insists = MappingProxyType({})) -> Part:
        """Who they are everybody knows without being told; what they want is the story's."""
        assert patient.phone, "the tale's people have telephones"
        more = [Insisted(about=_READ_BACK, pattern=what, line=line) for what, line in insists.items()]
        wanted = [replace(one, about=_READ_BACK) for one in insists_on_identity(patient)] + more
        return Part(
            phone=patient.phone,
            voice=self._voice(patient),
            answers={**told_of_oneself(patient), **_ASSENTS, **answers},
            keys=keys_of(patient),
            insists={"confirm": wanted},
        )

    def _voice(self, patient: Patient) -> Voice:
        """One voice a person, a pace and a pitch a call."""
        drawn = draw_voice(self._dice, patient)
        return replace(drawn, name=self._voices.setdefault(patient.id, drawn.name))

    def _told(self, outcome: Mapping[str, Any]) -> str:
        result = str(outcome.get("outcome", ""))
        self.step(f"Итог звонка: {OUTCOMES.get(result, result)}")
        return result

    async def book(self, patient: Patient, query: OpeningQuery, *, by: Actor = REGISTRAR, **how: Any) -> Visit:
        """The soonest opening, taken by a registrar."""
        found = await self.clinic.openings(query)
        if not found:
            raise StoryFailed("в демонстрационной клинике нет свободного времени")
        hold = await self.clinic.hold(found[0].id, owner=f"story-{next(self._numbers)}")
        return await self.clinic.book(hold.id, patient_id=patient.id, call_id=None, by=by, **how)

    async def missed(self, visit: Visit) -> None:
        """Nobody comes; a quarter of an hour later the rules have noticed."""
        self.go_to(visit.ends_at + timedelta(minutes=15))
        await self.desk.sweep.tick()

    # ------------------------------------------------------------- the looks

    async def only_lead(self, patient: Patient) -> Lead:
        """The patient's one lead. Raises StoryFailed."""
        return _only("лидов", await self.desk.leads.leads(patient_id=patient.id))

    async def only_task(self, patient: Patient) -> ClinicTask:
        """The patient's one open task. Raises StoryFailed."""
        return _only("открытых задач", await self.desk.tasks.tasks_of(patient.id))

    async def only_visit(self, patient: Patient) -> Visit:
        """The patient's one visit to come. Raises StoryFailed."""
        visits = await self.clinic.visits_of([patient.id])
        self.check("будущих приёмов", len(visits), 1)
        return visits[0]


def _only(what: str, found: Sequence[T]) -> T:
    if len(found) != 1:
        raise StoryFailed(f"{what}: {len(found)}, а должно быть 1")
    return found[0]


def _plain(found: object) -> str:
    """As a person writes it."""
    if isinstance(found, list | tuple):
        return ", ".join(_plain(one) for one in found)
    return {True: "да", False: "нет", None: "—"}[found] if found is None or isinstance(found, bool) else str(found)
