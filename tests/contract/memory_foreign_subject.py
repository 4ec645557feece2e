"""The connector in memory for the contract suite: what is rehearsed with must keep the same contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import CrmEvent, ForeignTask, RawWebhook
from crm_bridge.foreign_memory import EVERYTHING, MemoryForeign
from tests.contract.foreign_subject import Maker

CAN = replace(EVERYTHING, signed_webhooks=False)
"""Its webhooks carry a secret, not a signature of the body."""


@dataclass
class MemoryForeignSubject:
    """The connector is the other side as well."""

    connector: MemoryForeign
    clock: ManualClock

    def lose_next_answer(self) -> None:
        self.connector.faults.append("lost")

    async def go_down(self) -> None:
        self.connector.faults.append("down")

    def bookings(self) -> int:
        return len(self.connector.wishes)

    def leads(self) -> int:
        return len(self.connector.leads)

    def calls(self) -> int:
        return len(self.connector.calls)

    def stage_of(self, lead_id: str) -> LeadStage:
        steps = self.connector.leads[lead_id].steps
        return steps[-1][0] if steps else LeadStage.NEW

    def moves_of(self, lead_id: str) -> int:
        return len(self.connector.leads[lead_id].steps)

    def put_call_task(self, *, phone: str, full_name: str, due_at: datetime, comment: str) -> str:
        task_id = str(len(self.connector.tasks) + 1)
        self.connector.tasks[task_id] = ForeignTask(
            id=task_id, phone=phone, full_name=full_name, due_at=due_at, comment=comment
        )
        return task_id

    def outcomes_of(self, task_id: str) -> Sequence[str]:
        known = self.connector.outcomes.get(task_id)
        return [known[0]] if known else []

    def endings_of(self, reference: str) -> Sequence[str]:
        finished = self.connector.calls[reference].finished
        return [finished.outcome] if finished else []

    def recordings_of(self, reference: str) -> Sequence[str]:
        return [recording.name for recording in self.connector.calls[reference].recordings]

    def webhooks(self) -> tuple[RawWebhook, RawWebhook]:
        event = CrmEvent(key="1", topic="appointment.requested", object_id="7")
        return self.connector.webhook(event), self.connector.webhook(replace(event, key="2"))


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[MemoryForeignSubject]:
    yield MemoryForeignSubject(MemoryForeign(can=CAN), ManualClock(datetime(2026, 11, 23, 10, tzinfo=MOSCOW)))


MEMORY = Maker("memory", CAN, _opened)
