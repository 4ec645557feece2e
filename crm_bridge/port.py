"""Ports of the clinic's system: what the bot needs of a CRM, whoever makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


class CrmError(Exception):
    """Root of the errors of the clinic's system; `retryable` tells an outage from a refusal."""

    retryable = False


class CrmUnavailable(CrmError):
    """The system does not answer; nothing is known to have been written."""

    retryable = True


class OpeningTaken(CrmError):
    """Somebody else has this opening."""


class HoldExpired(CrmError):
    """The hold ran out before the booking was committed."""


class NotFound(CrmError):
    """No such patient, visit or opening."""


class VisitClosed(CrmError):
    """The visit is already cancelled or over."""


class IllegalStep(CrmError):
    """The route of visits, leads or tasks has no such step; the text is Russian."""


class Refused(CrmError):
    """A rule of the clinic forbids it, or something is missing; the text is Russian and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmCapabilities:
    """What a connector can do; what it cannot falls back to the local CRM. Over `request` booking a person confirms."""

    name: str
    booking: str = "commit"
    patients: bool = True
    requests: bool = True
    waitlist: bool = True


class PatientDirectory(Protocol):
    """People and their phones."""

    async def patients_by_phone(self, phone: str) -> Sequence[Patient]:
        """None, one or several people on one phone, longest known first."""

    async def find_patient(self, full_name: str, birth_date: date) -> Patient | None:
        """A person by name (order and ё/е do not matter; patronymic may be missing) and birth date."""

    async def register_patient(self, *, full_name: str, birth_date: date, phone: str | None) -> Patient:
        """Create, or return the one that has this name and birth date."""

    async def do_not_call(self, phone: str, *, call_id: str | None) -> None:
        """Remember that this phone must not be dialled by the bot."""

    async def is_do_not_call(self, phone: str) -> bool: ...


class Schedule(Protocol):
    """Openings, holds and visits."""

    async def directory(self) -> ClinicDirectory: ...

    async def openings(self, query: OpeningQuery) -> Sequence[Opening]:
        """Free and unheld openings from now on, soonest first."""

    async def hold(self, opening_id: str, *, owner: str, service_id: str | None = None) -> Hold:
        """Keep an opening for a while, with the devices of the service; the same owner's second hold renews it.

        Raises OpeningTaken.
        """

    async def release(self, hold_id: str) -> None:
        """Give a hold back; safe twice."""

    async def book(
        self,
        hold_id: str,
        *,
        patient_id: str,
        call_id: str | None,
        funding: Funding = Funding.PAID,
        service_id: str | None = None,
    ) -> Visit:
        """Commit, atomically; the same hold twice returns the same visit. `service_id` where the opening is a doctor's.

        Who pays decides the price and what the visit waits for. Raises HoldExpired, OpeningTaken, and Refused where the
        service is not paid so or not given there.
        """

    async def visits_of(self, patient_ids: Sequence[str]) -> Sequence[Visit]:
        """Coming visits, soonest first."""

    async def visits_between(self, start: datetime, end: datetime, *, closed: bool = False) -> Sequence[Visit]:
        """Coming visits that begin in [start, end); with `closed` also cancelled and past ones, for the day's page."""

    async def visit(self, visit_id: str) -> Visit:
        """Raises NotFound."""

    async def move(self, visit_id: str, hold_id: str, *, call_id: str | None) -> Visit:
        """Atomically put the visit on the held opening and free the old one; the visit keeps its id."""

    async def cancel(self, visit_id: str, *, reason: str, call_id: str | None) -> Visit:
        """Cancel and free the opening; safe twice."""

    async def confirm(self, visit_id: str, *, call_id: str | None) -> Visit: ...

    async def prep_told(self, visit_id: str, *, call_id: str | None) -> None:
        """«Подготовка доведена»: it was spoken to the patient, or sent. Safe twice. Raises NotFound."""


