"""Pyrus as a connector: what the clinic's mapping file describes is offered, the rest is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bot.domain.clock import Clock
from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import (
    BookingWish,
    CallFinished,
    CallStarted,
    CrmEvent,
    ForeignCapabilities,
    ForeignTask,
    LeadDraft,
    RawWebhook,
)
from crm_bridge.port import Refused
from crm_bridge.pyrus.api import Account, PyrusApi
from crm_bridge.pyrus.bookings import BookingForm
from crm_bridge.pyrus.call_tasks import CallTaskForm
from crm_bridge.pyrus.catalogs import Catalogs
from crm_bridge.pyrus.checks import faults_of
from crm_bridge.pyrus.forms import Forms
from crm_bridge.pyrus.leads import LeadForm
from crm_bridge.pyrus.limits import RequestWindow
from crm_bridge.pyrus.mapping import PyrusMapping
from crm_bridge.pyrus.telephony import CallTasksOfTelephony
from crm_bridge.pyrus.webhooks import PyrusWebhooks

T = TypeVar("T")


class PyrusConnector:
    """Booking requests, leads, call tasks, the journal of calls and webhooks of one clinic's Pyrus.

    Every method raises CrmUnavailable when nothing was written, WriteUnknown when that is not known (the same call
    again looks first and writes at most once), Refused when Pyrus or the mapping does not allow it.
    """

    def __init__(self, api: PyrusApi, mapping: PyrusMapping, webhooks: PyrusWebhooks, clock: Clock) -> None:
        self._api = api
        self._mapping = mapping
        self._webhooks = webhooks
        forms, catalogs, zone = Forms(api), Catalogs(api, clock), mapping.zone
        bookings, leads, call_tasks, telephony = mapping.bookings, mapping.leads, mapping.call_tasks, mapping.telephony
        self._bookings = BookingForm(forms, catalogs, bookings, zone) if bookings else None
        self._leads = LeadForm(forms, leads) if leads else None
        self._call_tasks = CallTaskForm(forms, call_tasks, zone) if call_tasks else None
        self._calls = CallTasksOfTelephony(api, forms, telephony, zone) if telephony else None

    @property
    def capabilities(self) -> ForeignCapabilities:
        return ForeignCapabilities(
            name="pyrus",
            booking="request" if self._bookings else "none",
            call_tasks=self._call_tasks is not None,
            leads=self._leads is not None,
            call_journal=self._calls is not None,
            recordings=self._calls is not None,
            webhooks=True,
            signed_webhooks=True,
        )

    async def close(self) -> None:
        await self._api.close()

    async def request_booking(self, wish: BookingWish) -> str:
        return await _offered(self._bookings, "bookings").request(wish)

    async def find_request(self, request_id: str) -> str | None:
        """Among booking requests, then among leads."""
        forms = [form for form in (self._bookings, self._leads) if form is not None]
        for form in forms or [_offered(self._bookings, "bookings")]:
            if (found := await form.find(request_id)) is not None:
                return found
        return None

    async def due_call_tasks(self, until: datetime) -> Sequence[ForeignTask]:
        return await _offered(self._call_tasks, "call_tasks").due(until)

    async def complete_task(self, task_id: str, outcome: str, comment: str) -> None:
        await _offered(self._call_tasks, "call_tasks").complete(task_id, outcome, comment)

    async def open_lead(self, draft: LeadDraft) -> str:
        return await _offered(self._leads, "leads").open(draft)

    async def move_lead(self, lead_id: str, stage: LeadStage, *, comment: str, reason: str | None) -> None:
        await _offered(self._leads, "leads").move(lead_id, stage, comment=comment, reason=reason)

    async def call_started(self, call: CallStarted) -> str:
        return await _offered(self._calls, "telephony").started(call)

    async def call_finished(self, reference: str, result: CallFinished) -> None:
        await _offered(self._calls, "telephony").finished(reference, result)

    async def attach_recording(self, reference: str, recording: Path) -> None:
        await _offered(self._calls, "telephony").attach(reference, recording)

    async def check(self) -> Sequence[str]:
        """In what the clinic's forms differ from the mapping, in Russian; empty when all is well.

        Raises CrmUnavailable; Refused when Pyrus does not let us in.
        """
        return await faults_of(self._api, self._mapping)

    def parse(self, request: RawWebhook) -> Sequence[CrmEvent]:
        return self._webhooks.parse(request)


def open_pyrus(mapping: PyrusMapping, account: Account, clock: Clock, *, timeout_s: float = 10.0) -> PyrusConnector:
    """A connector to the account; call it inside the running event loop and `close` it."""
    api = PyrusApi(account, RequestWindow(clock), timeout_s=timeout_s)
    return PyrusConnector(api, mapping, PyrusWebhooks(account.security_key, mapping), clock)


def _offered(part: T | None, section: str) -> T:
    if part is None:
        raise Refused(f"в файле соответствия Pyrus нет раздела {section}")
    return part
