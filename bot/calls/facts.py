"""What is known before the first word: the clinic, who the phone belongs to, the visit an outbound call is about."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.calls.effects import plain_visit
from bot.domain.clinic import ClinicDirectory, Patient, Visit
from bot.domain.follow_up import Errand
from crm_bridge.port import ClinicSystem, CrmError
from dialogs.port import Directory, DirectoryDoctor

AGE_OF_CONSENT = 15
"""From this age a patient decides on treatment himself (323-ФЗ, art. 20)."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an outbound call is about: a visit, or a task of the clinic's."""

    visit_id: str | None = None
    errand_id: str | None = None


NOTHING = About()


def nlu_directory(directory: ClinicDirectory) -> Directory:
    """The clinic's names, for the understanding of doctors, services and streets."""
    return Directory(
        doctors=tuple(DirectoryDoctor(full_name=one.full_name, specialty=one.specialty) for one in directory.doctors),
        services=tuple(service.name for service in directory.services),
        specialties=directory.specialties,
        streets=directory.streets,
    )


async def facts_of_call(
    crm: ClinicSystem, directory: ClinicDirectory, *, caller: str | None, direction: str, about: About = NOTHING
) -> dict[str, Any]:
    """Return the facts of effects.FACTS that the clinic's system knows. Raises CrmError."""
    patients = await crm.patients_by_phone(caller) if caller else ()
    facts: dict[str, Any] = {
        "clinic": directory.name,
        "known": len(patients),
        "booking": crm.capabilities.booking,
        "branches": [{"id": one.id, "name": one.name, "address": one.address} for one in directory.branches]
        if directory.branches[1:]
        else [],
    }
    if direction == "outbound" and about.errand_id is not None:
        facts["errand"] = _plain_errand(await crm.errand(about.errand_id))
    elif direction == "outbound":
        ids = [patient.id for patient in patients]
        mine = [errand for errand in await crm.due_errands() if errand.patient.id in ids] if about == NOTHING else []
        if mine:
            facts["errand"] = _plain_errand(mine[0])
        visit = await _visit_to_speak_of(crm, ids, about.visit_id)
        if visit is not None:
            facts["visit"] = plain_visit(visit) | {"minor": _is_minor(visit.patient, visit.starts_at.date())}
    return facts


def _plain_errand(errand: Errand) -> dict[str, Any]:
    """The task as the script sees it; empty fields are left out."""
    full = {
        "id": errand.task.id,
        "kind": errand.task.type,
        "patient": errand.patient.full_name,
        "patient_id": errand.patient.id,
        "birth_date": errand.patient.birth_date.isoformat(),
        "doctor": errand.doctor.full_name if errand.doctor else "",
        "specialty": errand.doctor.specialty if errand.doctor else errand.task.need.specialty or "",
        "service": errand.service.name if errand.service else "",
        "due": errand.due_on.isoformat() if errand.due_on else "",
    }
    known = {key: value for key, value in full.items() if value}
    return known | {"minor": _is_minor(errand.patient, errand.task.active_from)}


def _is_minor(patient: Patient, day: date) -> bool:
    """Whether parents decide for the patient: under fifteen on that day."""
    born = patient.birth_date
    return (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < AGE_OF_CONSENT


async def _visit_to_speak_of(crm: ClinicSystem, patient_ids: Sequence[str], visit_id: str | None) -> Visit | None:
    """The visit named by the task, else the next one of the people on this phone."""
    if visit_id is not None:
        try:
            return await crm.visit(visit_id)
        except CrmError as error:
            log.warning(
                "The visit to remind of is not there", extra={"visit_id": visit_id, "retryable": error.retryable}
            )
            return None
    coming = await crm.visits_of(patient_ids) if patient_ids else ()
    return coming[0] if coming else None
