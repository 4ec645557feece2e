"""What is known before the first word: the clinic, who the phone belongs to, the visit an outbound call is about."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.calls.clinic_info import prep
from bot.calls.plain import is_minor, plain_errand, plain_offer, plain_visit
from bot.domain.clinic import UNNAMED, ClinicDirectory, Patient, Visit
from crm_bridge.port import ClinicSystem, CrmError
from dialogs.port import Directory, DirectoryDoctor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an outbound call is about: a visit, a task of the clinic's, or a freed opening."""

    visit_id: str | None = None
    errand_id: str | None = None
    offer_id: str | None = None


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
    crm: ClinicSystem,
    directory: ClinicDirectory,
    patients: Sequence[Patient],
    *,
    direction: str,
    about: About = NOTHING,
) -> dict[str, Any]:
    """Return the facts of effects.FACTS that the clinic's system knows; `patients` are the phone's. Raises CrmError."""
    facts: dict[str, Any] = {
        "clinic": "" if directory.name == UNNAMED else directory.name,
        "known": len(patients),
        "booking": crm.capabilities.booking,
        "cancel_hours": directory.cancel_hours or "",
        "branches": [{"id": one.id, "name": one.name, "address": one.address} for one in directory.branches]
        if directory.branches[1:]
        else [],
    }
    if direction == "outbound" and about.errand_id is not None:
        facts["errand"] = plain_errand(await crm.errand(about.errand_id))
    elif direction == "outbound" and about.offer_id is not None:
        facts["offer"] = plain_offer(await crm.offer(about.offer_id), directory)
    elif direction == "outbound":
        ids = [patient.id for patient in patients]
        if about == NOTHING:
            facts |= await _found_by_phone(crm, directory, ids)
        visit = await _visit_to_speak_of(crm, ids, about.visit_id)
        if visit is not None:
            facts["visit"] = _to_remind(visit, directory)
    elif patients:
        facts |= await _of_caller(crm, directory, [patient.id for patient in patients])
    return facts


def _to_remind(visit: Visit, directory: ClinicDirectory) -> dict[str, Any]:
    """The visit with whether parents answer for the patient, and how to prepare."""
    told = prep(directory, visit.service.name) if visit.service else {"found": False}
    minor = is_minor(visit.patient, visit.starts_at.date())
    return plain_visit(visit) | {"minor": minor} | ({"prep": told["text"]} if told["found"] else {})


async def _found_by_phone(crm: ClinicSystem, directory: ClinicDirectory, ids: Sequence[str]) -> dict[str, Any]:
    """What a call that nobody has planned could be about: a rehearsal's."""
    return await _errand(crm, ids) | await _offered(crm, directory, ids)


async def _of_caller(crm: ClinicSystem, directory: ClinicDirectory, ids: Sequence[str]) -> dict[str, Any]:
    """What the clinic wants of the people on this phone, who were quicker than its call; whether a visit is ahead."""
    coming = {"coming": True} if await crm.visits_of(ids) else {}
    return coming | await _errand(crm, ids) | await _offered(crm, directory, ids)


async def _errand(crm: ClinicSystem, ids: Sequence[str]) -> dict[str, Any]:
    """The longest due task that the bot is to phone one of them about."""
    errands = await crm.errands_of(ids)
    return {"errand": plain_errand(errands[0])} if errands else {}


async def _offered(crm: ClinicSystem, directory: ClinicDirectory, ids: Sequence[str]) -> dict[str, Any]:
    """The freed opening that is being kept for one of these people."""
    if not crm.capabilities.waitlist:
        return {}
    offers = [offer for offer in await crm.offers() if offer.patient.id in ids]
    return {"offer": plain_offer(offers[0], directory)} if offers else {}


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
