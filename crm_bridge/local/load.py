"""Puts a clinic file into the database: all of it or nothing; loading it again brings the database up to the file.

What callers have done since (moved, cancelled, booked, registered) stays. Doctors and services that the file no longer
names are offered no more; free openings that it no longer gives go, unless a caller is just now being offered them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.domain.clock import Clock
from bot.storage.engine import Database
from bot.storage.outbox import publish
from crm_bridge.clinic_data import ClinicData
from crm_bridge.local.build import read_clinic
from crm_bridge.local.equip import equip_visits, put_resources
from crm_bridge.local.file_errors import ClinicFileError
from crm_bridge.local.file_lines import with_lines
from crm_bridge.local.merge import Merge, VisitClash


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What the file holds, and in `new_*` what was not there before. `now` is the file's rehearsal moment, if any."""

    clinic: str
    doctors: int
    services: int
    openings: int
    patients: int
    visits: int
    sick_leaves: int
    test_results: int
    new_openings: int
    removed_openings: int
    new_patients: int
    new_visits: int
    now: datetime | None


async def load_clinic(path: Path, database: Database, clock: Clock) -> LoadReport:
    """Load a clinic file into a migrated database. Raises ClinicFileError, and then nothing was changed."""
    data = read_clinic(path, clock.now())
    try:
        return await store_clinic(data, database, clock)
    except VisitClash as clash:
        raise ClinicFileError(str(path), with_lines(path, [clash.problem])) from None


async def store_clinic(data: ClinicData, database: Database, clock: Clock) -> LoadReport:
    """Store a clinic that is already built. Raises VisitClash."""
    async with database.write() as session:
        merge = Merge(session, clock.now())
        await merge.directory(data.directory)
        await put_resources(session, data.resources, clock.now())
        new_openings, removed = await merge.openings(data.openings)
        new_patients = await merge.patients(data.patients)
        new_visits = await merge.visits(data.visits)
        await equip_visits(session, data.visits, clock.now())
        await merge.facts(data)
        publish(session, "clinic.loaded", {}, clock.now())
    return LoadReport(
        clinic=data.directory.name,
        doctors=len(data.directory.doctors),
        services=len(data.directory.services),
        openings=len(data.openings),
        patients=len(data.patients),
        visits=len(data.visits),
        sick_leaves=len(data.sick_leaves),
        test_results=len(data.test_results),
        new_openings=new_openings,
        removed_openings=removed,
        new_patients=new_patients,
        new_visits=new_visits,
        now=data.now,
    )
