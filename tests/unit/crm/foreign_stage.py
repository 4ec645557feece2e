"""A clinic in memory behind a bridge to an in-memory foreign system: the stage of the bridge's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.clinic import OpeningQuery, Patient, Visit, VisitStatus
from bot.domain.clock import MOSCOW, ManualClock
from crm_bridge.bridge import Bridge, LeadNews
from crm_bridge.foreign import ForeignCapabilities
from crm_bridge.foreign_memory import EVERYTHING, MemoryForeign
from crm_bridge.foreign_outbox import MemoryForeignOutbox
from crm_bridge.foreign_relay import ForeignRelay, RelaySettings
from crm_bridge.foreign_system import ForeignSystem
from crm_bridge.local.build import read_clinic
from crm_bridge.memory import MemoryClinic
from crm_bridge.port import NotFound

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
CLINIC = Path(__file__).parents[2] / "contract" / "clinic.yml"


class OwnMemory(MemoryClinic):
    """The in-memory clinic with the one step of people that the bridge waits for."""

    async def check(self, visit_id: str) -> None:
        """A person has confirmed it."""
        self._visits[visit_id] = replace(self._visits[visit_id], status=VisitStatus.BOOKED)


@dataclass(frozen=True)
class Told:
    """An event as the bundled system's outbox hands it on."""

    id: int
    topic: str
    payload: Mapping[str, Any]


class Leads(dict[str, LeadNews]):
    """LeadSource over a dictionary."""

    async def lead_news(self, lead_id: str) -> LeadNews:
        if lead_id not in self:
            raise NotFound("no such lead")
        return self[lead_id]


def whole(foreign: MemoryForeign) -> ForeignSystem:
    """A foreign system with all its ports."""
    return ForeignSystem(connector=foreign, booking=foreign, tasks=foreign, leads=foreign, calls=foreign)


class Stage:
    """Own clinic, foreign systems, bridge, relay and one clock."""

    def __init__(self, *foreign: MemoryForeign, settings: RelaySettings | None = None) -> None:
        self.clock = ManualClock(NOW)
        self.own = OwnMemory(read_clinic(CLINIC, NOW), self.clock)
        self.foreign = foreign[0] if foreign else MemoryForeign()
        systems = [whole(system) for system in foreign or (self.foreign,)]
        self.outbox = MemoryForeignOutbox()
        self.leads = Leads()
        self.bridge = Bridge(self.own, systems, self.outbox, self.clock, leads=self.leads)
        self.relay = ForeignRelay(
            self.outbox, systems, self.clock, given_up=self.bridge.left_to_people, settings=settings
        )
        self._heard = 0

    async def patient(self) -> Patient:
        return await self.bridge.register_patient(
            full_name="Новикова Анна Павловна", birth_date=date(1980, 5, 1), phone="+79161119900"
        )

    async def book(self, owner: str = "c1") -> Visit:
        opening = (await self.bridge.openings(OpeningQuery()))[0]
        hold = await self.bridge.hold(opening.id, owner=owner)
        return await self.bridge.book(hold.id, patient_id=(await self.patient()).id, call_id=owner)

    async def tell(self, *, by: str = "bot") -> None:
        """Hand the own system's news to the bridge."""
        for number, event in enumerate(self.own.events[self._heard :], start=self._heard + 1):
            await self.bridge.hear(Told(number, event.topic, {**event.ids, "by": by}))
        self._heard = len(self.own.events)

    async def pass_on(self) -> int:
        """The news told, and one round of the relay."""
        await self.tell()
        return await self.relay.round()

    async def later(self, delta: timedelta) -> int:
        """Time passes, then one round."""
        self.clock.advance(delta)
        return await self.relay.round()


def only(**can: Any) -> MemoryForeign:
    """A foreign system that can only this."""
    name = can.pop("name", "only")
    return MemoryForeign(can=ForeignCapabilities(name=name, **can))


__all__ = ["EVERYTHING", "NOW", "Leads", "OwnMemory", "Stage", "Told", "only", "whole"]
