"""Writes a message down: to whom, by which way, in which words, until when it is of use."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.clock import Clock
from bot.notify.port import (
    DeliveryState,
    Message,
    MessageKind,
    MessageStore,
    OfferFacts,
    Person,
    VisitFacts,
)
from bot.notify.settings import NotifySettings
from bot.notify.templates import Templates
from bot.notify.wording import offer_values, visit_values

log = logging.getLogger(__name__)

_URGENT = frozenset({"cancelled_by_clinic"})
"""Worth a message at night: somebody would otherwise set out for nothing."""


class MessageWriter:
    """Templates over the store; a template that the clinic does not want is left out."""

    def __init__(
        self,
        store: MessageStore,
        templates: Templates,
        clock: Clock,
        settings: NotifySettings,
        *,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._templates = templates
        self._clock = clock
        self._settings = settings
        self._new_id = new_id

    async def about_visit(
        self,
        facts: VisitFacts,
        template: str,
        *,
        key: str,
        useful_until: datetime | None,
        due_at: datetime | None = None,
        **more: str,
    ) -> None:
        """To the patient of a visit; `more` are values of the template's own."""
        await self._to(
            facts.person,
            template,
            visit_values(facts) | more,
            key=key,
            zone=facts.branch.timezone,
            visit_id=facts.visit.id,
            due_at=due_at,
            useful_until=useful_until,
        )

    async def about_offer(self, facts: OfferFacts, *, key: str) -> None:
        """To somebody of the waiting list."""
        zone = facts.branch.timezone
        await self._to(facts.person, "offer", offer_values(facts), key=key, zone=zone, useful_until=facts.until)

    async def to_doctor(self, doctor_id: str, facts: VisitFacts, template: str, *, key: str, who: str) -> None:
        """A notice; the table is where it is read, so there is nothing to send."""
        if template in self._settings.without:
            return
        values = visit_values(facts) | {"who": who}
        now = self._clock.now()
        notice = Message(
            id=self._new_id(),
            kind=MessageKind.STAFF,
            recipient=f"doctor:{doctor_id}",
            title=self._templates.title(template, values),
            text=self._templates.text(template, values),
            template=template,
            visit_id=facts.visit.id,
            patient_id=facts.visit.patient.id,
            zone=facts.branch.timezone,
            created_at=now,
            due_at=now,
            state=DeliveryState.SENT,
            sent_at=now,
        )
        await self._store.add(notice, dedup_key=key)

    async def _to(
        self,
        person: Person,
        template: str,
        values: Mapping[str, str],
        *,
        key: str,
        zone: str,
        visit_id: str | None = None,
        due_at: datetime | None = None,
        useful_until: datetime | None = None,
    ) -> None:
        """By SMS, or by e-mail to who has no phone; who has neither is not written to."""
        if template in self._settings.without:
            return
        recipient = person.patient.phone or person.email
        if recipient is None:
            log.info("nobody to write to: neither phone nor address", extra={"patient_id": person.patient.id})
            return
        now = self._clock.now()
        message = Message(
            id=self._new_id(),
            kind=MessageKind.SMS if person.patient.phone else MessageKind.EMAIL,
            recipient=recipient,
            title=self._templates.title(template, values),
            text=self._templates.text(template, values),
            template=template,
            visit_id=visit_id,
            patient_id=person.patient.id,
            urgent=template in _URGENT,
            zone=person.zone or zone,
            created_at=now,
            due_at=due_at or now,
            expires_at=useful_until,
        )
        await self._store.add(message, dedup_key=key)
