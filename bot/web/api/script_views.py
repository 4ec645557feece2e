"""What the API takes and shows of speech scripts and of kinds of requests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from bot.domain.clinic import RequestKind
from bot.web.api.bodies import Body
from bot.web.api.queries import Query
from bot.web.api.scalars import WHOLE
from bot.web.api.views import View

Number = Annotated[int, Field(ge=0, le=1_000_000), WHOLE]
FileName = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+\.yml$", max_length=120)]
FileText = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=200_000)]


class SaveScript(Body):
    """`base` is the newest version, which the edits were made from; files that are not given stay as they are there."""

    base: Number
    files: Annotated[dict[FileName, FileText], Field(max_length=100, json_schema_extra={"additionalProperties": False})]
    note: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=500)] = ""


class Compare(Query):
    """Two versions; 0 is the shipped one."""

    before: Annotated[int, Field(ge=0, le=1_000_000)]
    after: Annotated[int, Field(ge=0, le=1_000_000)]


class ScriptView(View):
    id: str
    title: str
    live: int
    newest: int
    published_at: datetime | None
    published_by: str


class VersionView(View):
    script: str
    number: int
    base: int
    created_at: datetime | None
    created_by: str
    note: str
    published_at: datetime | None
    live: bool


class VersionFilesView(VersionView):
    files: Mapping[str, str]


class FindingView(View):
    place: str
    message: str
    file: str
    line: int


class ExamView(View):
    script: str
    passed: bool
    dialogues: int
    findings: list[FindingView]


class PublicationView(View):
    script: str
    number: int
    at: datetime
    by: str


class DifferenceView(View):
    place: str
    text: str


class FieldView(View):
    name: str
    label: str
    required: bool
    check: str
    choices: Mapping[str, str]


class RequestTypeView(View):
    """`deadline_min` is by when somebody takes the request up; `json_schema` says the same as `fields`."""

    kind: RequestKind
    title: str
    recipient: str
    deadline_min: int
    fields: list[FieldView]
    json_schema: Mapping[str, Any]
