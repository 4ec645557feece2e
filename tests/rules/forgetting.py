"""A seeded walk through a clinic's days: anybody does anything at any time, and after it nobody may be forgotten."""

from __future__ import annotations

import random
import uuid
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, select

from bot.domain.clinic import Patient
from bot.domain.clock import MOSCOW
from bot.storage.engine import Database
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.tables import OpeningRow, ReasonRow, VisitRow
from crm_bridge.port import CrmError, HoldExpired, IllegalStep, NotFound, OpeningTaken, Refused, VisitClosed
from tests.rules.house import SURGEON, THERAPIST, House
from tests.rules.invariants import AFTER_A_TICK, ALWAYS, broken

REFUSALS = (IllegalStep, Refused, VisitClosed, OpeningTaken, HoldExpired, NotFound)
COMING = ("requested", "awaiting_approval", "awaiting_payment", "booked", "confirmed")
LEGAL = {
    "requested": {"awaiting_approval", "awaiting_payment", "booked", "cancelled"},
    "awaiting_approval": {"awaiting_payment", "booked", "cancelled"},
    "awaiting_payment": {"booked", "cancelled"},
    "booked": {"confirmed", "completed", "no_show", "cancelled"},
    "confirmed": {"booked", "completed", "no_show", "cancelled"},
    "no_show": {"completed"},
    "completed": set[str](),
    "cancelled": set[str](),
}
"""The route of rules.md P4, written down here once more: the walk must not ask the code what is legal."""
AHEAD = 8
"""Days for which the walk's doctors have hours."""
SERVICES = ("consult", "ecg", "surgery", "xray")


class Forgotten(AssertionError):
    """Something was forgotten, done twice, or done against the route; says the seed and the last events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a walk was made of: events by name, and how many of them were refused."""

    seed: int
    events: int
    done: Counter[str]
    refused: Counter[str]
    checks: int


SEEN = (
    VisitRow.id,
    VisitRow.patient_id,
    VisitRow.opening_id,
    VisitRow.status,
    VisitRow.starts_at,
    VisitRow.deadline_at,
    VisitRow.price,
    VisitRow.paid,
)
Seen = Row[tuple[str, str, str | None, str, datetime, datetime | None, int, int]]
"""A visit as it was before the event."""
Step = Callable[["Walk"], Awaitable[object]]


