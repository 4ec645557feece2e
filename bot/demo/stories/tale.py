"""What a story is told with: a rehearsal of the demo clinic, a clock that jumps, a patient who answers in text."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.calls.facts import NOTHING, About
from bot.composition.core import DEMO_CLINIC, Core, open_core
from bot.domain.clinic import OpeningQuery, Patient, Visit
from bot.domain.clock import ManualClock
from bot.domain.follow_up import Actor, ActorKind, ClinicTask, Lead
from bot.settings import Settings
from crm_bridge.local.desk import LocalDesk

Say = Callable[[str], None]
REGISTRAR = Actor(kind=ActorKind.STAFF, id="registrar")
DOCTOR = Actor(kind=ActorKind.STAFF, id="doctor")
ACCOUNTANT = Actor(kind=ActorKind.STAFF, id="accountant")
_TURNS = 30


class StoryFailed(Exception):
    """A step did not come out as the seed tells it; the text names the step and what was found."""


class Tale:
    """One story being told."""

    def __init__(self, core: Core, clock: ManualClock, say: Say) -> None:
        self.core = core
        self.clock = clock
        self.desk: LocalDesk = core.desk
        self.clinic = core.clinic
        self._say = say
        self._numbers = itertools.count(1)
        self.checks = 0

    # ------------------------------------------------------------ telling

    def step(self, text: str) -> None:
        """What happens now."""
        self._say(f"{self.clock.now():%d.%m %H:%M}  {text}")

    def check(self, what: str, found: object, expected: object) -> None:
        """Look into the database. Raises StoryFailed."""
        self.checks += 1
        if found != expected:
            raise StoryFailed(f"{what}: ожидалось {expected!r}, а в базе {found!r}")
        self._say(f"             ✓ {what}: {found}")

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

    async def talk(
        self, script: str, answers: Mapping[str, Sequence[str]], *, caller: str, errand_id: str | None = None
    ) -> dict[str, Any]:
        """A call in text: the same script, understanding and database; `answers` by the state of the dialog."""
        about = About(errand_id=errand_id) if errand_id else NOTHING
        direction = "outbound" if errand_id else "inbound"
        call = self.core.conversation(
            call_id=f"story-{next(self._numbers)}", caller=caller, direction=direction, script=script, about=about
        )
        used: dict[str, int] = {}
        reply = await call.start()
        for _ in range(_TURNS):
            for say in reply.say:
                self._say(f"               робот:   {say.text}")
            if reply.action is not None:
                return call.outcome()
            lines = answers.get(reply.state, ())
            at = used.get(reply.state, 0)
            used[reply.state] = at + 1
            if not lines:
                self._say("               пациент: (молчит)")
                reply = await call.silence()
                continue
            said = lines[min(at, len(lines) - 1)]
            self._say(f"               пациент: {said}")
            reply = await call.heard(said)
        raise StoryFailed(f"разговор не кончается, состояние {reply.state}")

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
        """The patient's one lead."""
        [lead] = await self.desk.leads.leads(patient_id=patient.id)
        return lead

    async def only_task(self, patient: Patient) -> ClinicTask:
        """The patient's one open task. Raises StoryFailed."""
        tasks = await self.desk.tasks.tasks_of(patient.id)
        if len(tasks) != 1:
            raise StoryFailed(f"открытых задач {len(tasks)}, а должна быть одна")
        return tasks[0]


@asynccontextmanager
async def open_tale(settings: Settings, now: datetime, say: Say) -> AsyncIterator[Tale]:
    """A throwaway demo clinic at that moment, with the real understanding."""
    clock = ManualClock(now)
    async with open_core(settings, clock, clinic=DEMO_CLINIC) as core:
        await core.understander.ready()
        yield Tale(core, clock, say)
