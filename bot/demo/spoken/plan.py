"""A call plan is data: who phones and for what, in which voice and noise, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.demo.person import Part
from bot.domain.clinic import Patient, RequestKind, Visit, VisitStatus
from speech.port import Voice

VOICES: Final = (
    Voice(name="Anna", rate=1.0, pitch=1.0),
    Voice(name="Aleksandr", rate=1.0, pitch=1.0),
    Voice(name="Elena", rate=0.9, pitch=1.05),
    Voice(name="Aleksandr-hq", rate=1.1, pitch=0.95),
    Voice(name="Irina", rate=1.0, pitch=0.9),
    Voice(name="Anna", rate=0.85, pitch=0.9),
    Voice(name="Aleksandr", rate=1.15, pitch=0.9),
    Voice(name="Elena", rate=1.1, pitch=1.0),
    Voice(name="Aleksandr-hq", rate=0.9, pitch=1.05),
    Voice(name="Irina", rate=1.15, pitch=1.1),
)
"""Five free voices in ten settings; a woman's name may come in a man's voice, as when a son phones."""
NOISES: Final[dict[str, float | None]] = {"clean": None, "snr20": 20.0, "snr10": 10.0}
"""Name of a noise -> how many dB the speech is above it; None for a quiet line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedVisit:
    """The visit that must be there afterwards; what is empty does not matter. Times are the clinic's local ones."""

    at: datetime | None = None
    until: date | None = None
    specialty: str = ""
    doctor: str = ""
    service: str = ""
    branch_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of a call: one of these outcomes, and what is written in the database, which is all that is."""

    outcomes: frozenset[str]
    visit: WantedVisit | None = None
    keeps: bool = True
    """Whether a visit from before is still coming; a moved one is not, its id is that of the wanted one."""
    status: VisitStatus | None = None
    request: RequestKind | None = None
    address: str = ""
    sick_leave: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVisit:
    """A coming visit as the database has it; `at` is the clinic's local time."""

    id: str
    name: str
    birth_date: date
    phone: str | None
    at: datetime
    specialty: str
    doctor: str
    service: str
    branch_id: str
    status: VisitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """One call. `known` tells whether the clinic has the patient already, `before` a visit that they have."""

    number: int
    scenario: str
    patient: Patient
    known: bool
    voice: Voice
    noise: str
    part: Part
    expected: Expected
    before: SeenVisit | None = None

    @property
    def spam(self) -> bool:
        """Whether the caller is no patient."""
        return "spam_ended" in self.expected.outcomes


def seen_visit(visit: Visit, zone: ZoneInfo) -> SeenVisit:
    """A visit as the judge looks at it."""
    doctor, service = visit.doctor, visit.service
    return SeenVisit(
        id=visit.id,
        name=visit.patient.full_name,
        birth_date=visit.patient.birth_date,
        phone=visit.patient.phone,
        at=visit.starts_at.astimezone(zone).replace(tzinfo=None),
        specialty=doctor.specialty if doctor else "",
        doctor=doctor.full_name if doctor else "",
        service=service.name if service else "",
        branch_id=visit.branch_id,
        status=visit.status,
    )
