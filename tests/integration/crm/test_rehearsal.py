"""A rehearsed booking goes all the way and leaves nothing behind."""

from __future__ import annotations

from sqlalchemy import func, select

from bot.storage.base import Base
from bot.storage.engine import Database
from crm_bridge.local.rehearsal import rehearse
from crm_bridge.local.tables import ProfileRow
from tests.rules.conftest import house
from tests.rules.house import House, at

__all__ = ["house"]


async def opened(house: House) -> str:
    """The clinic has a name, and one free opening."""
    async with house.database.write() as session:
        session.add(
            ProfileRow(id=1, name="Клиника", prices={}, prep={}, documents={}, streets=[], loaded_at=house.clock.now())
        )
    return await house.opening(at(25, "12:00"))


async def rows(database: Database) -> dict[str, int]:
    async with database.read() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


async def test_it_books_and_nothing_is_left(house: House) -> None:
    await opened(house)
    before = await rows(house.database)
    assert await rehearse(house.clinic, house.database)
    assert await rows(house.database) == before


async def test_a_clinic_without_openings_has_little_to_rehearse(house: House) -> None:
    before = await rows(house.database)
    assert not await rehearse(house.clinic, house.database)
    assert await rows(house.database) == before


async def test_what_was_rehearsed_can_be_done_in_earnest(house: House) -> None:
    opening = await opened(house)
    await rehearse(house.clinic, house.database)
    hold = await house.clinic.hold(opening, owner="c1")
    visit = await house.clinic.book(hold.id, patient_id=(await house.patient()).id, call_id="c1")
    assert visit.starts_at == at(25, "12:00")
