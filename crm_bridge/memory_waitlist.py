"""The waiting list in memory: the twin of the bundled system's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.domain.clinic import Funding, OpeningQuery, Visit
from bot.domain.clock import Clock
from bot.domain.follow_up import BOT_OWNER, DESK_OWNER, Need, WaitlistEntry, WaitlistType, WaitOffer, WaitRequest
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory_schedule import MemorySchedule
from crm_bridge.port import HoldExpired, NotFound, OpeningTaken, Refused
from crm_bridge.rules.basics import HOLD_TTL, phone_key
from crm_bridge.rules.refusals import NO_PATIENT, OFFER_OVER
from crm_bridge.rules.settings import RuleSettings
from crm_bridge.rules.waiting import ask_again_at, is_valid, rank, suits, valid_until

_WAITING = ("waiting", "offered")


class MemoryWaitlist(MemorySchedule):
    """The port WaitingList over dictionaries; `offer_openings` is what the bundled system's sweep does."""

    def __init__(
        self,
        data: ClinicData,
        clock: Clock,
        *,
        hold_ttl: timedelta = HOLD_TTL,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        super().__init__(data, clock, hold_ttl=hold_ttl, new_id=new_id)
        self._entries: dict[str, WaitlistEntry] = {}
        self._owners: dict[str, str] = {}
        self._refused: dict[str, set[str]] = {}
        self._offers: dict[str, WaitOffer] = {}
        self._not_before: dict[str, datetime] = {}
        self._do_not_call = {phone_key(phone) for phone in data.do_not_call}

    async def join_waitlist(self, asked: WaitRequest, *, call_id: str | None) -> WaitlistEntry:
        patient_id, phone, funding = asked.patient_id, asked.phone, asked.funding
        if patient_id not in self._patients:
            raise NotFound(NO_PATIENT)
        need = self._whole(asked.need)
        known = next((one for one in self.waiting() if (one.patient_id, one.need) == (patient_id, need)), None)
        phone = phone or (known.phone if known else self._patients[patient_id].phone)
        if not phone or not (need.doctor_id or need.specialty or need.service_id):
            raise Refused("Для листа ожидания нужны телефон и врач, профессия или услуга")
        today, settings = self._clock.now().date(), RuleSettings()
        visit_id = asked.visit_id or (known.visit_id if known else None)
        visits = await self.visits_of([patient_id])
        solving = (one for one in visits if _solves(one, need))
        visit = next((one for one in visits if one.id == visit_id), None) or next(solving, None)
        acute = known.acute if known else asked.acute
        valid_to = valid_until(today, settings, acute=acute)
        entry = WaitlistEntry(
            id=known.id if known else self._new_id(),
            type=WaitlistType.EARLIER if visit else WaitlistType.PLANNED,
            patient_id=patient_id,
            phone=phone,
            need=need,
            wish=asked.wish,
            comment=asked.comment or "Любое время",
            valid_from=today,
            valid_to=max(known.valid_to, valid_to) if known else valid_to,
            created_at=known.created_at if known else self._clock.now(),
            acute=acute,
            visit_id=visit.id if visit else None,
            branch_id=asked.branch_id,
            funding=funding or (known.funding if known else visit.funding if visit else None),
            status=known.status if known else "waiting",
        )
        self._entries[entry.id] = entry
        self._refused.setdefault(entry.id, set()).update(asked.refused)
        self._not_before.pop(entry.id, None)
        if known is None or phone_key(phone) not in self._do_not_call:
            self._owners[entry.id] = BOT_OWNER
        if known is None:
            self._publish("waitlist.joined", entry_id=entry.id)
        return entry

    def _whole(self, need: Need) -> Need:
        doctor = next((one for one in self._directory.doctors if one.id == need.doctor_id), None)
        service = next((one for one in self._directory.services if one.id == need.service_id), None)
        if (need.doctor_id and doctor is None) or (need.service_id and service is None):
            raise NotFound("Врач или услуга не найдены: выберите их из справочника")
        specialty = doctor.specialty if doctor else need.specialty or (service.specialty if service else None)
        duration = need.duration_min or (service.duration_min if service else None)
        return replace(need, specialty=specialty, duration_min=duration)

    def waiting(self) -> Sequence[WaitlistEntry]:
        """Who waits, in the order in which they are asked."""
        return sorted((one for one in self._entries.values() if one.status in _WAITING), key=rank)

    async def offer_openings(self) -> Sequence[WaitOffer]:
        """Give free openings to those who wait, best entry first; offers that ran out go to the next."""
        now, settings = self._clock.now(), RuleSettings()
        for over in [one for one in self._offers.values() if one.until <= now]:
            await self._pass_on(over.id, answered=False)
        made = []
        for entry in self.waiting():
            valid = entry.status == "waiting" and is_valid(entry, now.date())
            rested = self._not_before.get(entry.id, now) <= now
            if valid and rested and self._owners[entry.id] == BOT_OWNER:
                made += await self._offer_to(entry, now + timedelta(minutes=settings.offer_minutes))
        return made

    async def _offer_to(self, entry: WaitlistEntry, until: datetime) -> list[WaitOffer]:
        visit = self._visits.get(entry.visit_id or "")
        for opening in await self.openings(OpeningQuery(funding=entry.funding, limit=200)):
            refused = opening.id in self._refused.get(entry.id, ())
            if refused or not suits(entry, opening, earlier_than=visit.starts_at if visit else None):
                continue
            held = replace(await self.hold(opening.id, owner=f"waitlist:{entry.id}"), expires_at=until)
            self._holds[opening.id] = held
            self._entries[entry.id] = asked = replace(entry, status="offered")
            patient = self._patients[entry.patient_id]
            offer = WaitOffer(id=held.id, entry=asked, patient=patient, opening=opening, until=until, visit=visit)
            self._offers[offer.id] = offer
            self._publish("waitlist.offered", entry_id=entry.id, opening_id=opening.id)
            return [offer]
        return []

    async def offers(self, *, limit: int = 100) -> Sequence[WaitOffer]:
        live = [one for one in self._offers.values() if one.until > self._clock.now()]
        return sorted(live, key=lambda offer: (offer.until, offer.entry.id))[:limit]

    async def offer(self, offer_id: str) -> WaitOffer:
        found = self._offers.get(offer_id)
        if found is None or found.until <= self._clock.now():
            raise NotFound(OFFER_OVER)
        return found

    async def accept_offer(self, offer_id: str, *, call_id: str | None, checked: bool = True) -> Visit:
        if offer_id in self._visit_of_hold:
            return self._visits[self._visit_of_hold[offer_id]]
        offer = self._offers.get(offer_id)
        if offer is None:
            raise OpeningTaken(OFFER_OVER)
        try:
            if offer.visit is None:
                return await self.book(
                    offer_id,
                    patient_id=offer.patient.id,
                    call_id=call_id,
                    funding=offer.entry.funding or Funding.PAID,
                    service_id=offer.entry.need.service_id,
                    checked=checked,
                )
            visit = await self.move(offer.visit.id, offer_id, call_id=call_id)
        except HoldExpired:
            raise OpeningTaken(OFFER_OVER) from None
        del self._offers[offer_id]
        self._close(offer.entry.id, "accepted")
        return visit

    async def decline_offer(self, offer_id: str, *, call_id: str | None) -> None:
        await self._pass_on(offer_id, answered=True)

    async def _pass_on(self, offer_id: str, *, answered: bool) -> None:
        offer = self._offers.get(offer_id)
        if offer is not None:
            self._refused.setdefault(offer.entry.id, set()).add(offer.opening.id)
            self._rest(offer.entry.id, answered=answered)
            await self._let_go(offer)

    async def _let_go(self, offer: WaitOffer) -> None:
        del self._offers[offer.id]
        await self.release(offer.id)
        self._entries[offer.entry.id] = replace(self._entries[offer.entry.id], status="waiting")

    def _rest(self, entry_id: str, *, answered: bool) -> None:
        before = self._not_before.get(entry_id)
        self._not_before[entry_id] = ask_again_at(self._clock.now(), before, RuleSettings(), answered=answered)

    async def free_offer(self, offer_id: str) -> None:
        offer = self._offers.get(offer_id)
        if offer is not None:
            soon = self._clock.now() + timedelta(minutes=RuleSettings().offer_minutes)
            self._not_before[offer.entry.id] = max(soon, self._not_before.get(offer.entry.id, soon))
            await self._let_go(offer)

    async def spoke_of_offer(self, offer_id: str) -> None:
        if offer_id in self._offers:
            self._rest(self._offers[offer_id].entry.id, answered=True)

    async def leave_waitlist(self, entry_id: str, *, call_id: str | None) -> None:
        if entry_id not in self._entries:
            raise NotFound("Запись в листе ожидания не найдена: обновите список")
        for offer in [one for one in self._offers.values() if one.entry.id == entry_id]:
            await self._pass_on(offer.id, answered=True)
        if self._entries[entry_id].status in _WAITING:
            self._close(entry_id, "closed")

    async def hand_over_offer(self, offer_id: str, *, why: str) -> None:
        if offer_id in self._offers:
            self._owners[self._offers[offer_id].entry.id] = DESK_OWNER
            await self._pass_on(offer_id, answered=False)

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
        """Who has booked waits no more for the same."""
        visit = await super().book(
            hold_id, patient_id=patient_id, call_id=call_id, funding=funding, service_id=service_id, checked=checked
        )
        for entry in self.waiting():
            if entry.patient_id == patient_id and entry.type is not WaitlistType.EARLIER and _solves(visit, entry.need):
                for offer in [one for one in self._offers.values() if one.entry.id == entry.id]:
                    del self._offers[offer.id]
                    await self.release(offer.id)
                self._close(entry.id, "accepted")
        return visit

    def _close(self, entry_id: str, status: str) -> None:
        self._entries[entry_id] = replace(self._entries[entry_id], status=status)
        self._publish("waitlist.closed", entry_id=entry_id)


def _solves(visit: Visit, need: Need) -> bool:
    """Whether the visit is for what somebody would wait for."""
    if need.service_id:
        return visit.service is not None and visit.service.id == need.service_id
    return visit.doctor is not None and visit.doctor.specialty == need.specialty
