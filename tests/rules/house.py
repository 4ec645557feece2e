"""A small clinic to try the rules in: every step goes through the same public parts that bot, page and API use."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.domain.clinic import Patient, Visit
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import Actor, ActorKind, ClinicTask, Lead
from bot.storage.engine import Database
from bot.storage.outbox import Outbox
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.tables import BranchRow, DoctorRow, OpeningRow, ResourceRow, ServiceRow

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
"""A Monday."""
REGISTRAR = Actor(kind=ActorKind.STAFF, id="registrar")
DOCTOR = Actor(kind=ActorKind.STAFF, id="doctor")
ACCOUNTANT = Actor(kind=ActorKind.STAFF, id="accountant")
DIRECTOR = Actor(kind=ActorKind.STAFF, id="director")
THERAPIST, SURGEON = "терапевт", "хирург"


def at(day: int, clock: str) -> datetime:
    """A moment of November or, past the 30th, of December 2026; Moscow time."""
    hours, minutes = clock.split(":")
    return datetime(2026, 11, 1, int(hours), int(minutes), tzinfo=MOSCOW) + timedelta(days=day - 1)


class House:
    """One clinic, its clock, its people."""

    def __init__(self, database: Database) -> None:
        self.clock = ManualClock(NOW)
        self.database = database
        self.clinic = LocalClinic(database, self.clock)
        self.desk = LocalDesk(self.clinic)
        self._numbers = itertools.count(1)

    # ------------------------------------------------------- the furniture

    async def furnish(self) -> None:
        """One branch, a therapist and a surgeon."""
        async with self.database.write() as session:
            session.add(
                BranchRow(
                    id="main",
                    ordinal=0,
                    name="Главный",
                    address="Ленина, 1",
                    timezone="Europe/Moscow",
                    hours={},
                    lab_hours={},
                )
            )
            await session.flush()
            for ordinal, (doctor, name, specialty) in enumerate(
                (("d1", "Иванов Иван Иванович", THERAPIST), ("d2", "Петрова Анна Ильинична", SURGEON))
            ):
                session.add(
                    DoctorRow(id=doctor, ordinal=ordinal, full_name=name, specialty=specialty, branch_id="main")
                )

    async def service(self, id: str, **fields: Any) -> str:
        """A service of the main branch, twenty minutes long unless said otherwise."""
        row = {"ordinal": 0, "name": id, "duration_min": 20, "price": 1000, "prep": None, **fields}
        async with self.database.write() as session:
            session.add(ServiceRow(id=id, branch_id="main", bookable=True, active=True, **row))
        return id

    async def device(self, id: str, kind: str) -> None:
        async with self.database.write() as session:
            session.add(ResourceRow(id=id, branch_id="main", kind=kind, name=id))

    async def opening(self, start: datetime, *, doctor: str | None = "d1", minutes: int = 20, **of: Any) -> str:
        """A free interval; of a doctor, or of a service when `service_id` is given."""
        number = f"o{next(self._numbers)}"
        local = start.astimezone(MOSCOW)
        async with self.database.write() as session:
            session.add(
                OpeningRow(
                    id=number,
                    starts_at=start,
                    ends_at=start + timedelta(minutes=minutes),
                    local_date=local.date(),
                    local_time=local.time(),
                    branch_id="main",
                    doctor_id=None if of else doctor,
                    **of,
                )
            )
        return number

    async def patient(self, name: str = "Сидорова Мария Петровна", phone: str | None = "+79161110001") -> Patient:
        return await self.clinic.register_patient(full_name=name, birth_date=date(1960, 3, 5), phone=phone)

    # ------------------------------------------------------------ the steps

    async def book(
        self,
        start: datetime,
        *,
        patient: Patient | None = None,
        doctor: str | None = "d1",
        minutes: int = 20,
        **how: Any,
    ) -> Visit:
        """A visit at that time, on an opening made for it."""
        opening = await self.opening(start, doctor=doctor, minutes=minutes)
        return await self.take(opening, patient=patient, **how)

    async def take(self, opening: str, *, patient: Patient | None = None, **how: Any) -> Visit:
        """Hold and book an opening."""
        who = patient or await self.patient()
        hold = await self.clinic.hold(opening, owner=f"c{next(self._numbers)}", service_id=how.get("service_id"))
        return await self.clinic.book(hold.id, patient_id=who.id, call_id=None, **how)

    async def move(self, visit: Visit, start: datetime, **how: Any) -> Visit:
        hold = await self.clinic.hold(await self.opening(start), owner=f"c{next(self._numbers)}")
        return await self.clinic.move(visit.id, hold.id, call_id=None, **how)

    def go_to(self, moment: datetime) -> None:
        """Let time pass; never backwards."""
        self.clock.advance(moment - self.clock.now())

    # ------------------------------------------------------------ the looks

    async def open_tasks(self, patient: Patient) -> Sequence[ClinicTask]:
        return await self.desk.tasks.tasks_of(patient.id)

    async def only_task(self, patient: Patient) -> ClinicTask:
        [task] = await self.open_tasks(patient)
        return task

    async def only_lead(self, patient: Patient) -> Lead:
        [lead] = await self.desk.leads.leads(patient_id=patient.id)
        return lead

    async def topics(self) -> list[str]:
        """What the world was told of, in order."""
        return [event.topic for event in await Outbox(self.database, self.clock).pending(limit=1000)]

    async def rows(self, table: Any) -> Sequence[Any]:
        async with self.database.read() as session:
            return (await session.scalars(select(table))).all()


async def furnish(database: Database) -> None:
    """What a test's own copy begins with."""
    await House(database).furnish()
