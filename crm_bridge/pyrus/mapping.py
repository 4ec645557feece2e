"""What a clinic's forms in Pyrus are made of: which form, which field, which choice. Written by people, in YAML.

Every portal names and numbers its own fields, so nothing here has a default but the time zone.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.domain.clinic import VisitStatus
from bot.domain.follow_up import LeadStage
from crm_bridge.local.file_errors import Problem, problems_of
from crm_bridge.port import CrmError

ACCEPTED_RECORDINGS = frozenset({".ac3", ".mp3", ".ogg", ".wav", ".wma"})
"""Sound files that Pyrus attaches to a call."""


class BookingState(StrEnum):
    """States of a booking request over there (crm-apis.md B.4); a clinic maps those that its form has."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    CONFIRMED = "confirmed"
    RESCHEDULED = "rescheduled"
    COMPLETED = "completed"
    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_CLINIC = "cancelled_by_clinic"
    NO_SHOW = "no_show"
    REFUSED = "refused"


VISIT_STATUS = {
    BookingState.REQUESTED: VisitStatus.REQUESTED,
    BookingState.AWAITING_APPROVAL: VisitStatus.AWAITING_APPROVAL,
    BookingState.AWAITING_PAYMENT: VisitStatus.AWAITING_PAYMENT,
    BookingState.PAID: VisitStatus.BOOKED,
    BookingState.CONFIRMED: VisitStatus.CONFIRMED,
    BookingState.RESCHEDULED: VisitStatus.BOOKED,
    BookingState.COMPLETED: VisitStatus.COMPLETED,
    BookingState.CANCELLED_BY_PATIENT: VisitStatus.CANCELLED,
    BookingState.CANCELLED_BY_CLINIC: VisitStatus.CANCELLED,
    BookingState.NO_SHOW: VisitStatus.NO_SHOW,
    BookingState.REFUSED: VisitStatus.CANCELLED,
}
"""What each of them is for us."""


class PyrusMappingError(CrmError):
    """The mapping file cannot be used; the text is Russian and names each place."""


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"часового пояса «{text}» нет, пример: Europe/Moscow") from None
    return text


Id = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Fields(_Entry):
    """Field numbers; two of our fields in one of theirs would overwrite each other."""

    @model_validator(mode="after")
    def _all_different(self) -> Self:
        seen: dict[int, str] = {}
        for name, number in self.model_dump(exclude_none=True).items():
            if number in seen:
                raise ValueError(f"поле {number} указано дважды: {seen[number]} и {name}")
            seen[number] = name
        return self


class BookingFields(_Fields):
    """Fields of the form «Запись пациента»; `wished_at` is a date-and-time field, `wished_text` a text field."""

    request_id: Id
    full_name: Id
    phone: Id
    source: Id | None = None
    service: Id | None = None
    doctor: Id | None = None
    wished_at: Id | None = None
    wished_text: Id | None = None
    comment: Id | None = None
    status: Id | None = None


class BookingCatalogs(_Entry):
    """Catalogues behind `service` and `doctor` when these are catalogue fields; text fields otherwise."""

    service: Id | None = None
    doctor: Id | None = None


class Bookings(_Entry):
    """The form of booking requests; `sources` and `states` are numbers of choices, absent for text fields."""

    form: Id
    fields: BookingFields
    sources: dict[Text, Id] = {}
    states: dict[BookingState, Id] = {}
    catalogs: BookingCatalogs = BookingCatalogs()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for needed, by in ((self.sources, "source"), (self.states, "status")):
            if needed and getattr(self.fields, by) is None:
                raise ValueError(f"указаны варианты, но не указано поле fields.{by}")
        if self.fields.status and BookingState.REQUESTED not in self.states:
            raise ValueError("в states нужен вариант requested: с ним создаётся заявка")
        for name in ("service", "doctor"):
            if getattr(self.catalogs, name) and getattr(self.fields, name) is None:
                raise ValueError(f"указан справочник, но не указано поле fields.{name}")
        return self


class LeadFields(_Fields):
    """Fields of the form of leads."""

    request_id: Id
    full_name: Id
    phone: Id
    stage: Id
    title: Id | None = None
    comment: Id | None = None
    reason: Id | None = None


class Leads(_Entry):
    """The form of leads; `stages` are numbers of choices, `close_on` the stages that finish the task there."""

    form: Id
    fields: LeadFields
    stages: dict[LeadStage, Id]
    close_on: frozenset[LeadStage] = frozenset({LeadStage.WON, LeadStage.LOST})

    @model_validator(mode="after")
    def _every_stage(self) -> Self:
        missing = [stage.value for stage in LeadStage if stage not in self.stages]
        if missing:
            raise ValueError(f"в stages не хватает: {', '.join(missing)}")
        return self


class CallTaskFields(_Fields):
    """Fields of the form of calls to be made; without `due` the task's own date counts.

    `doctor`, `service` and `specialty` are text fields that tell what to invite to.
    """

    full_name: Id
    phone: Id
    due: Id | None = None
    doctor: Id | None = None
    service: Id | None = None
    specialty: Id | None = None
    comment: Id | None = None
    outcome: Id | None = None


class CallTasks(_Entry):
    """The form of calls to be made; `steps` narrows to steps of its route, all steps when empty."""

    form: Id
    fields: CallTaskFields
    steps: tuple[Id, ...] = ()


class Telephony(_Entry):
    """The telephony extension: its account, its form, and the form's text field that keeps our call's id."""

    account_id: Text
    form: Id
    call_id_field: Id
    call_id_code: Text


class PyrusMapping(_Entry):
    """The whole file; what is left out is not offered by the connector and stays in the bundled system."""

    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Moscow"
    bookings: Bookings | None = None
    leads: Leads | None = None
    call_tasks: CallTasks | None = None
    telephony: Telephony | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.bookings or self.leads or self.call_tasks or self.telephony):
            raise ValueError("нужен хотя бы один раздел: bookings, leads, call_tasks или telephony")
        return self


def read_mapping(path: Path) -> PyrusMapping:
    """Read and check a mapping file. Raises PyrusMappingError."""
    try:
        return PyrusMapping.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")) or {})
    except ValidationError as error:
        raise _error(path, problems_of(error)) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _error(path, [Problem(place=f"строка {line}", message="это не YAML, проверьте отступы")]) from None
    except FileNotFoundError:
        raise _error(path, [Problem(place="файл", message="не найден, проверьте путь")]) from None
    except (YAMLError, OSError, UnicodeDecodeError):
        raise _error(path, [Problem(place="файл", message="не читается: нужен YAML в UTF-8")]) from None


def _error(path: Path, problems: list[Problem]) -> PyrusMappingError:
    lines = [f"Файл соответствия {path} не годится:", *(f"  {problem}" for problem in problems)]
    return PyrusMappingError("\n".join(lines))
