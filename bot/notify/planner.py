"""From events to messages: who is to be told what of it. An event that is told twice leaves one message.

What an event means is read from the clinic as it is now, not from the event: a confirmation of a visit that was
cancelled meanwhile is not written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot.domain.clinic import VisitStatus
from bot.domain.clock import Clock
from bot.notify.links import payment_link, rating_link
from bot.notify.port import DeliveryState, Happened, MessageFacts, MessageStore, PaymentFacts, VisitFacts
from bot.notify.settings import NotifySettings
from bot.notify.templates import Templates
from bot.notify.wording import written_moment, written_sum
from bot.notify.writer import MessageWriter

log = logging.getLogger(__name__)

_FINAL = (VisitStatus.BOOKED, VisitStatus.CONFIRMED)
_OF_THE_TIME = frozenset({"confirmation", "moved", "preparation"})
"""What is not true any more when the visit is on another time."""
_AHEAD = frozenset({"payment_deadline", "prepay_at_desk"})
_OF_COMING = _OF_THE_TIME | _AHEAD | {"payment"}
_NOT_YET = (VisitStatus.REQUESTED, VisitStatus.AWAITING_APPROVAL)
_CANCELLED = {"clinic": "cancelled_by_clinic", "unpaid": "expired_unpaid", "expired": "expired"}
"""By who or what has cancelled; anybody else is the patient."""
_WHO = {"cancelled_by_patient": "пациентом", "cancelled_by_clinic": "клиникой"}
_DAY = timedelta(days=1)


def new_uuid() -> str:
    """A fresh id of a message."""
    return str(uuid4())


class MessagePlanner:
    """A listener of the outbox: `take` is its handler."""

    def __init__(
        self,
        facts: MessageFacts,
        store: MessageStore,
        templates: Templates,
        clock: Clock,
        settings: NotifySettings,
        *,
        new_id: Callable[[], str] = new_uuid,
    ) -> None:
        self._facts = facts
        self._store = store
        self._clock = clock
        self._settings = settings
        self._write = MessageWriter(store, templates, clock, settings, new_id=new_id)

    async def take(self, event: Happened) -> None:
        """Write what the event asks for. Raises what facts and store raise in an outage: the event is told again."""
        if event.topic == "waitlist.offered":
            await self._offered(event.payload)
            return
        step = _STEPS.get(event.topic)
        visit_id = event.payload.get("visit_id")
        facts = await self._facts.visit(visit_id) if step and visit_id else None
        if step and facts:
            await step(self, event, facts)

    async def _booked(self, _event: Happened, facts: VisitFacts) -> None:
        """A visit that waits for an approval or a payment is confirmed when it is final."""
        visit = facts.visit
        if visit.status not in _FINAL or visit.starts_at <= self._clock.now():
            return
        key = f"confirmation:{visit.id}:{_stamp(visit.starts_at)}"
        await self._write.about_visit(facts, "confirmation", key=key, useful_until=visit.starts_at)
        await self._prepare(facts, "")

    async def _prepare(self, facts: VisitFacts, again: str) -> None:
        """How to prepare, once a visit: a second time only if the first has not gone out and has the old time."""
        visit = facts.visit
        if visit.service and (visit.service.prep or "").strip():
            key = f"preparation:{visit.id}:{visit.service.id}{again}"
            await self._write.about_visit(facts, "preparation", key=key, useful_until=visit.starts_at)

    async def _moved(self, _event: Happened, facts: VisitFacts) -> None:
        visit, moved_at = facts.visit, facts.moved_at or self._clock.now()
        if visit.status is VisitStatus.CANCELLED or visit.starts_at <= self._clock.now():
            return
        withdrawn = await self._withdraw(visit.id, _OF_THE_TIME, before=moved_at)
        if visit.status not in _FINAL:
            return
        stamp = _stamp(moved_at)
        await self._write.about_visit(facts, "moved", key=f"moved:{visit.id}:{stamp}", useful_until=visit.starts_at)
        if "preparation" in withdrawn:
            await self._prepare(facts, f":{stamp}")

    async def _cancelled(self, _event: Happened, facts: VisitFacts) -> None:
        visit, now = facts.visit, self._clock.now()
        if visit.status is not VisitStatus.CANCELLED:
            return
        await self._withdraw(visit.id, _OF_COMING)
        template = _CANCELLED.get(visit.cancelled_by or "", "cancelled")
        # A wait may end only when the visit begins: who comes nevertheless should read why.
        useful = max(visit.starts_at, now + _DAY) if template.startswith("expired") else visit.starts_at
        if useful > now:
            key = f"cancelled:{visit.id}"
            await self._write.about_visit(facts, template, key=key, useful_until=useful)

    async def _completed(self, event: Happened, facts: VisitFacts) -> None:
        """Only those are asked who have agreed to it; some hours after the visit, and not days later (C20)."""
        settings, visit = self._settings, facts.visit
        if visit.status is not VisitStatus.COMPLETED or not facts.person.survey:
            return
        if not (settings.public_url and settings.link_secret):
            log.warning("no rating is asked for: notify.public_url or notify.link_secret is not set")
            return
        due = max(event.created_at, visit.ends_at) + settings.rating_after
        await self._write.about_visit(
            facts,
            "rating",
            key=f"rating:{visit.id}",
            due_at=due,
            useful_until=due + settings.rating_useful,
            link=rating_link(settings.public_url, settings.link_secret, visit.id),
        )

    async def _demanded(self, event: Happened, facts: VisitFacts) -> None:
        payment = await self._facts.payment(str(event.payload.get("payment_id")))
        # while a visit is checked or approved nobody pays ahead for it: its turn is an event of its own
        if payment is not None and not (payment.prepayment and facts.visit.status in _NOT_YET):
            await self._bill(payment, facts)

    async def _awaiting_payment(self, _event: Happened, facts: VisitFacts) -> None:
        payment = await self._facts.prepayment(facts.visit.id)
        if payment is not None and facts.visit.status is VisitStatus.AWAITING_PAYMENT:
            await self._bill(payment, facts)

    async def _received(self, event: Happened, facts: VisitFacts) -> None:
        """What is paid is not asked for any more; by another way than the link, too."""
        await self._store.withdraw_key(f"payment:{event.payload.get('payment_id')}", at=self._clock.now())
        if facts.visit.status is not VisitStatus.AWAITING_PAYMENT:
            await self._withdraw(facts.visit.id, _AHEAD)

    async def _bill(self, payment: PaymentFacts, facts: VisitFacts) -> None:
        if not payment.due or not payment.token:
            return  # paid at the desk, or void already
        visit, address = facts.visit, self._settings.public_url
        deadline = visit.deadline_at if visit.status is VisitStatus.AWAITING_PAYMENT else None
        template = "payment_deadline" if deadline else "payment"
        if not address:
            if deadline is None:
                return  # who was here pays where they were
            template = "prepay_at_desk"
        await self._write.about_visit(
            facts,
            template,
            key=f"payment:{payment.id}",
            useful_until=deadline,  # what was given is to be paid after the visit, too
            sum=written_sum(payment.amount),
            link=payment_link(address, payment.token) if address else "",
            deadline=written_moment(deadline, ZoneInfo(facts.branch.timezone)) if deadline else "",
        )

    async def _tell_doctor(self, event: Happened, facts: VisitFacts) -> None:
        """The doctor whom the event names, since the visit may have gone to another one; else the visit's."""
        doctor = event.payload.get("doctor_id") or (facts.visit.doctor.id if facts.visit.doctor else None)
        if doctor is None:
            return
        what = str(event.payload.get("event"))
        template = "doctor_moved" if what == "moved" else "doctor_cancelled"
        who = _WHO.get(what, "истёк срок")
        await self._write.to_doctor(doctor, facts, template, key=f"doctor:{event.id}", who=who)

    async def _offered(self, payload: Mapping[str, Any]) -> None:
        entry_id, opening_id = str(payload.get("entry_id")), str(payload.get("opening_id"))
        facts = await self._facts.offer(entry_id, opening_id)
        if facts is not None and facts.until > self._clock.now():
            await self._write.about_offer(facts, key=f"offer:{entry_id}:{opening_id}")

    async def _withdraw(
        self, visit_id: str, templates: Container[str], *, before: datetime | None = None
    ) -> frozenset[str]:
        """Take back what has not gone out; with `before`, only what was written earlier. Returns which templates."""
        withdrawn = set()
        for one in await self._store.of_visit(visit_id):
            queued = one.state is DeliveryState.QUEUED and one.template in templates
            stale = before is None or one.created_at < before
            if queued and stale and await self._store.withdraw(one.id, why="visit", at=self._clock.now()):
                withdrawn.add(one.template)
        return frozenset(withdrawn)


_STEPS = {
    "visit.booked": MessagePlanner._booked,
    "visit.approved": MessagePlanner._booked,
    "visit.moved": MessagePlanner._moved,
    "visit.cancelled": MessagePlanner._cancelled,
    "visit.completed": MessagePlanner._completed,
    "visit.awaiting_payment": MessagePlanner._awaiting_payment,
    "payment.demanded": MessagePlanner._demanded,
    "payment.received": MessagePlanner._received,
    "doctor.notice": MessagePlanner._tell_doctor,
}


def _stamp(moment: datetime) -> str:
    """The same for the same moment, in whatever zone it is told."""
    return str(int(moment.timestamp()))
