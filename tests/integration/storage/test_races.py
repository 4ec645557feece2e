"""Many callers at one moment, on both databases: nobody gets what somebody else has."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.clinic import OpeningQuery, RequestKind, Visit
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import Actor
from bot.storage.engine import Database
from bot.storage.outbox import Outbox
from bot.storage.tables import OutboxRow
from crm_bridge.local import LocalClinic
from crm_bridge.local.tables import HoldRow, VisitRow
from crm_bridge.local.work import Work
from crm_bridge.port import HoldExpired, OpeningTaken
from tests.fixtures.databases import BOTH, Copy, small_clinic

CLINIC = Path(__file__).parents[2] / "contract" / "clinic.yml"
NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
TUESDAY = OpeningQuery(specialty="терапевт", date_to=date(2026, 11, 24), limit=3)


@pytest.fixture(params=BOTH)
async def database(request: pytest.FixtureRequest, copied: Copy) -> AsyncIterator[Database]:
    opened = Database(copied(request.param, small_clinic))
    yield opened
    await opened.dispose()


@pytest.fixture
def clinic(database: Database) -> LocalClinic:
    return LocalClinic(database, ManualClock(NOW))


async def test_twenty_callers_race_for_three_openings(clinic: LocalClinic, database: Database) -> None:
    offered = await clinic.openings(TUESDAY)
    patient = (await clinic.patients_by_phone("+79161110002"))[0]

    async def caller(number: int) -> Visit | None:
        try:
            hold = await clinic.hold(offered[number % 3].id, owner=f"call-{number}")
            return await clinic.book(hold.id, patient_id=patient.id, call_id=f"call-{number}")
        except OpeningTaken:
            return None

    booked = [visit for visit in await asyncio.gather(*map(caller, range(20))) if visit]

    assert sorted(visit.starts_at for visit in booked) == [opening.starts_at for opening in offered]
    topics = Counter(event.topic for event in await Outbox(database, ManualClock(NOW)).pending())
    assert topics["visit.booked"] == 3


async def test_one_hold_booked_by_many_is_one_visit(clinic: LocalClinic) -> None:
    hold = await clinic.hold((await clinic.openings(TUESDAY))[0].id, owner="call")
    patient = (await clinic.patients_by_phone("+79161110002"))[0]
    booked = await asyncio.gather(
        *(clinic.book(hold.id, patient_id=patient.id, call_id="call") for _ in range(10)),
    )
    assert len({visit.id for visit in booked}) == 1


async def test_a_mover_and_a_booker_never_share_an_opening(clinic: LocalClinic, database: Database) -> None:
    offered = await clinic.openings(TUESDAY)
    patient = (await clinic.patients_by_phone("+79161110002"))[0]

    async def mover(opening_id: str) -> None:
        hold = await clinic.hold(opening_id, owner="mover")
        await clinic.move("A1", hold.id, call_id="mover")

    async def booker(opening_id: str) -> None:
        hold = await clinic.hold(opening_id, owner="booker")
        await clinic.book(hold.id, patient_id=patient.id, call_id="booker")

    for opening in offered:
        results = await asyncio.gather(mover(opening.id), booker(opening.id), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) in (
            ["NoneType", "OpeningTaken"],
            ["HoldExpired", "NoneType"],
        )
    async with database.read() as session:
        taken = [row for row in await session.scalars(select(VisitRow.opening_id)) if row]
    assert len(taken) == len(set(taken))


async def test_the_constraint_has_the_last_word(clinic: LocalClinic, database: Database) -> None:
    """An opening booked behind the back of its hold, as another program on the same database might."""
    opening = (await clinic.openings(TUESDAY))[0]
    hold = await clinic.hold(opening.id, owner="call")
    patient = (await clinic.patients_by_phone("+79161110002"))[0]
    async with database.write() as session:
        visit = await session.get(VisitRow, "A1")
        assert visit is not None
        visit.opening_id = opening.id
    with pytest.raises(OpeningTaken):
        await clinic.book(hold.id, patient_id=patient.id, call_id="call")
    async with database.read() as session:
        assert (await session.scalars(select(OutboxRow.topic).where(OutboxRow.topic == "visit.booked"))).all() == []


async def test_a_process_that_dies_before_commit_leaves_nothing(clinic: LocalClinic, database: Database) -> None:
    opening = (await clinic.openings(TUESDAY))[0]
    hold = await clinic.hold(opening.id, owner="call")
    patient = (await clinic.patients_by_phone("+79161110002"))[0]

    class Died(Exception):
        pass

    class DyingClinic(LocalClinic):
        @asynccontextmanager
        async def _work(self, by: Actor, call_id: str | None = None) -> AsyncIterator[Work]:
            async with super()._work(by, call_id) as work:
                yield work
                raise Died

    with pytest.raises(Died):
        await DyingClinic(database, ManualClock(NOW)).book(hold.id, patient_id=patient.id, call_id="call")

    async with database.read() as session:
        assert (await session.scalars(select(HoldRow.id))).all() == [hold.id]
        assert (await session.scalars(select(OutboxRow.topic).where(OutboxRow.topic == "visit.booked"))).all() == []
    assert (await clinic.book(hold.id, patient_id=patient.id, call_id="call")).starts_at == opening.starts_at


async def test_one_stranger_registered_by_many_is_one_patient(clinic: LocalClinic) -> None:
    made = await asyncio.gather(
        *(
            clinic.register_patient(full_name="Орлов Иван", birth_date=date(2001, 2, 3), phone="+79161234567")
            for _ in range(8)
        )
    )
    assert len({patient.id for patient in made}) == 1


async def test_one_request_made_by_many_is_one_request(clinic: LocalClinic) -> None:
    made = await asyncio.gather(
        *(
            clinic.create_request(RequestKind.CALLBACK, {"reason": "x"}, call_id="c1", phone=None, patient_id=None)
            for _ in range(8)
        )
    )
    assert len({request.id for request in made}) == 1


async def test_an_expired_hold_goes_to_exactly_one_of_many(database: Database) -> None:
    clock = ManualClock(NOW)
    clinic = LocalClinic(database, clock)
    opening = (await clinic.openings(TUESDAY))[0]
    await clinic.hold(opening.id, owner="gone")
    clock.advance(timedelta(seconds=181))

    async def take(owner: str) -> str | None:
        try:
            return (await clinic.hold(opening.id, owner=owner)).owner
        except (OpeningTaken, HoldExpired):
            return None

    taken = await asyncio.gather(*(take(f"call-{number}") for number in range(10)))
    assert len([owner for owner in taken if owner]) == 1
