"""Who waits and books at the same moment: nobody waits for each other for ever, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.clinic import OpeningQuery, Visit
from bot.domain.clock import ManualClock
from bot.domain.follow_up import Need, WaitOffer, WaitRequest, Wish
from bot.storage.engine import Database
from crm_bridge.local import LocalClinic
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.tables import PatientRow, ResourceRow, ServiceRow
from crm_bridge.port import OpeningTaken
from tests.fixtures.databases import Copy, small_clinic
from tests.integration.storage.test_races import NOW

pytestmark = pytest.mark.postgres
SEMYON = "+79161110002"
GENEROUS_S = 60


@pytest.fixture
async def database(copied: Copy) -> AsyncIterator[Database]:
    opened = Database(copied("postgres", small_clinic))
    yield opened
    await opened.dispose()


@pytest.fixture
def clinic(database: Database) -> LocalClinic:
    return LocalClinic(database, ManualClock(NOW))


@pytest.fixture
async def offer(clinic: LocalClinic) -> WaitOffer:
    """Semyon waits for Wednesday's therapist and is being asked."""
    patient = (await clinic.patients_by_phone(SEMYON))[0]
    await clinic.join_waitlist(
        WaitRequest(
            patient_id=patient.id,
            need=Need(specialty="терапевт"),
            wish=Wish(days=frozenset({date(2026, 11, 25)})),
            comment="в среду",
            phone=None,
        ),
        call_id="c1",
    )
    await LocalDesk(clinic).sweep.tick()
    [offer] = await clinic.offers()
    return offer


async def waiting_for_locks(database: Database, number: int) -> None:
    """Return when so many transactions stand before a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(GENEROUS_S):
        while True:
            async with database.read() as session:
                if await session.scalar(waiting) >= number:
                    return
            await asyncio.sleep(0.02)


async def behind_each_other(
    database: Database, patient_id: str, *steps: Coroutine[Any, Any, Visit]
) -> list[Visit | BaseException]:
    """Each step begun when the one before stands at the patient's lock; then the patient is let go."""
    going = []
    async with database.write() as session:
        await session.get(PatientRow, patient_id, with_for_update={"key_share": True})
        for number, step in enumerate(steps, start=1):
            going.append(asyncio.create_task(step))
            await waiting_for_locks(database, number)
    async with asyncio.timeout(GENEROUS_S):
        return await asyncio.gather(*going, return_exceptions=True)


async def test_one_who_books_while_saying_yes_has_one_visit(
    database: Database, clinic: LocalClinic, offer: WaitOffer
) -> None:
    opening = (await clinic.openings(OpeningQuery(specialty="терапевт", limit=1)))[0]
    hold = await clinic.hold(opening.id, owner="c2")
    booked, accepted = await behind_each_other(
        database,
        offer.patient.id,
        clinic.book(hold.id, patient_id=offer.patient.id, call_id="c2"),
        clinic.accept_offer(offer.id, call_id="c3"),
    )
    assert isinstance(booked, Visit), booked
    assert isinstance(accepted, OpeningTaken), accepted
    mine = await clinic.visits_of([offer.patient.id])
    assert booked.id in [visit.id for visit in mine]
    assert offer.opening.starts_at not in [visit.starts_at for visit in mine]


async def test_one_who_says_yes_while_booking_has_both_that_they_agreed_to(
    database: Database, clinic: LocalClinic, offer: WaitOffer
) -> None:
    opening = (await clinic.openings(OpeningQuery(specialty="терапевт", limit=1)))[0]
    hold = await clinic.hold(opening.id, owner="c2")
    accepted, booked = await behind_each_other(
        database,
        offer.patient.id,
        clinic.accept_offer(offer.id, call_id="c3"),
        clinic.book(hold.id, patient_id=offer.patient.id, call_id="c2"),
    )
    assert isinstance(accepted, Visit), accepted
    assert isinstance(booked, Visit), booked
    assert list(await clinic.offers()) == []


async def test_a_move_and_a_booking_of_one_patient_with_one_device(
    database: Database, clinic: LocalClinic, offer: WaitOffer
) -> None:
    """A move must not have the patient while it waits for the device that a booking has, nor the other way round."""
    async with database.write() as session:
        branch = offer.opening.branch_id
        service = await session.scalar(text("SELECT id FROM services WHERE name = 'узи почек'"))
        row = await session.get(ServiceRow, service)
        assert row is not None
        row.resources, row.specialty, row.duration_min = ["узи"], None, 1
        session.add_all(ResourceRow(id=f"r{n}", branch_id=branch, kind="узи", name=f"УЗИ {n}") for n in range(2))
    patient = offer.patient.id
    openings = await clinic.openings(OpeningQuery(specialty="терапевт", limit=3))
    first = await clinic.hold(openings[0].id, owner="c2", service_id=service)
    visit = await clinic.book(first.id, patient_id=patient, call_id="c2", service_id=service)
    to_move = await clinic.hold(openings[1].id, owner="c3", service_id=service)
    to_book = await clinic.hold(openings[2].id, owner="c4", service_id=service)
    moved, booked = await behind_each_other(
        database,
        patient,
        clinic.move(visit.id, to_move.id, call_id="c3"),
        clinic.book(to_book.id, patient_id=patient, call_id="c4", service_id=service),
    )
    assert isinstance(moved, Visit), moved
    assert isinstance(booked, Visit), booked
