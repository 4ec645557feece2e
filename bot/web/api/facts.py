"""What the API's ports hand over beside the domain's own values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.domain.clinic import Opening
from bot.domain.follow_up import WaitlistEntry
from crm_bridge.rules.rights import Identity, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenService:
    """A service given at a visit."""

    service_id: str
    quantity: int
    materials: str


class Payment(Protocol):
    """A demand for money or a payment, in rubles."""

    @property
    def id(self) -> str: ...

    @property
    def status(self) -> str: ...


class Policy(Protocol):
    """What a patient's next booking meets."""

    @property
    def strikes(self) -> int: ...

    @property
    def prepayment(self) -> bool: ...


class Offer(Protocol):
    """An opening kept for an entry of the waiting list."""

    @property
    def entry(self) -> WaitlistEntry: ...

    @property
    def opening(self) -> Opening: ...


class User(Protocol):
    """A person who works here."""

    @property
    def id(self) -> str: ...

    @property
    def role(self) -> Role: ...


class ApiKey(Protocol):
    """A programme's access, without the key."""

    @property
    def id(self) -> str: ...


class Rating(Protocol):
    """From one to five, and words."""

    @property
    def score(self) -> int: ...


class Notice(Protocol):
    """What somebody who works here is told."""

    @property
    def id(self) -> str: ...


class Change(Protocol):
    """A line of the audit."""

    @property
    def action(self) -> str: ...


class LoggedIn(Protocol):
    """A session that has begun."""

    @property
    def token(self) -> str: ...

    @property
    def expires_at(self) -> datetime: ...

    @property
    def identity(self) -> Identity: ...


class Earlier(Protocol):
    """The first request with an idempotency key; without `status` it is under way, or was cut off."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def status(self) -> int | None: ...

    @property
    def body(self) -> Mapping[str, Any] | None: ...


class Report(Protocol):
    """A table over a period."""

    @property
    def name(self) -> str: ...


class Overdue(Protocol):
    """Something whose day has passed."""

    @property
    def kind(self) -> str: ...


class Moment(Protocol):
    """One thing that happened to a patient."""

    @property
    def kind(self) -> str: ...


class Behaviour(Protocol):
    """How a patient deals with the clinic."""

    @property
    def visits(self) -> int: ...


class Course(Protocol):
    """How far a course has got."""

    @property
    def id(self) -> str: ...
