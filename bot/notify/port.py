"""Ports of the messages: one Messenger for every way to send, the store, and the facts that are written about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.domain.clinic import Branch, Opening, Patient, Visit


class MessageKind(StrEnum):
    """How a message reaches its recipient; a staff notice stays in the table, where the page shows it."""

    SMS = "sms"
    EMAIL = "email"
    STAFF = "staff"


class DeliveryState(StrEnum):
    """What has become of a message; a staff notice is delivered when somebody has seen it."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. `recipient` is a phone, an address, or `doctor:<id>`; `title` an e-mail's subject.

    `due_at` is from when it may be sent, `expires_at` until when it is of any use. `urgent` ones pass the
    do-not-disturb hours, which are those of `zone`; `quiet_until` says that it waits for their end.
    """

    id: str
    kind: MessageKind
    recipient: str
    title: str
    text: str
    template: str
    created_at: datetime
    due_at: datetime
    zone: str
    visit_id: str | None = None
    patient_id: str | None = None
    urgent: bool = False
    expires_at: datetime | None = None
    quiet_until: datetime | None = None
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    error: str | None = None
    provider_id: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the other side said when it took a message; its id, if it gave one, is found again in its reports."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What a gateway tells later of a message that it took."""

    provider_id: str
    state: DeliveryState
    error: str = ""


class DeliveryError(Exception):
    """A message was not taken. The text is Russian, for the log and the task, and names no person and no phone.

    `retryable` tells an outage from a refusal; `retry_after` is when the other side wants to be asked again.
    """

    def __init__(self, text: str, *, retryable: bool, retry_after: timedelta | None = None) -> None:
        super().__init__(text)
        self.retryable = retryable
        self.retry_after = retry_after


class Messenger(Protocol):
    """One way to send."""

    async def send(self, message: Message) -> Receipt:
        """Hand it on, or raise DeliveryError. The id is the same at each attempt, for those who can tell a repeat."""


class MessageStore(Protocol):
    """Messages; every write is committed when the method returns."""

    async def add(self, message: Message, *, dedup_key: str) -> bool:
        """Keep a new message; False when one with this key was ever kept."""

    async def get(self, message_id: str) -> Message | None: ...

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[Message]:
        """Queued ones whose time has come: urgent ones first, then the oldest."""

    async def claim(self, message: Message, *, until: datetime) -> bool:
        """Begin an attempt, for exactly one of all who try; nobody else sees it as due before `until`."""

    async def postpone(self, message_id: str, *, due_at: datetime, quiet_until: datetime | None = None) -> None:
        """A queued message waits."""

    async def sent(self, message_id: str, receipt: Receipt, *, at: datetime) -> None:
        """It was taken, even if it was withdrawn meanwhile."""

    async def again(self, message_id: str, *, due_at: datetime, error: str) -> None:
        """An attempt failed; a queued message is tried again from `due_at` on."""

    async def failed(self, message_id: str, *, error: str, at: datetime) -> None:
        """It will not be tried again; a delivered one stays delivered."""

    async def delivered(self, message_id: str, *, at: datetime) -> None:
        """The recipient has it, or somebody has seen the notice."""

    async def withdraw(self, message_id: str, *, why: str, at: datetime) -> bool:
        """A queued message is not needed any more; False when it was not queued."""

    async def withdraw_key(self, dedup_key: str, *, at: datetime) -> bool:
        """The same for the message with this key."""

    async def by_provider(self, provider_id: str) -> Message | None: ...

    async def of_visit(self, visit_id: str) -> Sequence[Message]:
        """All about a visit, oldest first."""

    async def notices(self, recipient: str, *, seen: bool = False, limit: int = 100) -> Sequence[Message]:
        """A person's notices, newest first; those that were seen only if asked for."""

    async def forget(self, before: datetime) -> int:
        """Delete what was closed before this moment. Returns how many."""


class Happened(Protocol):
    """An event of the outbox; `payload` holds ids."""

    @property
    def id(self) -> int: ...

    @property
    def topic(self) -> str: ...

    @property
    def payload(self) -> Mapping[str, Any]: ...

    @property
    def created_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom to write to; `zone` is theirs if they have told it, `survey` that they allow to be asked (C20)."""

    patient: Patient
    email: str | None = None
    zone: str | None = None
    survey: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """What is written about a visit."""

    visit: Visit
    person: Person
    branch: Branch
    clinic: str
    moved_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacts:
    """A demand for money, in rubles; without a `token`, or when not `due`, there is nothing to be paid by link.

    A `prepayment` is asked for by the rules, and only once nothing else is waited for.
    """

    id: str
    amount: int
    token: str | None
    due: bool
    prepayment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFacts:
    """An opening that is kept for somebody of the waiting list until `until`."""

    person: Person
    opening: Opening
    branch: Branch
    clinic: str
    until: datetime


class MessageFacts(Protocol):
    """What the clinic's system knows; None for what is not there any more. Raises CrmUnavailable."""

    async def visit(self, visit_id: str) -> VisitFacts | None: ...

    async def payment(self, payment_id: str) -> PaymentFacts | None: ...

    async def prepayment(self, visit_id: str) -> PaymentFacts | None:
        """The prepayment that this visit still owes."""

    async def offer(self, entry_id: str, opening_id: str) -> OfferFacts | None:
        """None when the opening is no longer offered to this entry."""


Undelivered = Callable[[Message, str], Awaitable[None]]
"""Makes a task for people of a message that could not be delivered; the text says why. The same message twice must
leave one task. What it raises is not lost: it is asked again."""
Taken = Callable[[Message], Awaitable[None]]
"""Told of each message that was taken by its gateway: «подготовка доведена»."""
