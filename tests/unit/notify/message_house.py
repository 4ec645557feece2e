"""A clinic of values: facts that a test sets by hand, the twin of the store, one clock."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.domain.clinic import Branch, Doctor, Opening, Patient, Service, Visit, VisitStatus
from bot.domain.clock import MOSCOW, ManualClock
from bot.notify.memory import MemoryMessageStore
from bot.notify.planner import MessagePlanner
from bot.notify.port import Message, OfferFacts, PaymentFacts, Person, VisitFacts
from bot.notify.settings import NotifySettings
from bot.notify.templates import load_templates

NOW = datetime(2026, 11, 23, 12, tzinfo=MOSCOW)
BRANCH = Branch(id="main", name="Главный", address="Ленина, 1", timezone="Europe/Moscow")
DOCTOR = Doctor(id="d1", full_name="Иванов Иван Иванович", specialty="терапевт", branch_id="main")
PATIENT = Patient(id="p1", full_name="Сидорова Мария Петровна", birth_date=date(1960, 3, 5), phone="+79161110001")
ULTRASOUND = Service(id="s1", name="УЗИ почек", prep="Не есть 8 часов.", branch_id="main")
SETTINGS = NotifySettings(public_url="https://clinic.example/", link_secret="s3cret")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of the outbox."""

    id: int
    topic: str
    payload: Mapping[str, Any]
    created_at: datetime


@dataclass
class Facts:
    """MessageFacts that a test changes as the clinic would."""

    visits: dict[str, VisitFacts] = field(default_factory=dict)
    payments: dict[str, PaymentFacts] = field(default_factory=dict)
    offers: dict[tuple[str, str], OfferFacts] = field(default_factory=dict)

    async def visit(self, visit_id: str) -> VisitFacts | None:
        return self.visits.get(visit_id)

    async def payment(self, payment_id: str) -> PaymentFacts | None:
        return self.payments.get(payment_id)

    async def prepayment(self, visit_id: str) -> PaymentFacts | None:
        owed = [one for one in self.payments.values() if one.due and one.prepayment]
        return owed[-1] if owed and visit_id in self.visits else None

    async def offer(self, entry_id: str, opening_id: str) -> OfferFacts | None:
        return self.offers.get((entry_id, opening_id))


class MessageHouse:
    """Facts, planner and what they have written."""

    def __init__(self, settings: NotifySettings = SETTINGS) -> None:
        self.clock = ManualClock(NOW)
        self.facts = Facts()
        self.store = MemoryMessageStore()
        self._events = itertools.count(1)
        ids = itertools.count(1)
        self.planner = MessagePlanner(
            self.facts, self.store, load_templates(), self.clock, settings, new_id=lambda: f"m{next(ids)}"
        )

    def visit(self, **changed: Any) -> None:
        """Put the visit v1 there, or change it: tomorrow at ten with the doctor, unless said otherwise."""
        known = self.facts.visits.get("v1") or VisitFacts(
            visit=Visit(
                id="v1",
                patient=PATIENT,
                starts_at=NOW + timedelta(hours=22),
                ends_at=NOW + timedelta(hours=22, minutes=20),
                branch_id="main",
                status=VisitStatus.BOOKED,
                doctor=DOCTOR,
            ),
            person=Person(patient=PATIENT),
            branch=BRANCH,
            clinic="Здоровье",
        )
        own = {name: changed.pop(name) for name in ("person", "branch", "moved_at", "reason") if name in changed}
        self.facts.visits["v1"] = replace(known, visit=replace(known.visit, **changed), **own)

    def offer(self, until: datetime) -> None:
        opening = Opening(
            id="o1", starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=1, minutes=20), branch_id="main"
        )
        self.facts.offers["w1", "o1"] = OfferFacts(
            person=Person(patient=PATIENT), opening=opening, branch=BRANCH, clinic="Здоровье", until=until
        )

    async def happen(self, topic: str, **payload: str) -> Event:
        """Tell the planner of an event, as the outbox would."""
        event = Event(id=next(self._events), topic=topic, payload=payload, created_at=self.clock.now())
        await self.planner.take(event)
        return event

    async def written(self) -> list[Message]:
        return [*await self.store.of_visit("v1")]

    async def texts(self) -> dict[str, str]:
        return {one.template: one.text for one in await self.written()}
