"""Ports of somebody else's system: what a connector may offer beside the schedule, and how it says what it can do.

What a connector does not offer stays in the bundled system (crm-apis.md B.6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from bot.domain.follow_up import LeadStage
from crm_bridge.port import CrmError


class UntrustedWebhook(CrmError):
    """The signature or secret of a webhook is wrong, or it has been seen before; nothing of it is believed."""


class ReplayedWebhook(UntrustedWebhook):
    """A message that came before: who answers 409 to it tells an honest sender that it has arrived."""


class WriteUnknown(CrmError):
    """A write was sent and no answer came: it must be looked for before it is repeated."""

    retryable = True


Booking = Literal["direct", "request", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignCapabilities:
    """What a connector really does; the contract suite holds it to that. Over `request` booking a person confirms."""

    name: str
    patients: bool = False
    live_schedule: bool = False
    booking: Booking = "none"
    holds: bool = False
    waitlist: bool = False
    call_tasks: bool = False
    leads: bool = False
    call_journal: bool = False
    recordings: bool = False
    transcripts: bool = False
    webhooks: bool = False
    signed_webhooks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingWish:
    """A wish for a visit that the other system's people confirm; `request_id` is ours and finds it again."""

    request_id: str
    full_name: str
    phone: str
    wished_at: datetime | None
    service: str = ""
    doctor: str = ""
    comment: str = ""
    source: str = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTask:
    """A call that the other system wants to be made."""

    id: str
    phone: str
    full_name: str
    due_at: datetime
    comment: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadDraft:
    """A lead to be opened there; `request_id` is ours."""

    request_id: str
    full_name: str
    phone: str
    title: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """A call is up. `direction` is inbound or outbound; numbers in +7 form, empty when withheld."""

    call_id: str
    direction: str
    number_from: str
    number_to: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFinished:
    """A call is over; `outcome` in Russian, as people there read it."""

    call_id: str
    ended_at: datetime
    duration_s: int
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWebhook:
    """A request as it came in: header names in lower case."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmEvent:
    """Something that happened there; `key` makes a repeated delivery harmless."""

    key: str
    topic: str
    object_id: str
    payload: Mapping[str, Any] = field(default_factory=dict)


class BookingRequests(Protocol):
    """Booking as a request (`booking = request`)."""

    async def request_booking(self, wish: BookingWish) -> str:
        """The other system's id of it; the same `request_id` twice is one. Raises CrmUnavailable, WriteUnknown."""

    async def find_request(self, request_id: str) -> str | None:
        """What has become of a write whose answer was lost."""


class ForeignTasks(Protocol):
    """Calls to be made, kept there."""

    async def due_call_tasks(self, until: datetime) -> Sequence[ForeignTask]: ...

    async def complete_task(self, task_id: str, outcome: str, comment: str) -> None:
        """Safe twice."""


class ForeignLeads(Protocol):
    """Leads, kept there."""

    async def open_lead(self, draft: LeadDraft) -> str: ...

    async def move_lead(self, lead_id: str, stage: LeadStage, *, comment: str, reason: str | None) -> None: ...


class ForeignCallJournal(Protocol):
    """The other system's record of calls."""

    async def call_started(self, call: CallStarted) -> str:
        """Its reference; the same call twice is one."""

    async def call_finished(self, reference: str, result: CallFinished) -> None: ...

    async def attach_recording(self, reference: str, recording: Path) -> None: ...


class WebhookReceiver(Protocol):
    """Reads what the other system sends."""

    def parse(self, request: RawWebhook) -> Sequence[CrmEvent]:
        """Raises UntrustedWebhook before anything is believed."""


class Connector(Protocol):
    """One foreign system."""

    @property
    def capabilities(self) -> ForeignCapabilities: ...

    async def close(self) -> None: ...
