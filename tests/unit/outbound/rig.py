"""A dialer over the simulated line, with a stand-in for the talk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.domain.clinic import RequestKind
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.task import CallTask
from bot.outbound.dialer import Dialer
from bot.outbound.memory import MemoryPermits, MemoryTaskStore
from bot.outbound.ports import Freed
from bot.outbound.settings import OutboundSettings
from crm_bridge.memory import MemoryClinic
from telephony.port import CallLeg
from telephony.simulated import SimulatedExchange, SimulatedLine
from tests.fixtures.small_clinic import clinic_with, placed

VISIT_AT = datetime(2026, 11, 24, 10, tzinfo=MOSCOW)
ANNAS_PHONE = "+79161110001"


@dataclass
class Talk:
    """Stands for the call session: says what it was asked to lead, and ends as told."""

    outcome: Mapping[str, Any] = field(default_factory=lambda: {"outcome": "confirmed"})
    error: Exception | None = None
    led: list[tuple[str, str | None]] = field(default_factory=list)

    async def __call__(self, leg: CallLeg, script: str, task_id: str | None) -> Mapping[str, Any]:
        self.led.append((script, task_id))
        if self.error:
            raise self.error
        await leg.hangup()
        return self.outcome


@dataclass
class Desk:
    """Everything a test touches."""

    dialer: Dialer
    clinic: MemoryClinic
    tasks: MemoryTaskStore
    permits: MemoryPermits
    clock: ManualClock
    exchange: SimulatedExchange
    line: SimulatedLine
    talk: Talk

    async def task(self) -> CallTask:
        task = await self.tasks.get("t1")
        assert task is not None
        return task

    async def dial(self, *, answer: bool = True, code: int = 486) -> None:
        """Dial the task while Anna takes the call or refuses it."""
        phone = self.exchange.phone(ANNAS_PHONE)

        async def at_annas() -> None:
            ringing = await phone.next_call()
            await (ringing.answer() if answer else ringing.reject(code))

        anna = asyncio.create_task(at_annas())
        await self.dialer.dial("t1")
        anna.cancel()
        await asyncio.gather(anna, return_exceptions=True)

    async def callbacks(self) -> list[str]:
        requests = await self.clinic.open_requests()
        assert all(request.kind is RequestKind.CALLBACK for request in requests)
        return [request.fields["reason"] for request in requests]


@asynccontextmanager
async def open_desk(
    folder: Path, tasks: MemoryTaskStore, permits: MemoryPermits, clock: ManualClock, freed: Freed | None = None
) -> AsyncIterator[Desk]:
    """One visit of Anna's, one line, no tasks yet."""
    exchange = SimulatedExchange(folder, speed=50)
    line, talk = SimulatedLine(exchange), Talk()
    clinic = clinic_with(placed("v1", VISIT_AT), clock=clock)
    numbers = iter(range(100))
    dialer = Dialer(
        clinic=clinic,
        tasks=tasks,
        permits=permits,
        line=line,
        run_call=talk,
        clock=clock,
        settings=OutboundSettings(lines=1, ring_seconds=10),
        zone=MOSCOW,
        new_id=lambda: f"call-{next(numbers)}",
        **({"freed": freed} if freed else {}),
    )
    await line.start()
    yield Desk(dialer, clinic, tasks, permits, clock, exchange, line, talk)
    await line.close()
