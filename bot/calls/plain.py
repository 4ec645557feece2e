"""Visits, tasks and offers of the clinic as a script sees them: plain data, empty fields left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.calls.clinic_info import fold
from bot.calls.openings import plain
from bot.domain.clinic import ClinicDirectory, Patient, Visit, VisitStatus
from bot.domain.follow_up import Errand, WaitOffer

AGE_OF_CONSENT = 15
"""From this age a patient decides on treatment himself (323-ФЗ, art. 20)."""
_PENDING = (VisitStatus.REQUESTED, VisitStatus.AWAITING_APPROVAL, VisitStatus.AWAITING_PAYMENT)


def plain_visit(visit: Visit) -> dict[str, Any]:
    """A visit as the script sees it; `status` only while somebody must still approve it or pay."""
    return _known(
        {
            "id": visit.id,
            "at": visit.starts_at.isoformat()[:16],
            **_person(visit.patient),
            "doctor": visit.doctor.full_name if visit.doctor else "",
            "specialty": visit.doctor.specialty if visit.doctor else "",
            "service": visit.service.name if visit.service else "",
            "status": visit.status.value if visit.status in _PENDING else "",
        }
    )


def meant(visits: list[dict[str, Any]], args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of the visits that `date`, `doctor` and `specialty` name; what names none of them is not heeded."""
    for wanted in ("date", "doctor", "specialty"):
        said = str(args.get(wanted) or "")
        visits = [visit for visit in visits if said and _mentions(visit, wanted, said)] or visits
    return visits


def _mentions(visit: Mapping[str, Any], wanted: str, said: str) -> bool:
    if wanted == "date":
        return bool(str(visit["at"])[:10] == said)
    return set(fold(said).split()) <= set(fold(str(visit.get(wanted) or "")).split())


def plain_errand(errand: Errand) -> dict[str, Any]:
    """A task of the clinic's that a call carries out."""
    full = {
        "id": errand.task.id,
        "kind": errand.task.type,
        **_person(errand.patient),
        "doctor": errand.doctor.full_name if errand.doctor else "",
        "specialty": errand.doctor.specialty if errand.doctor else errand.task.need.specialty or "",
        "service": errand.service.name if errand.service else "",
        "due": errand.due_on.isoformat() if errand.due_on else "",
        "number": errand.number or "",
        "total": errand.total or "",
    }
    return _known(full) | {"minor": is_minor(errand.patient, errand.task.active_from)}


def plain_offer(offer: WaitOffer, directory: ClinicDirectory) -> dict[str, Any]:
    """A freed opening that a call offers; `instead` is when the visit begins that would be moved to it."""
    full = {
        **plain(offer.opening, directory),
        "id": offer.id,
        "entry": offer.entry.id,
        **_person(offer.patient),
        "instead": offer.visit.starts_at.isoformat()[:16] if offer.visit else "",
    }
    return _known(full) | {"minor": is_minor(offer.patient, offer.opening.starts_at.date())}


def is_minor(patient: Patient, day: date) -> bool:
    """Whether parents decide for the patient: under fifteen on that day."""
    born = patient.birth_date
    return (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < AGE_OF_CONSENT


def _person(patient: Patient) -> dict[str, str]:
    return {"patient": patient.full_name, "patient_id": patient.id, "birth_date": patient.birth_date.isoformat()}


def _known(full: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in full.items() if value}
