"""A checked clinic file made into values: relative days resolved, schedules cut into openings, people gathered.

Ids are made of what they name (a doctor's full name, an opening's doctor and moment), so that loading a file again
finds what it made before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from bot.domain.clinic import (
    Branch,
    ClinicDirectory,
    Doctor,
    Funding,
    Hours,
    Opening,
    Service,
    SickLeave,
    TestResult,
    Visit,
)
from crm_bridge.clinic_data import ClinicData, PlacedVisit, Resource
from crm_bridge.local.checks import check, find_doctor
from crm_bridge.local.clinic_file import (
    MAIN_BRANCH,
    BranchEntry,
    ClinicEntry,
    ClinicFile,
    DoctorEntry,
    ResourceEntry,
    ServiceEntry,
    read_clinic_file,
)
from crm_bridge.local.file_errors import ClinicFileError, Problem
from crm_bridge.local.file_lines import with_lines
from crm_bridge.local.moments import Span
from crm_bridge.local.people import People
from crm_bridge.local.timetable import slots
from crm_bridge.names import fold
from crm_bridge.rules.basics import COMING
from crm_bridge.rules.settings import RuleSettings

_NAMESPACE = UUID("5f0d6d0e-7c0b-4c39-9c57-6a3a54a0c1b1")


def stable_id(*parts: str) -> str:
    """The id of what these words name."""
    return str(uuid5(_NAMESPACE, "\n".join(parts)))


def read_clinic(path: Path, now: datetime) -> ClinicData:
    """Read, check and build; relative days and schedules count from `now`. Raises ClinicFileError."""
    file = read_clinic_file(path)
    today = now.astimezone(ZoneInfo(file.clinic.timezone)).date()
    problems = check(file, today)
    if not problems:
        builder = _Builder(file, now)
        data = builder.build()
        problems = builder.problems
        if not problems:
            return data
    raise ClinicFileError(str(path), with_lines(path, problems))


@cache
def shipped_defaults() -> Mapping[str, Mapping[str, str]]:
    """Preparation and documents as most clinics tell them: `prep` by service, `documents` by case."""
    defaults: Mapping[str, Mapping[str, str]] = YAML(typ="safe").load(Path(__file__).with_name("defaults_ru.yml"))
    return defaults


class _Builder:
    """Builds one clinic; `problems` are the clashes that show only when times are known."""

    def __init__(self, file: ClinicFile, now: datetime) -> None:
        self._file = file
        self._now = now
        self._branches = {MAIN_BRANCH: _branch(file.clinic)} | {entry.id: _branch(entry) for entry in file.branches}
        self._today = now.astimezone(self._zone(MAIN_BRANCH)).date()
        self._people = People(file, self._today, stable_id)
        self._openings: dict[str, Opening] = {}
        self._free_listed: set[str] = set()
        self._visits: dict[str, PlacedVisit] = {}
        self.problems: list[Problem] = []

    def build(self) -> ClinicData:
        file = self._file
        prep = {**shipped_defaults()["prep"], **file.prep}
        prep |= {entry.service: entry.prep for entry in file.services if entry.prep}
        doctors = {fold(entry.doctor): _doctor(entry) for entry in file.doctors}
        services = {fold(entry.service): self._service(entry, prep) for entry in file.services}
        for doctor_entry in file.doctors:
            self._offer(doctor_entry, doctor=doctors[fold(doctor_entry.doctor)])
        for service_entry in file.services:
            self._offer(service_entry, service=services[fold(service_entry.service)])
        self._book(doctors, services)
        directory = ClinicDirectory(
            name=file.clinic.name,
            branches=tuple(self._branches.values()),
            doctors=tuple(doctors.values()),
            services=tuple(services.values()),
            prices=file.clinic.prices | {entry.service: told for entry in file.services if (told := _price(entry))},
            prep=prep,
            documents={**shipped_defaults()["documents"], **file.documents},
            streets=tuple(file.streets),
            cancel_hours=RuleSettings().cancel_min_hours,
        )
        return self._data(directory)

    def _data(self, directory: ClinicDirectory) -> ClinicData:
        leaves = tuple(self._sick_leaves())
        results = tuple(self._test_results())
        return ClinicData(
            directory=directory,
            resources=tuple(_resource(entry) for entry in self._file.resources),
            openings=tuple(self._openings.values()),
            patients=self._people.all(),
            visits=tuple(self._visits.values()),
            sick_leaves=leaves,
            test_results=results,
            do_not_call=tuple(self._file.do_not_call),
            now=self._file.rehearsal_start,
        )

    def _zone(self, branch_id: str) -> ZoneInfo:
        return ZoneInfo(self._branches[branch_id].timezone)

    def _service(self, entry: ServiceEntry, prep: Mapping[str, str]) -> Service:
        return Service(
            id=stable_id("service", fold(entry.service)),
            name=entry.service,
            duration_min=entry.slot_min,
            price=_price(entry, self._file.clinic.prices.get(entry.service)),
            prices={funding.value: sum_ for funding, sum_ in entry.price.items() if funding is not Funding.PAID},
            prep=prep.get(entry.service),
            branch_id=entry.branch,
            bookable=bool(entry.free or entry.schedule or entry.specialty),
            specialty=entry.specialty,
            category=entry.category,
            fundings=entry.payable,
            documents=entry.documents,
            resources=tuple(entry.resources),
            expensive=entry.expensive,
            recall_days=entry.recall_days,
            course_total=entry.course.visits if entry.course else None,
            course_interval_days=entry.course.every_days if entry.course else None,
        )

    def _offer(
        self, entry: DoctorEntry | ServiceEntry, *, doctor: Doctor | None = None, service: Service | None = None
    ) -> None:
        """Openings of one doctor or service: the listed moments and what the schedule gives from now on."""
        zone = self._zone(entry.branch)
        for moment in entry.free:
            opening = self._opening(moment.on(self._today, zone), entry.slot_min, entry.branch, doctor, service)
            self._free_listed.add(opening.id)
        off = {day.on(self._today) for day in entry.days_off}
        last = self._today + timedelta(weeks=self._file.schedule_weeks)
        for start in slots(entry.schedule, entry.slot_min, self._today, last, zone):
            if start > self._now and start.date() not in off:
                self._opening(start, entry.slot_min, entry.branch, doctor, service)

    def _opening(
        self, start: datetime, minutes: int, branch_id: str, doctor: Doctor | None, service: Service | None
    ) -> Opening:
        owner = doctor.id if doctor else service.id if service else ""
        opening = Opening(
            id=stable_id("opening", owner, start.isoformat()),
            starts_at=start,
            ends_at=start + timedelta(minutes=minutes),
            branch_id=branch_id,
            doctor=doctor,
            service=service,
        )
        return self._openings.setdefault(opening.id, opening)

    def _book(self, doctors: Mapping[str, Doctor], services: Mapping[str, Service]) -> None:
        taken: dict[str, str] = {}
        for index, entry in enumerate(self._file.appointments):
            place = f"appointments[{index}]"
            listed = find_doctor(self._file, entry.doctor) if entry.doctor else None
            doctor = doctors[fold(listed.doctor)] if listed else None
            service = services[fold(entry.service)] if entry.service else None
            owner = doctor or service
            assert owner is not None, "the checks let no visit without doctor and service through"
            branch_id = owner.branch_id
            start = entry.at.on(self._today, self._zone(branch_id))
            minutes = listed.slot_min if listed else service.duration_min if service else 0
            opening = self._opening(start, minutes, branch_id, doctor, service)
            if entry.status in COMING:
                self._clash(opening, taken, place)
            patient = self._people.of(entry)
            visit = Visit(
                id=entry.id or stable_id("visit", patient.id, opening.id),
                patient=patient,
                starts_at=opening.starts_at,
                ends_at=opening.ends_at,
                branch_id=branch_id,
                status=entry.status,
                doctor=doctor,
                service=service,
            )
            self._visits[visit.id] = PlacedVisit(visit=visit, opening_id=opening.id, place=place)

    def _clash(self, opening: Opening, taken: dict[str, str], place: str) -> None:
        """A visit takes its opening, and pushes away the schedule's slots that it overlaps."""
        if opening.id in taken:
            self.problems.append(
                Problem(place=f"{place}.at", message=f"это время уже занято записью {taken[opening.id]}")
            )
        elif opening.id in self._free_listed:
            self.problems.append(Problem(place=f"{place}.at", message="это же время указано свободным в free"))
        taken.setdefault(opening.id, place)
        for other in list(self._openings.values()):
            if other.id not in taken and other.id not in self._free_listed and _overlap(opening, other):
                del self._openings[other.id]

    def _sick_leaves(self) -> Iterator[SickLeave]:
        for entry in self._file.sick_leaves:
            doctor = find_doctor(self._file, entry.doctor)
            yield SickLeave(
                number=entry.number,
                patient=self._people.of(entry),
                doctor=doctor.doctor if doctor else entry.doctor,
                starts_on=entry.starts_on.on(self._today),
                ends_on=entry.ends_on.on(self._today),
                status=entry.status,
            )

    def _test_results(self) -> Iterator[TestResult]:
        for entry in self._file.test_results:
            yield TestResult(
                patient=self._people.of(entry),
                service=entry.service,
                taken_on=entry.taken.on(self._today),
                status=entry.status,
            )


