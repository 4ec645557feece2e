"""A process that books an opening and stops where it is told to, so that its parent can kill it there.

Arguments: database URL, the moment, opening, patient, and where to stop: `held`, `booking` or `booked`.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from typing import Any

from bot.domain.clock import ManualClock
from bot.storage.engine import Database
from crm_bridge.local.clinic import LocalClinic


async def in_the_middle() -> None:
    print("in the middle", flush=True)
    await asyncio.Event().wait()


class Dying(LocalClinic):
    """Stops inside the booking's transaction, with the hold taken, its locks kept and nothing committed."""

    async def _claim(self, *given: Any) -> Any:
        opening = await super()._claim(*given)
        await in_the_middle()
        return opening


async def main(url: str, moment: str, opening: str, patient: str, where: str) -> None:
    made = Dying if where == "booking" else LocalClinic
    clinic = made(Database(url), ManualClock(datetime.fromisoformat(moment)))
    hold = await clinic.hold(opening, owner=f"dying-{where}")
    if where != "held":
        await clinic.book(hold.id, patient_id=patient, call_id=None)
    await in_the_middle()


asyncio.run(main(*sys.argv[1:]))
