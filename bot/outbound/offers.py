"""Makes a call of every freed opening that is kept for somebody on the waiting list (C14, I2)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import uuid4

from bot.domain.clock import Clock
from bot.domain.follow_up import WaitOffer
from bot.domain.task import CallTask, TaskKind, TaskStatus
from bot.outbound.ports import TaskStore
from crm_bridge.port import WaitingList

logger = logging.getLogger(__name__)

TALK = timedelta(minutes=3)
"""Nobody is phoned when the opening would be the next one's before the talk has come to its «да»."""


class OfferPlanner:
    """One call for one offer; the same opening offered to the next patient is another offer, and so another call."""

    def __init__(
        self, clinic: WaitingList, tasks: TaskStore, clock: Clock, *, new_id: Callable[[], str] = lambda: str(uuid4())
    ) -> None:
        self._clinic = clinic
        self._tasks = tasks
        self._clock = clock
        self._new_id = new_id

    async def plan(self) -> Sequence[CallTask]:
        """Running it often makes no call twice."""
        made = []
        for offer in await self._clinic.offers():
            task = self._call_for(offer)
            if await self._tasks.add(task, dedup_key=f"offer:{offer.id}"):
                made.append(task)
        if made:
            logger.info("offers of freed openings planned", extra={"tasks": len(made)})
        return made

    def _call_for(self, offer: WaitOffer) -> CallTask:
        return CallTask(
            id=self._new_id(),
            kind=TaskKind.WAITLIST_OFFER,
            phone=offer.entry.phone,
            due_at=self._clock.now(),
            status=TaskStatus.PENDING,
            patient_id=offer.patient.id,
            offer_id=offer.id,
            not_after=min(offer.until, offer.opening.starts_at) - TALK,
        )
