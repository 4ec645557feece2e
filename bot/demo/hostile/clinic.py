"""The clinic that hostile callers phone: the bundled twin in memory, watched, and now and then out of order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from bot.domain.clinic import ClinicDirectory, Hold, Opening, OpeningQuery, Patient, SickLeave, TestResult, Visit
from bot.domain.clock import Clock
from bot.domain.follow_up import BOT_OWNER, ClinicTask, Errand, Need, WaitRequest, Wish
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory import MemoryClinic
from crm_bridge.port import CrmUnavailable
from crm_bridge.rules.basics import hold_is_live

CALL_ID: Final = "hostile"
OUTAGE: Final = 0.15
"""How often a clinic that is out of order does not answer."""


_NEED: Final = Need(specialty="невролог")


class WatchedClinic(MemoryClinic):
    """Notes whose records were looked at; with `faults` set some of its answers are outages."""

    def __init__(self, data: ClinicData, clock: Clock) -> None:
        super().__init__(data, clock)
        self.faults: random.Random | None = None
        self.looked_at: list[str] = []
        """Ids of patients whose visits, certificates or results were asked for."""

    async def prepare(self, script: str, patient: Patient) -> None:
        """What a call by that script is about: a task of the bot's, or an opening that is kept for the patient."""
        if script == "invitation":
            task = ClinicTask(
                id="errand",
                type="planned",
                patient_id=patient.id,
                phone=patient.phone,
                need=_NEED,
                comment="повторный приём",
                active_from=self._clock.now().date(),
                owner=BOT_OWNER,
                status="open",
            )
            self.add_errand(Errand(task=task, patient=patient))
        elif script == "waitlist_offer":
            asked = WaitRequest(patient_id=patient.id, need=_NEED, wish=Wish(), comment="раньше", phone=None)
            await self.join_waitlist(asked, call_id=None)
            await self.offer_openings()
        self.events.clear()
        self.looked_at.clear()

    def _stumble(self) -> None:
        if self.faults is not None and self.faults.random() < OUTAGE:
            raise CrmUnavailable("учение: система клиники не отвечает")

    @property
    def held(self) -> int:
        """How many openings are kept for the caller now; what is kept for the waiting list is not the call's."""
        now: datetime = self._clock.now()
        return sum(hold.owner == CALL_ID and hold_is_live(hold.expires_at, now) for hold in self._holds.values())

    @property
    def people(self) -> Sequence[Patient]:
        """Everybody whom the clinic knows."""
        return tuple(self._patients.values())

    @property
    def visits(self) -> dict[str, Visit]:
        """Every visit by its id."""
        return dict(self._visits)

    async def directory(self) -> ClinicDirectory:
        self._stumble()
        return await super().directory()

    async def openings(self, query: OpeningQuery) -> Sequence[Opening]:
        self._stumble()
        return await super().openings(query)

    async def hold(self, opening_id: str, *, owner: str, service_id: str | None = None) -> Hold:
        self._stumble()
        return await super().hold(opening_id, owner=owner, service_id=service_id)

    async def find_patient(self, full_name: str, birth_date: date) -> Patient | None:
        self._stumble()
        return await super().find_patient(full_name, birth_date)

    async def visits_of(self, patient_ids: Sequence[str]) -> Sequence[Visit]:
        self._stumble()
        self.looked_at.extend(patient_ids)
        return await super().visits_of(patient_ids)

    async def sick_leaves(self, *, number: str | None = None, patient_id: str | None = None) -> Sequence[SickLeave]:
        self._stumble()
        self.looked_at.extend([patient_id] if patient_id else [])
        return await super().sick_leaves(number=number, patient_id=patient_id)

    async def test_results(self, patient_id: str) -> Sequence[TestResult]:
        self._stumble()
        self.looked_at.append(patient_id)
        return await super().test_results(patient_id)
