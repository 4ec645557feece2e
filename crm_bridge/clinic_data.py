"""A whole clinic as plain values: what a clinic file says, ready for any implementation to take in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.clinic import ClinicDirectory, Opening, Patient, SickLeave, TestResult, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedVisit:
    """A visit and the opening it takes."""

    visit: Visit
    opening_id: str
    place: str
    """Where the file says so, for messages: `appointments[0]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A room or a device; `kind` is what services ask for."""

    id: str
    name: str
    kind: str
    branch_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicData:
    """Directory, openings (the free ones and those under visits), people and what the clinic knows of them."""

    directory: ClinicDirectory
    resources: Sequence[Resource] = ()
    openings: Sequence[Opening] = ()
    patients: Sequence[Patient] = ()
    visits: Sequence[PlacedVisit] = ()
    sick_leaves: Sequence[SickLeave] = ()
    test_results: Sequence[TestResult] = ()
    do_not_call: Sequence[str] = field(default_factory=tuple)
    now: datetime | None = None
