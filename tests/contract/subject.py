"""What a contract test is handed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.domain.clock import ManualClock
from crm_bridge.port import ClinicSystem


@dataclass
class Subject:
    """One implementation, its clock, and what it has told the rest of the world."""

    clinic: ClinicSystem
    clock: ManualClock
    topics: Callable[[], Awaitable[Sequence[str]]]
    tick: Callable[[], Awaitable[object]]
    """What time does by itself: here, freed openings are offered to those who wait."""

    async def news_of_visits(self) -> Sequence[str]:
        """What was told of visits; a system may tell more, of tasks and to doctors."""
        return [topic for topic in await self.topics() if topic.startswith("visit.")]
