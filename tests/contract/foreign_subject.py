"""What a contract test of a foreign connector is handed: the connector, and the other side as its people see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bot.domain.clock import ManualClock
from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import ForeignCapabilities, RawWebhook


class ForeignSubject(Protocol):
    """A connector against its fake; what its capabilities do not declare need not be answered here."""

    connector: Any
    """All the ports that the capabilities declare."""
    clock: ManualClock

    def lose_next_answer(self) -> None:
        """The next write is done over there and its answer is lost on the way."""

    async def go_down(self) -> None:
        """From now on nobody answers at all."""

    def bookings(self) -> int:
        """How many booking requests there are over there."""

    def leads(self) -> int: ...

    def calls(self) -> int: ...

    def stage_of(self, lead_id: str) -> LeadStage:
        """Where a lead stands over there."""

    def moves_of(self, lead_id: str) -> int:
        """How many times its stage was written since it was opened."""

    def put_call_task(self, *, phone: str, full_name: str, due_at: datetime, comment: str) -> str:
        """Their people want a call; the id of it."""

    def outcomes_of(self, task_id: str) -> Sequence[str]:
        """What was written of it, empty while it is open."""

    def endings_of(self, reference: str) -> Sequence[str]:
        """What was written of the end of a call."""

    def recordings_of(self, reference: str) -> Sequence[str]:
        """Names of the recordings of a call."""

    def webhooks(self) -> tuple[RawWebhook, RawWebhook]:
        """Two genuine webhooks, of two changes of one object."""


@dataclass(frozen=True)
class Maker:
    """How to make one subject, and what its connector says of itself."""

    name: str
    declared: ForeignCapabilities
    open: Callable[[Path], AbstractAsyncContextManager[ForeignSubject]]
    """In a folder of the test's own."""