class Walk:
    """One clinic, its people, and the chance that moves them."""

    def __init__(self, database: Database, seed: int, patients: int = 14) -> None:
        self.chance = random.Random(seed)
        self.seed = seed
        self.house = House(database)
        self.house.clinic = LocalClinic(database, self.house.clock, new_id=self._id)
        self.house.desk = LocalDesk(self.house.clinic)
        self.database, self.clock = database, self.house.clock
        self.clinic, self.desk = self.house.clinic, self.house.desk
        self.people: list[Patient] = []
        self.reasons: dict[str, str] = {}
        self.last: deque[str] = deque(maxlen=12)
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.checks = 0
        self.holds: deque[str] = deque(maxlen=6)
        self.visits: dict[str, Seen] = {}
        self.openings: list[OpeningRow] = []
        self._crowd = patients
        self._offered_until = self.today

    def _id(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128)))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def today(self) -> date:
        return self.now.astimezone(MOSCOW).date()

    async def furnish(self) -> None:
        """Two doctors, four services, one electrocardiograph between them; more patients than hours."""
        await self.house.furnish()
        await self.house.service("consult", specialty=THERAPIST, price=1500)
        await self.house.service("ecg", specialty=None, resources=["ecg"], recall_days=40)
        await self.house.service("surgery", specialty=SURGEON, resources=["surgery"], expensive=True, price=30000)
        await self.house.service("xray", specialty=None, resources=["xray"], recall_days=180)
        for kind in ("ecg", "surgery", "xray"):
            await self.house.device(f"{kind}1", kind)
        for number in range(self._crowd):
            phone = None if number == 0 else f"+7916111{number:04}"
            self.people.append(
                await self.clinic.register_patient(
                    full_name=f"Пациент Номер {'абвгдежзиклмнопрстуф'[number % 20]}{number}",
                    birth_date=date(1950 + number, 1, 1),
                    phone=phone,
                )
            )
        async with self.database.read() as session:
            rows = await session.execute(select(ReasonRow.id, ReasonRow.reason_class))
            self.reasons = dict(rows.all())
        await self.open_hours()

    async def open_hours(self) -> None:
        """Openings up to `AHEAD` days from now: both doctors at the same hours, and the x-ray room."""
        self.openings = [one for one in self.openings if one.starts_at > self.now]
        known = len(self.openings)
        async with self.database.write() as session:
            day = max(self._offered_until, self.today)
            while day < self.today + timedelta(days=AHEAD):
                for doctor, service, hours in (("d1", None, (9, 15)), ("d2", None, (9, 15)), (None, "xray", (9,))):
                    for hour in hours:
                        start = datetime(day.year, day.month, day.day, hour, tzinfo=MOSCOW)
                        self.openings.append(
                            OpeningRow(
                                id=f"{doctor or service}-{start:%y%m%d%H}",
                                starts_at=start,
                                ends_at=start + timedelta(minutes=20),
                                local_date=start.date(),
                                local_time=start.time(),
                                branch_id="main",
                                doctor_id=doctor,
                                service_id=service,
                            )
                        )
                day += timedelta(days=1)
            self._offered_until = day
            session.add_all(self.openings[known:])

    # ------------------------------------------------------------ the walk

    async def run(self, events: int, steps: Sequence[tuple[Step, int]], *, every: int = 1) -> Report:
        """So many events, invariants after every `every`th one. Raises Forgotten."""
        weights = [weight for _, weight in steps]
        for number in range(events):
            [(step, _)] = self.chance.choices(steps, weights)
            name = step.__name__
            self.last.append(name)
            try:
                await step(self)
                self.done[name] += 1
            except REFUSALS as refusal:
                self.refused[name] += 1
                self.last[-1] = f"{name} ({refusal})"
            except (CrmError, AssertionError, LookupError, ValueError, TypeError) as error:
                raise self.failed(number, repr(error)) from error
            ticked = name == "time_passes"
            await self.look(
                number, {**ALWAYS, **(AFTER_A_TICK if ticked else {})} if ticked or number % every == 0 else {}
            )
        return Report(seed=self.seed, events=events, done=self.done, refused=self.refused, checks=self.checks)

    def failed(self, number: int, what: str) -> Forgotten:
        return Forgotten(f"seed {self.seed}, event {number} at {self.now}: {what}\nlast: " + "\n  ".join(self.last))

    async def look(self, number: int, queries: Mapping[str, str]) -> None:
        """What has become of the visits, and whether the invariants hold, in one reading. Raises Forgotten."""
        moments = {"now": self.now, "today": self.today, "quarter_ago": self.now - timedelta(minutes=15)}
        recent = select(*SEEN).where(VisitRow.starts_at > self.now - timedelta(days=12)).order_by(VisitRow.id)
        async with self.database.read() as session:
            rows = (await session.execute(recent)).all()
            wrong = await broken(session, queries, **moments) if queries else []
        self.checks += bool(queries)
        for row in rows:
            was = self.visits[row.id].status if row.id in self.visits else row.status
            if row.status != was and row.status not in LEGAL[was]:
                wrong.append(f"visit {row.id}: {was} -> {row.status}")
        self.visits = {row.id: row for row in rows}
        if wrong:
            raise self.failed(number, "; ".join(sorted(wrong)[:5]))

    # ------------------------------------------------------------ the choices

    def anybody(self) -> Patient:
        return self.chance.choice(self.people)

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    async def one_of(self, query: object, limit: int = 60) -> str | None:
        """An id that the query finds, by chance; the newest are looked at first."""
        async with self.database.read() as session:
            found = list(await session.scalars(query.limit(limit)))  # type: ignore[attr-defined]
        return self.chance.choice(found) if found else None

    def visit(self, *, any_status: float = 0.15) -> Seen:
        """Mostly one to come, sometimes one that is over: whoever acts may be mistaken. Raises NotFound."""
        mistaken = self.maybe(any_status)
        return self.among([row for row in self.visits.values() if mistaken or row.status in COMING])

    def among(self, rows: Sequence[Seen]) -> Seen:
        """One of them. Raises NotFound when there is none."""
        if not rows:
            raise NotFound("nobody")
        return self.chance.choice(rows)

    def opening(self) -> OpeningRow:
        """Mostly a free one. Raises NotFound."""
        taken = {row.opening_id for row in self.visits.values()}
        mistaken = self.maybe(0.1)
        free = [one for one in self.openings if one.starts_at > self.now and (mistaken or one.id not in taken)]
        if not free:
            raise NotFound("no opening")
        return self.chance.choice(free)

    def service_at(self, opening: OpeningRow) -> str | None:
        """Mostly one that is given there."""
        if self.maybe(0.05):
            return self.chance.choice(SERVICES)
        if opening.service_id:
            return None
        return self.chance.choice([None, "ecg", "surgery" if opening.doctor_id == "d2" else "consult"])


async def walk(database: Database, seed: int, events: int, *, every: int = 1) -> Report:
    """A walk through a fresh, migrated, empty database."""
    from tests.rules.steps import STEPS

    one = Walk(database, seed)
    await one.furnish()
    return await one.run(events, STEPS, every=every)