def _price(entry: ServiceEntry, otherwise: int | None = None) -> int | None:
    """What it costs whoever pays himself."""
    return entry.price.get(Funding.PAID, otherwise)


def _resource(entry: ResourceEntry) -> Resource:
    return Resource(
        id=stable_id("resource", fold(entry.resource)), name=entry.resource, kind=entry.kind, branch_id=entry.branch
    )


def _branch(entry: ClinicEntry | BranchEntry) -> Branch:
    return Branch(
        id=entry.id if isinstance(entry, BranchEntry) else MAIN_BRANCH,
        name=entry.name,
        address=entry.address,
        timezone=entry.timezone,
        hours=_hours(entry.hours),
        lab_hours=_hours(entry.lab_hours),
        home_visit_until=entry.home_visit_until,
    )


def _hours(week: Mapping[int, list[Span]]) -> Hours:
    return Hours(by_weekday={day: spans[0] for day, spans in week.items()})


def _doctor(entry: DoctorEntry) -> Doctor:
    return Doctor(
        id=stable_id("doctor", fold(entry.doctor)),
        full_name=entry.doctor,
        specialty=entry.specialty,
        branch_id=entry.branch,
    )


def _overlap(one: Opening, other: Opening) -> bool:
    same = one.doctor == other.doctor and one.service == other.service
    return same and one.starts_at < other.ends_at and other.starts_at < one.ends_at
