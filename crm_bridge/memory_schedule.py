"""The schedule of the clinic in memory: openings, holds and visits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.domain.clinic import ClinicDirectory, Funding, Hold, Opening, OpeningQuery, Visit, VisitStatus
from bot.domain.clock import Clock
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory_services import price_of, service_there, suits_service
from crm_bridge.names import doctor_matches, fold
from crm_bridge.port import HoldExpired, NotFound, OpeningTaken, Refused
from crm_bridge.rules.aftermath import is_late
from crm_bridge.rules.basics import COMING, HOLD_TTL, hold_is_live, require_coming
from crm_bridge.rules.refusals import (
    HOLD_OVER,
    HOLD_USED,
    NO_OPENING,
    NO_PATIENT,
    NO_VISIT,
    OPENING_TAKEN,
    OTHER_SERVICE,
)
from crm_bridge.rules.settings import RuleSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What the bundled system would put into its outbox."""

    topic: str
    ids: Mapping[str, str | None]


class MemorySchedule:
    """Schedule over dictionaries; no method awaits anything, so each is atomic in its event loop."""

    def __init__(
        self,
        data: ClinicData,
        clock: Clock,
        *,
        hold_ttl: timedelta = HOLD_TTL,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._clock = clock
        self._hold_ttl = hold_ttl
        self._new_id = new_id
        self._directory = data.directory
        self._openings = {opening.id: opening for opening in sorted(data.openings, key=lambda o: (o.starts_at, o.id))}
        self._patients = {patient.id: patient for patient in data.patients}
        self._visits = {placed.visit.id: placed.visit for placed in data.visits}
        self._taken = {placed.opening_id: placed.visit.id for placed in data.visits if placed.visit.status in COMING}
        self._visit_of_hold: dict[str, str] = {}
        self._holds: dict[str, Hold] = {}
        self.events: list[Event] = []

    def _publish(self, topic: str, **ids: str | None) -> None:
        self.events.append(Event(topic=topic, ids=ids))

    async def directory(self) -> ClinicDirectory:
        return self._directory

    async def openings(self, query: OpeningQuery) -> Sequence[Opening]:
        free = (opening for opening in self._openings.values() if self._is_free(opening))
        services = self._directory.services
        return [one for one in free if _suits(one, query) and suits_service(one, query, services)][: query.limit]

    def _is_free(self, opening: Opening, *, owner: str | None = None) -> bool:
        now = self._clock.now()
        held = self._holds.get(opening.id)
        kept = held is not None and held.owner != owner and hold_is_live(held.expires_at, now)
        return opening.starts_at > now and opening.id not in self._taken and not kept

    async def hold(self, opening_id: str, *, owner: str, service_id: str | None = None) -> Hold:
        opening = self._openings.get(opening_id)
        if opening is None:
            raise NotFound(NO_OPENING)
        if not self._is_free(opening, owner=owner):
            raise OpeningTaken(OPENING_TAKEN)
        held = self._holds.get(opening_id)
        hold_id = held.id if held and held.owner == owner else self._new_id()
        hold = Hold(id=hold_id, opening=opening, owner=owner, expires_at=self._clock.now() + self._hold_ttl)
        self._holds[opening_id] = hold
        return hold

    async def release(self, hold_id: str) -> None:
        self._holds = {opening_id: hold for opening_id, hold in self._holds.items() if hold.id != hold_id}

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
        """`checked` False leaves a «Новая заявка» that somebody still has to confirm."""
        if hold_id in self._visit_of_hold:
            return self._visits[self._visit_of_hold[hold_id]]
        hold = self._live_hold(hold_id)
        if patient_id not in self._patients:
            raise NotFound(NO_PATIENT)
        opening = hold.opening
        service = service_there(self._directory.services, opening, service_id, funding)
        approved = funding is not Funding.DMS and not (service and service.expensive)
        final = VisitStatus.BOOKED if approved else VisitStatus.AWAITING_APPROVAL
        visit = Visit(
            id=self._new_id(),
            patient=self._patients[patient_id],
            starts_at=opening.starts_at,
            ends_at=opening.ends_at,
            branch_id=opening.branch_id,
            status=final if checked else VisitStatus.REQUESTED,
            doctor=opening.doctor,
            service=service,
            funding=funding,
            price=price_of(service, funding),
        )
        self._place(visit, hold)
        self._publish("visit.booked", visit_id=visit.id, call_id=call_id)
        return visit

    def _live_hold(self, hold_id: str) -> Hold:
        hold = next((hold for hold in self._holds.values() if hold.id == hold_id), None)
        if hold is None or not hold_is_live(hold.expires_at, self._clock.now()):
            raise HoldExpired(HOLD_OVER)
        return hold

    def _place(self, visit: Visit, hold: Hold) -> None:
        self._free_opening(visit.id)
        self._visits[visit.id] = visit
        self._taken[hold.opening.id] = visit.id
        self._visit_of_hold[hold.id] = visit.id
        del self._holds[hold.opening.id]

    def _free_opening(self, visit_id: str) -> None:
        self._taken = {opening_id: taker for opening_id, taker in self._taken.items() if taker != visit_id}

    async def visits_of(self, patient_ids: Sequence[str]) -> Sequence[Visit]:
        now = self._clock.now()
        return self._sorted(
            visit
            for visit in self._visits.values()
            if visit.patient.id in patient_ids and visit.status in COMING and visit.ends_at > now
        )

    async def visits_between(self, start: datetime, end: datetime, *, closed: bool = False) -> Sequence[Visit]:
        return self._sorted(
            visit
            for visit in self._visits.values()
            if start <= visit.starts_at < end and (closed or visit.status in COMING)
        )

    async def visit(self, visit_id: str) -> Visit:
        if visit_id not in self._visits:
            raise NotFound(NO_VISIT)
        return self._visits[visit_id]

    async def move(self, visit_id: str, hold_id: str, *, call_id: str | None) -> Visit:
        visit = await self.visit(visit_id)
        owner_of_hold = self._visit_of_hold.get(hold_id)
        if owner_of_hold == visit_id:
            return visit
        require_coming(visit.status)
        if owner_of_hold:
            raise OpeningTaken(HOLD_USED)
        hold = self._live_hold(hold_id)
        opening = hold.opening
        if visit.service and visit.doctor is None and opening.service != visit.service:
            raise Refused(OTHER_SERVICE)
        moved = replace(
            visit,
            starts_at=opening.starts_at,
            ends_at=opening.ends_at,
            branch_id=opening.branch_id,
            doctor=opening.doctor,
            service=opening.service or visit.service,
            status=VisitStatus.BOOKED if visit.status is VisitStatus.CONFIRMED else visit.status,
        )
        self._place(moved, hold)
        self._publish("visit.moved", visit_id=visit_id, call_id=call_id)
        return moved

    async def cancel(self, visit_id: str, *, reason: str, call_id: str | None) -> Visit:
        visit = await self.visit(visit_id)
        if visit.status is VisitStatus.CANCELLED:
            return visit
        require_coming(visit.status)
        self._free_opening(visit_id)
        late = is_late(self._clock.now(), visit.starts_at, RuleSettings())
        return self._with_status(replace(visit, late=late), VisitStatus.CANCELLED, call_id)

    async def confirm(self, visit_id: str, *, call_id: str | None) -> Visit:
        visit = await self.visit(visit_id)
        if visit.status is VisitStatus.CONFIRMED:
            return visit
        require_coming(visit.status)
        if visit.status is not VisitStatus.BOOKED:
            raise Refused("Приём ещё не согласован или не оплачен: подтвердить его нельзя")
        return self._with_status(visit, VisitStatus.CONFIRMED, call_id)

    async def prep_told(self, visit_id: str, *, call_id: str | None) -> None:
        self._visits[visit_id] = replace(await self.visit(visit_id), prep_told=True)

    def _with_status(self, visit: Visit, status: VisitStatus, call_id: str | None) -> Visit:
        self._visits[visit.id] = replace(visit, status=status)
        self._publish(f"visit.{status.value}", visit_id=visit.id, call_id=call_id)
        return self._visits[visit.id]

    @staticmethod
    def _sorted(visits: Iterable[Visit]) -> Sequence[Visit]:
        return sorted(visits, key=lambda visit: (visit.starts_at, visit.id))


def _suits(opening: Opening, query: OpeningQuery) -> bool:
    day, clock_time = opening.starts_at.date(), opening.starts_at.time()
    return (
        query.branch_id in (None, opening.branch_id)
        and (query.date_from is None or day >= query.date_from)
        and (query.date_to is None or day <= query.date_to)
        and (query.time_from is None or clock_time >= query.time_from)
        and (query.time_to is None or clock_time < query.time_to)
        and _suits_by_doctor(opening, query)
    )


def _suits_by_doctor(opening: Opening, query: OpeningQuery) -> bool:
    doctor = opening.doctor
    if query.specialty is None and query.doctor is None:
        return True
    if doctor is None or (query.specialty is not None and fold(doctor.specialty) != fold(query.specialty)):
        return False
    return query.doctor is None or query.doctor == doctor.id or doctor_matches(query.doctor, doctor.full_name)
