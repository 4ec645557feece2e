"""The clinic's own system handed through: the part of the bridge that no foreign system has a say in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.domain.clinic import (
    ClinicDirectory,
    ClinicRequest,
    Funding,
    Hold,
    Opening,
    OpeningQuery,
    Patient,
    RequestKind,
    SickLeave,
    TestResult,
    Visit,
)
from bot.domain.follow_up import Errand, Need, WaitlistEntry, WaitOffer, WaitRequest
from crm_bridge.port import ClinicSystem


class OwnSystem(ClinicSystem, Protocol):
    """A clinic's system that can also keep a booking whose confirmation is still to come."""

    async def book(
        self,
        hold_id: str,
        *,
        patient_id: str,
        call_id: str | None,
        funding: Funding = Funding.PAID,
        service_id: str | None = None,
        checked: bool = True,
    ) -> Visit:
        """With `checked` False the visit is REQUESTED, and keeps its opening."""

    async def accept_offer(self, offer_id: str, *, call_id: str | None, checked: bool = True) -> Visit:
        """The same of an opening that was offered."""


class Delegate:
    """Everything of ClinicSystem except what the bridge decides itself: `capabilities`, and who books and moves."""

    def __init__(self, own: OwnSystem) -> None:
        self._own = own

    async def patients_by_phone(self, phone: str) -> Sequence[Patient]:
        return await self._own.patients_by_phone(phone)

    async def find_patient(self, full_name: str, birth_date: date) -> Patient | None:
        return await self._own.find_patient(full_name, birth_date)

    async def register_patient(self, *, full_name: str, birth_date: date, phone: str | None) -> Patient:
        return await self._own.register_patient(full_name=full_name, birth_date=birth_date, phone=phone)

    async def do_not_call(self, phone: str, *, call_id: str | None) -> None:
        await self._own.do_not_call(phone, call_id=call_id)

    async def is_do_not_call(self, phone: str) -> bool:
        return await self._own.is_do_not_call(phone)

    async def directory(self) -> ClinicDirectory:
        return await self._own.directory()

    async def openings(self, query: OpeningQuery) -> Sequence[Opening]:
        return await self._own.openings(query)

    async def hold(self, opening_id: str, *, owner: str, service_id: str | None = None) -> Hold:
        return await self._own.hold(opening_id, owner=owner, service_id=service_id)

    async def release(self, hold_id: str) -> None:
        await self._own.release(hold_id)

    async def visits_of(self, patient_ids: Sequence[str]) -> Sequence[Visit]:
        return await self._own.visits_of(patient_ids)

    async def visits_between(self, start: datetime, end: datetime, *, closed: bool = False) -> Sequence[Visit]:
        return await self._own.visits_between(start, end, closed=closed)

    async def visit(self, visit_id: str) -> Visit:
        return await self._own.visit(visit_id)

    async def cancel(self, visit_id: str, *, reason: str, call_id: str | None) -> Visit:
        return await self._own.cancel(visit_id, reason=reason, call_id=call_id)

    async def confirm(self, visit_id: str, *, call_id: str | None) -> Visit:
        return await self._own.confirm(visit_id, call_id=call_id)

    async def prep_told(self, visit_id: str, *, call_id: str | None) -> None:
        await self._own.prep_told(visit_id, call_id=call_id)

    async def create_request(
        self,
        kind: RequestKind,
        fields: Mapping[str, str],
        *,
        call_id: str | None,
        phone: str | None,
        patient_id: str | None,
    ) -> ClinicRequest:
        return await self._own.create_request(kind, fields, call_id=call_id, phone=phone, patient_id=patient_id)

    async def open_requests(self) -> Sequence[ClinicRequest]:
        return await self._own.open_requests()

    async def requests_of(self, phone: str) -> Sequence[ClinicRequest]:
        return await self._own.requests_of(phone)

    async def sick_leaves(self, *, number: str | None = None, patient_id: str | None = None) -> Sequence[SickLeave]:
        return await self._own.sick_leaves(number=number, patient_id=patient_id)

    async def test_results(self, patient_id: str) -> Sequence[TestResult]:
        return await self._own.test_results(patient_id)

    async def due_errands(self, *, limit: int = 100) -> Sequence[Errand]:
        return await self._own.due_errands(limit=limit)

    async def errand(self, task_id: str) -> Errand:
        return await self._own.errand(task_id)

    async def refuse_errand(self, task_id: str, *, reason: str, call_id: str | None) -> None:
        await self._own.refuse_errand(task_id, reason=reason, call_id=call_id)

    async def postpone_errand(self, task_id: str, until: date, *, call_id: str | None) -> None:
        await self._own.postpone_errand(task_id, until, call_id=call_id)

    async def errands_of(self, patient_ids: Sequence[str]) -> Sequence[Errand]:
        return await self._own.errands_of(patient_ids)

    async def plan_errand(
        self, patient_id: str, need: Need, *, active_from: date, comment: str, call_id: str | None
    ) -> Errand:
        return await self._own.plan_errand(patient_id, need, active_from=active_from, comment=comment, call_id=call_id)

    async def hand_over_errand(self, task_id: str, *, why: str) -> None:
        await self._own.hand_over_errand(task_id, why=why)

    async def join_waitlist(self, asked: WaitRequest, *, call_id: str | None) -> WaitlistEntry:
        return await self._own.join_waitlist(asked, call_id=call_id)

    async def offers(self, *, limit: int = 100) -> Sequence[WaitOffer]:
        return await self._own.offers(limit=limit)

    async def offer(self, offer_id: str) -> WaitOffer:
        return await self._own.offer(offer_id)

    async def decline_offer(self, offer_id: str, *, call_id: str | None) -> None:
        await self._own.decline_offer(offer_id, call_id=call_id)

    async def free_offer(self, offer_id: str) -> None:
        await self._own.free_offer(offer_id)

    async def spoke_of_offer(self, offer_id: str) -> None:
        await self._own.spoke_of_offer(offer_id)

    async def leave_waitlist(self, entry_id: str, *, call_id: str | None) -> None:
        await self._own.leave_waitlist(entry_id, call_id=call_id)

    async def hand_over_offer(self, offer_id: str, *, why: str) -> None:
        await self._own.hand_over_offer(offer_id, why=why)
