"""generic_http for the contract suite: its server on loopback, the connector with its receiver of webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp.test_utils import TestServer

from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import ForeignCapabilities, RawWebhook
from crm_bridge.generic_http import GenericHttp, GenericOptions
from crm_bridge.generic_http.connector import OFFERS
from tests.contract.foreign_subject import Maker
from tests.fakes.generic_http import SECRET, FakeGenericHttp

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


@dataclass
class GenericSubject:
    """A system of the contract on loopback; `server` may be closed early."""

    connector: GenericHttp
    clock: ManualClock
    fake: FakeGenericHttp
    server: TestServer

    def lose_next_answer(self) -> None:
        self.fake.faults.append("dropped")

    async def go_down(self) -> None:
        await self.server.close()

    def bookings(self) -> int:
        return len(self.fake.written("requests"))

    def leads(self) -> int:
        return len(self.fake.written("leads"))

    def calls(self) -> int:
        return len(self.fake.written("calls"))

    def _steps(self, lead_id: str) -> list[LeadStage]:
        return [LeadStage(step["stage"]) for step in self.fake.written("stage") if step["ref"] == lead_id]

    def stage_of(self, lead_id: str) -> LeadStage:
        return [LeadStage.NEW, *self._steps(lead_id)][-1]

    def moves_of(self, lead_id: str) -> int:
        return len(self._steps(lead_id))

    def put_call_task(self, *, phone: str, full_name: str, due_at: datetime, comment: str) -> str:
        number = len(self.fake.tasks) + 1
        task = {"id": number, "phone": phone, "full_name": full_name, "due_at": due_at.isoformat(), "comment": comment}
        self.fake.tasks.append(task)
        return str(number)

    def outcomes_of(self, task_id: str) -> Sequence[str]:
        return [result["outcome"] for result in self.fake.written("result") if result["ref"] == task_id]

    def endings_of(self, reference: str) -> Sequence[str]:
        return [ending["outcome"] for ending in self.fake.written("finish") if ending["ref"] == reference]

    def recordings_of(self, reference: str) -> Sequence[str]:
        return [name for call, name in self.fake.recordings if call == reference]

    def webhooks(self) -> tuple[RawWebhook, RawWebhook]:
        return (
            self.fake.webhook("appointment.created", "A-7", message_id="m-1"),
            self.fake.webhook("appointment.cancelled", "A-7", message_id="m-2"),
        )


def _opening(offers: frozenset[str]) -> Callable[[Path], AbstractAsyncContextManager[GenericSubject]]:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[GenericSubject]:
        clock = ManualClock(NOW)
        fake = FakeGenericHttp(clock)
        server = TestServer(fake.app())
        await server.start_server()
        options = GenericOptions(base_url=str(server.make_url("/v1")), secrets=(SECRET,), offers=offers)
        connector = GenericHttp(options, clock)
        try:
            yield GenericSubject(connector, clock, fake, server)
        finally:
            await connector.close()
            await server.close()

    return opened


GENERIC_HTTP = Maker(
    "generic_http",
    ForeignCapabilities(
        name="generic_http",
        booking="request",
        call_tasks=True,
        leads=True,
        call_journal=True,
        recordings=True,
        webhooks=True,
        signed_webhooks=True,
    ),
    _opening(OFFERS),
)
GENERIC_LEADS_ONLY = Maker(
    "generic_http_leads",
    ForeignCapabilities(name="generic_http", leads=True),
    _opening(frozenset({"leads"})),
)
