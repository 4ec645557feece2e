"""Free times that callers may ask for, each given to one caller only, and how a caller names them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Final

from bot.domain.clinic import Opening, OpeningQuery, Patient, Visit
from crm_bridge.port import ClinicSystem
from dialogs.speech_text.moments import spoken_date, spoken_time

DAYS: Final = (1, 2, 3, 4)
"""Tomorrow and the three days after it: the demo's Monday is followed by working days."""
SPECIALTIES: Final = ("терапевт", "кардиолог", "невролог", "хирург", "лор", "окулист", "уролог", "стоматолог")
SERVICES: Final = ("узи брюшной полости", "экг", "рентген")
SHOT: Final = "прививка от гриппа"
PLAINLY: Final = {"экг": "кардиограмма", SHOT: "вакцина от гриппа"}
"""How they call it when they have not been understood."""
_NEAR: Final = {1: "завтра", 2: "послезавтра"}
_WEEKDAYS: Final = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")


class Times:
    """Openings of a specialty or a service, taken without putting back."""

    def __init__(self, clinic: ClinicSystem, today: date, dice: random.Random) -> None:
        self._clinic = clinic
        self._today = today
        self._dice = dice
        self._free: dict[str, list[Opening]] = {}

    async def take(self, what: str, *, service: bool = False) -> Opening:
        """An opening that nobody else was given; LookupError when all are gone."""
        if what not in self._free:
            self._free[what] = await self._openings(what, service)
        free = self._free[what]
        if not free:
            raise LookupError(what)
        chosen = free.pop(self._dice.randrange(len(free)))
        # two doctors of a specialty at one hour: who asks for the hour may get either
        self._free[what] = [one for one in free if one.starts_at != chosen.starts_at]
        return chosen

    async def _openings(self, what: str, service: bool) -> list[Opening]:
        first, last = (self._today + timedelta(days=days) for days in (DAYS[0], DAYS[-1]))
        query = OpeningQuery(
            specialty=None if service else what,
            service=what if service else None,
            date_from=first,
            date_to=last,
            limit=5000,
        )
        return list(await self._clinic.openings(query))

    async def place(self, patient: Patient, specialty: str) -> Visit:
        """A visit of theirs at some time, booked as a registrar would."""
        opening = await self.take(specialty)
        hold = await self._clinic.hold(opening.id, owner=f"before-{patient.id}")
        return await self._clinic.book(hold.id, patient_id=patient.id, call_id=None)


def day_word(at: datetime, today: date) -> str:
    """«завтра», «послезавтра», «в четверг»."""
    days = (at.date() - today).days
    weekday = at.weekday()
    return _NEAR.get(days) or f"{'во' if weekday == 1 else 'в'} {_WEEKDAYS[weekday]}"


def on_day(at: datetime, today: date) -> str:
    """«на завтра», «на четверг»."""
    days = (at.date() - today).days
    return f"на {_NEAR.get(days) or _WEEKDAYS[at.weekday()]}"


def said_as(at: datetime, today: date) -> str:
    """How the bot may name the day instead of its date, for the one who listens for it."""
    return _NEAR.get((at.date() - today).days) or spoken_date(at.date(), weekday=False)


def hour(at: datetime) -> str:
    """«девять тридцать»."""
    return spoken_time(at)
