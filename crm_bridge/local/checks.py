"""Does a well-formed clinic file make sense? Every fault with its place, all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from crm_bridge.local.clinic_file import (
    MAIN_BRANCH,
    AppointmentEntry,
    ClinicFile,
    DoctorEntry,
    PersonEntry,
    ResourceEntry,
    ServiceEntry,
)
from crm_bridge.local.file_errors import Problem
from crm_bridge.local.file_values import FUNDING_TITLES
from crm_bridge.names import doctor_matches, fold, same_person

T = TypeVar("T")


def check(file: ClinicFile, today: date) -> list[Problem]:
    """All faults of content, in the order of the file."""
    return [
        *_repeated("branches", "id", "филиал", file.branches, lambda entry: entry.id),
        *_repeated("resources", "resource", "кабинет или прибор", file.resources, lambda entry: entry.resource),
        *_repeated("doctors", "doctor", "врач", file.doctors, lambda entry: entry.doctor),
        *_repeated("services", "service", "услуга", file.services, lambda entry: entry.service),
        *_branches(file),
        *_services(file),
        *_repeated_moments(file, today),
        *_appointments(file),
        *_sick_leaves(file, today),
        *_people(file, today),
    ]


def find_doctor(file: ClinicFile, name: str) -> DoctorEntry | None:
    """The doctor of this full name, or of this surname when only one has it."""
    # By full name, so that a doctor given twice is one fault, not one at every mention.
    doctors = {fold(entry.doctor): entry for entry in reversed(file.doctors)}
    matching = [entry for entry in doctors.values() if doctor_matches(name, entry.doctor)]
    return doctors.get(fold(name)) or (matching[0] if len(matching) == 1 else None)


def find_birth_date(file: ClinicFile, person: PersonEntry, today: date) -> date | None:
    """The birth date the entry gives, or the one of the only namesake in `patients`."""
    if person.birth_date:
        return person.birth_date.on(today)
    known = [entry for entry in file.patients if entry.birth_date and same_person(entry.patient, person.patient)]
    return known[0].birth_date.on(today) if len(known) == 1 and known[0].birth_date else None


def _repeated(section: str, field: str, noun: str, entries: Sequence[T], name: Callable[[T], str]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, entry in enumerate(entries):
        seen = first.setdefault(fold(name(entry)), index)
        if seen != index:
            again = "указана дважды" if noun == "услуга" else "указан дважды"
            yield Problem(
                place=f"{section}[{index}].{field}",
                message=f"{noun} «{name(entry)}» {again} (см. {section}[{seen}])",
            )


def _branches(file: ClinicFile) -> Iterator[Problem]:
    known = {MAIN_BRANCH} | {entry.id for entry in file.branches}
    sections: dict[str, Sequence[ResourceEntry | DoctorEntry | ServiceEntry]] = {
        "resources": file.resources,
        "doctors": file.doctors,
        "services": file.services,
    }
    for section, entries in sections.items():
        for index, entry in enumerate(entries):
            if entry.branch not in known:
                names = ", ".join(sorted(known))
                message = f"филиала «{entry.branch}» нет, есть: {names}"
                yield Problem(place=f"{section}[{index}].branch", message=message)


def _services(file: ClinicFile) -> Iterator[Problem]:
    specialties = {fold(entry.specialty) for entry in file.doctors}
    for index, entry in enumerate(file.services):
        place = f"services[{index}]"
        if entry.specialty and fold(entry.specialty) not in specialties:
            message = f"врача по специальности «{entry.specialty}» нет в doctors, услугу некому оказывать"
            yield Problem(place=f"{place}.specialty", message=message)
        for funding in entry.price:
            if funding not in entry.payable:
                message = f"цена для «{FUNDING_TITLES[funding]}» есть, а в fundings такой оплаты нет"
                yield Problem(place=f"{place}.price", message=message)
        for position, kind in enumerate(entry.resources):
            if not _equipped(file, entry, kind):
                message = f"вида «{kind}» нет в resources там, где оказывают услугу: записать на неё было бы нельзя"
                yield Problem(place=f"{place}.resources[{position}]", message=message)


def _equipped(file: ClinicFile, service: ServiceEntry, kind: str) -> bool:
    """Whether a room or device of the kind stands in a branch where the service is given."""
    performers = {
        entry.branch for entry in file.doctors if service.specialty and fold(entry.specialty) == fold(service.specialty)
    }
    given_in = performers | {service.branch}
    return any(entry.kind == kind and entry.branch in given_in for entry in file.resources)


def _repeated_moments(file: ClinicFile, today: date) -> Iterator[Problem]:
    for section, entries in (("doctors", file.doctors), ("services", file.services)):
        for index, entry in enumerate(entries):
            seen = set()
            for position, moment in enumerate(entry.free):
                key = (moment.day.on(today), moment.at)
                if key in seen:
                    yield Problem(
                        place=f"{section}[{index}].free[{position}]",
                        message=f"время {key[0]} {key[1]:%H:%M} указано дважды",
                    )
                seen.add(key)


def _appointments(file: ClinicFile) -> Iterator[Problem]:
    ids: dict[str, int] = {}
    for index, entry in enumerate(file.appointments):
        place = f"appointments[{index}]"
        if entry.id and ids.setdefault(entry.id, index) != index:
            message = f"номер «{entry.id}» указан дважды (см. appointments[{ids[entry.id]}])"
            yield Problem(place=f"{place}.id", message=message)
        yield from _whom_to(file, entry, place)


def _whom_to(file: ClinicFile, entry: AppointmentEntry, place: str) -> Iterator[Problem]:
    if (entry.doctor is None) == (entry.service is None):
        yield Problem(place=place, message="укажите или врача (doctor), или услугу (service)")
    if entry.doctor:
        doctor = find_doctor(file, entry.doctor)
        if doctor is None:
            yield Problem(place=f"{place}.doctor", message=_unknown_doctor(entry.doctor))
        elif entry.specialty and fold(entry.specialty) != fold(doctor.specialty):
            message = f"«{entry.specialty}», а в doctors у этого врача «{doctor.specialty}»"
            yield Problem(place=f"{place}.specialty", message=message)
    if entry.service and fold(entry.service) not in {fold(known.service) for known in file.services}:
        yield Problem(place=f"{place}.service", message=f"услуги «{entry.service}» нет в services")


def _sick_leaves(file: ClinicFile, today: date) -> Iterator[Problem]:
    for index, entry in enumerate(file.sick_leaves):
        if find_doctor(file, entry.doctor) is None:
            yield Problem(place=f"sick_leaves[{index}].doctor", message=_unknown_doctor(entry.doctor))
        if entry.ends_on.on(today) < entry.starts_on.on(today):
            yield Problem(place=f"sick_leaves[{index}].to", message="больничный кончается раньше, чем начался")
    yield from _repeated("sick_leaves", "number", "больничный", file.sick_leaves, lambda entry: entry.number)


def _people(file: ClinicFile, today: date) -> Iterator[Problem]:
    for index, entry in enumerate(file.patients):
        if entry.birth_date is None:
            yield Problem(place=f"patients[{index}].birth_date", message="поле обязательно, но его нет")
    for section, people in (
        ("patients", file.patients),
        ("appointments", file.appointments),
        ("sick_leaves", file.sick_leaves),
        ("test_results", file.test_results),
    ):
        for index, person in enumerate(people):
            born = find_birth_date(file, person, today)
            if born is None and section != "patients":
                message = f"у «{person.patient}» нет даты рождения: укажите её здесь или в patients"
                yield Problem(place=f"{section}[{index}].birth_date", message=message)
            elif born and born > today:
                yield Problem(place=f"{section}[{index}].birth_date", message=f"{born} ещё не наступило")


def _unknown_doctor(name: str) -> str:
    return f"врача «{name}» нет в doctors (или таких несколько: напишите полностью)"