class FollowUps(Protocol):
    """Requests and facts that people at the clinic act on."""

    async def create_request(
        self,
        kind: RequestKind,
        fields: Mapping[str, str],
        *,
        call_id: str | None,
        phone: str | None,
        patient_id: str | None,
    ) -> ClinicRequest:
        """Make a request; the same call, kind and fields twice give one request."""

    async def open_requests(self) -> Sequence[ClinicRequest]:
        """New and in work, oldest first."""

    async def requests_of(self, phone: str) -> Sequence[ClinicRequest]: ...

    async def sick_leaves(self, *, number: str | None = None, patient_id: str | None = None) -> Sequence[SickLeave]: ...

    async def test_results(self, patient_id: str) -> Sequence[TestResult]: ...


class Errands(Protocol):
    """Tasks that the bot carries out by phoning."""

    async def due_errands(self, *, limit: int = 100) -> Sequence[Errand]:
        """Open tasks of «Голосовой бот» whose day has come, the longest due first."""

    async def errand(self, task_id: str) -> Errand:
        """Raises NotFound."""

    async def refuse_errand(self, task_id: str, *, reason: str, call_id: str | None) -> None:
        """The patient does not want it: closed with a reason of the dictionary, its lead lost. Safe twice."""

    async def postpone_errand(self, task_id: str, until: date, *, call_id: str | None) -> None:
        """«Перезвоните позже»: it comes back on that day. Safe on a closed one."""

    async def errands_of(self, patient_ids: Sequence[str]) -> Sequence[Errand]:
        """What the bot is to phone these patients about and may speak of now, the longest due first."""

    async def plan_errand(
        self, patient_id: str, need: Need, *, active_from: date, comment: str, call_id: str | None
    ) -> Errand:
        """«Позвоните через неделю»: a task «Запланированный приём» of the bot's, merged into the one of the problem.

        Raises NotFound.
        """

    async def hand_over_errand(self, task_id: str, *, why: str) -> None:
        """The bot could not: people have it from now on. Safe twice."""


class WaitingList(Protocol):
    """Who wants a time that is not free, and what has been freed for them; a system without it says so."""

    async def join_waitlist(self, asked: WaitRequest, *, call_id: str | None) -> WaitlistEntry:
        """Write a patient down, «хочет раньше» when such a visit is ahead; who waits for the same has the wish changed.

        Raises Refused without a phone or a need, NotFound.
        """

    async def offers(self, *, limit: int = 100) -> Sequence[WaitOffer]:
        """Openings kept now for patients whom the bot is to phone, the first to run out first."""

    async def offer(self, offer_id: str) -> WaitOffer:
        """Raises NotFound when it has run out or was answered."""

    async def accept_offer(self, offer_id: str, *, call_id: str | None) -> Visit:
        """«Да»: booked, or moved for «хочет раньше»; safe twice. Raises OpeningTaken when it is over."""

    async def decline_offer(self, offer_id: str, *, call_id: str | None) -> None:
        """«Нет»: the opening is the next one's, the patient waits for another. Safe on one that is over."""

    async def free_offer(self, offer_id: str) -> None:
        """No phone rang: the opening is the next one's, and may be offered to this patient later. Safe twice."""

    async def spoke_of_offer(self, offer_id: str) -> None:
        """Somebody answered the phone: whatever comes of it, about another opening another day. Safe twice."""

    async def leave_waitlist(self, entry_id: str, *, call_id: str | None) -> None:
        """The patient waits no more; what was offered is the next one's. Safe twice. Raises NotFound."""

    async def hand_over_offer(self, offer_id: str, *, why: str) -> None:
        """The bot cannot ask this patient: people do from now on, the opening is the next one's. Safe twice."""


class ClinicSystem(PatientDirectory, Schedule, FollowUps, Errands, WaitingList, Protocol):
    """All of it, as one connector offers it."""

    @property
    def capabilities(self) -> CrmCapabilities: ...
