"""One operation of the API, declared once: how it is reached, who may, what goes in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel

from bot.domain.clock import Clock
from bot.domain.follow_up import Actor
from bot.web.api import learning_ports, ports, script_ports
from bot.web.api import office as desk
from bot.web.api import overview_ports as look
from bot.web.api.views import View
from crm_bridge.paging import Asked, Key
from crm_bridge.rules.rights import Identity

Body = TypeVar("Body", covariant=True)
Query = TypeVar("Query", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDeps:
    """The ports behind the API, handed over whole by the composition root."""

    clock: Clock
    clinic: ports.Clinic
    attendance: ports.Attendance
    leads: ports.Leads
    tasks: ports.Tasks
    waitlist: ports.Waitlist
    payments: ports.Payments
    rules: ports.Rules
    registers: ports.Registers
    staff: desk.Staff
    access: desk.Access
    ratings: desk.Ratings
    notices: desk.Notices
    webhooks: desk.Webhooks
    office: desk.OfficeRegisters
    repeats: desk.Repeats
    scope: desk.Scope
    reports: look.Reports
    control: look.Control
    courses: look.Courses
    learning: learning_ports.Learning
    scripts: script_ports.Scripts
    request_types: script_ports.RequestTypes
    secure_cookie: bool = False


API = web.AppKey("api", ApiDeps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Body, Query]):
    """One request, read and allowed; `secret` is the token that it came with, `cookies` are the session's to be set."""

    deps: ApiDeps
    who: Identity
    path: dict[str, str]
    body: Body
    query: Query
    after: Key | None
    secret: str
    cookies: list[str] = field(default_factory=list)

    @property
    def by(self) -> Actor:
        """Who acts."""
        return self.who.actor

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.path["id"]

    def asked(self) -> Asked:
        """The page that is asked for."""
        limit: int = getattr(self.query, "limit", 50)
        return Asked(after=self.after, limit=limit, branches=self.who.branches)


Handler = Callable[[Call[Any, Any]], Awaitable[Any]]


class Answer(Enum):
    """One value, all of a short list, a page of a long one, or nothing."""

    ONE = "one"
    LIST = "list"
    PAGE = "page"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An operation.

    `right` None lets in everybody who is known, `public` also who is not. `scope` names what of the path, body or
    query must be of a branch within reach, as (kind, field). `order` are the types of a page's key: t moment, d day,
    s text, i number. `audit` is written when the operation has succeeded and does not write its own. A `secret` answer
    is never kept, so a repeated request does not get it again.
    """

    method: str
    path: str
    name: str
    summary: str
    tag: str
    handler: Handler
    right: str | None = None
    public: bool = False
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    view: type[View] | None = None
    answer: Answer = Answer.ONE
    status: int = 200
    scope: tuple[tuple[str, str], ...] = field(default=())
    order: str = ""
    audit: str | None = None
    secret: bool = False

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"
