"""The clinic file: what a clinic writes of itself in YAML or JSON, and how it is read and told wrong.

Sections, all but `clinic` optional: `clinic`, `branches`, `resources`, `doctors`, `services`, `patients`,
`appointments`, `sick_leaves`, `test_results`, `prep`, `documents`, `streets`, `do_not_call`, `schedule_weeks`, `now`.
Times without an offset are the branch's wall clock. docs/reference/clinic-file.md explains every field.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.domain.clinic import UNNAMED, Funding, VisitStatus
from bot.domain.phone import normalize_phone
from crm_bridge.local.file_errors import ClinicFileError, Problem, problems_of
from crm_bridge.local.file_lines import with_lines
from crm_bridge.local.file_values import FundingWord, Prices, ServiceDocuments
from crm_bridge.local.moments import ClockTime, Day, Moment, OpeningHours, Week

MAIN_BRANCH = "main"
DEFAULT_SLOT_MIN = 20


def _phone(text: str) -> str:
    number = normalize_phone(text)
    if number is None:
        raise ValueError(f"«{text}» — не телефон: нужен номер вида +79161234567")
    return number


def _full_name(text: str) -> str:
    if len(text.split()) < 2:
        raise ValueError(f"«{text}»: нужны фамилия и имя, лучше с отчеством")
    return " ".join(text.split())


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"часового пояса «{text}» нет, пример: Europe/Moscow") from None
    return text


Text = Annotated[str, Field(min_length=1)]
Word = Annotated[str, Field(min_length=1, max_length=64)]
Phone = Annotated[str, AfterValidator(_phone)]
FullName = Annotated[str, AfterValidator(_full_name)]
Zone = Annotated[str, AfterValidator(_zone)]
Minutes = Annotated[int, Field(ge=5, le=480)]
Rubles = Annotated[int, Field(ge=0)]
Days = Annotated[int, Field(ge=1, le=3650)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BranchEntry(_Entry):
    """A building beside the main one."""

    id: Text
    name: Text
    address: Text
    timezone: Zone = "Europe/Moscow"
    hours: OpeningHours = Field(default_factory=dict)
    lab_hours: OpeningHours = Field(default_factory=dict)
    home_visit_until: ClockTime | None = None


class ClinicEntry(_Entry):
    """The clinic and its main building."""

    name: Text = UNNAMED
    address: Text
    timezone: Zone = "Europe/Moscow"
    hours: OpeningHours = Field(default_factory=dict)
    lab_hours: OpeningHours = Field(default_factory=dict)
    home_visit_until: ClockTime | None = None
    prices: dict[str, Rubles] = Field(default_factory=dict)


class ResourceEntry(_Entry):
    """A room or a device; services name its kind."""

    resource: Text
    kind: Word
    branch: str = MAIN_BRANCH


class CourseEntry(_Entry):
    """A service that is a course: so many visits, so many days apart."""

    visits: Annotated[int, Field(ge=2, le=100)]
    every_days: Days


class _Booked(_Entry):
    """What has a timetable: free moments, or weekly hours cut into slots, or both."""

    branch: str = MAIN_BRANCH
    free: list[Moment] = Field(default_factory=list)
    schedule: Week = Field(default_factory=dict)
    days_off: list[Day] = Field(default_factory=list)
    slot_min: Minutes = DEFAULT_SLOT_MIN


class DoctorEntry(_Booked):
    """A doctor."""

    doctor: FullName
    specialty: Text


class ServiceEntry(_Booked):
    """A service; without free moments, schedule and performing doctors it is told of, not booked."""

    service: Text
    price: Prices = Field(default_factory=dict)
    fundings: Annotated[list[FundingWord], Field(min_length=1)] | None = None
    prep: Text | None = None
    documents: ServiceDocuments = Field(default_factory=dict)
    category: Word | None = None
    specialty: Word | None = None
    resources: list[Word] = Field(default_factory=list)
    expensive: bool = False
    recall_days: Days | None = None
    course: CourseEntry | None = None

    @property
    def payable(self) -> tuple[Funding, ...]:
        """How it can be paid, in the order of the dictionary."""
        return tuple(one for one in Funding if self.fundings is None or one in self.fundings)


class PersonEntry(_Entry):
    """A person wherever the file names one; the birth date may stay in `patients`."""

    patient: FullName
    birth_date: Day | None = None
    phone: Phone | None = None


class AppointmentEntry(PersonEntry):
    """A visit that is already booked, with a doctor or for a service."""

    id: Text | None = None
    doctor: Text | None = None
    specialty: Text | None = None
    service: Text | None = None
    at: Moment
    status: VisitStatus = VisitStatus.BOOKED


class SickLeaveEntry(PersonEntry):
    """A certificate of incapacity for work."""

    number: Annotated[str, Field(min_length=1)]
    starts_on: Day = Field(alias="from")
    ends_on: Day = Field(alias="to")
    doctor: Text
    status: Text


class TestResultEntry(PersonEntry):
    """A test and whether its result is ready."""

    service: Text
    taken: Day
    status: Text


class ClinicFile(_Entry):
    """The whole file."""

    now: datetime | None = None
    clinic: ClinicEntry
    branches: list[BranchEntry] = Field(default_factory=list)
    resources: list[ResourceEntry] = Field(default_factory=list)
    doctors: list[DoctorEntry] = Field(default_factory=list)
    services: list[ServiceEntry] = Field(default_factory=list)
    patients: list[PersonEntry] = Field(default_factory=list)
    appointments: list[AppointmentEntry] = Field(default_factory=list)
    sick_leaves: list[SickLeaveEntry] = Field(default_factory=list)
    test_results: list[TestResultEntry] = Field(default_factory=list)
    prep: dict[str, Text] = Field(default_factory=dict)
    documents: dict[str, Text] = Field(default_factory=dict)
    streets: list[Text] = Field(default_factory=list)
    do_not_call: list[Phone] = Field(default_factory=list)
    schedule_weeks: Annotated[int, Field(ge=1, le=26)] = 2

    @property
    def rehearsal_start(self) -> datetime | None:
        """`now` in the clinic's zone: when a rehearsal of this clinic begins."""
        zone = ZoneInfo(self.clinic.timezone)
        if self.now is None:
            return None
        return self.now.astimezone(zone) if self.now.tzinfo else self.now.replace(tzinfo=zone)


def read_clinic_file(path: Path) -> ClinicFile:
    """Read and validate the form of a clinic file. Raises ClinicFileError."""
    try:
        return ClinicFile.model_validate(_parse(path))
    except ValidationError as error:
        raise ClinicFileError(str(path), with_lines(path, problems_of(error))) from None


def _parse(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text) if path.suffix == ".json" else YAML(typ="safe", pure=True).load(text)
    except json.JSONDecodeError as error:
        problem = Problem(place=f"строка {error.lineno}, столбец {error.colno}", message="это не JSON: проверьте знаки")
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"строка {mark.line + 1}, столбец {mark.column + 1}" if mark else "файл"
        problem = Problem(place=place, message="это не YAML: проверьте отступы, кавычки и повторы имён")
    except (YAMLError, UnicodeDecodeError):
        problem = Problem(place="файл", message="файл должен быть текстом YAML или JSON в кодировке UTF-8")
    except OSError:
        problem = Problem(place="файл", message="не читается: проверьте путь и права")
    raise ClinicFileError(str(path), [problem])
