"""The clinic's desk alone: for commands that read and change the clinic's data without taking calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.composition.database import data_folder, open_database
from bot.domain.clock import Clock, SystemClock
from bot.settings import Settings
from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.desk import LocalDesk


@asynccontextmanager
async def open_desk(settings: Settings, clock: Clock | None = None, *, url: str = "") -> AsyncIterator[LocalDesk]:
    """The desk over the settings' database, migrated first."""
    if not url:
        data_folder(settings)
    database = await open_database(url or settings.database_url)
    try:
        yield LocalDesk(LocalClinic(database, clock or SystemClock(settings.zone)))
    finally:
        await database.dispose()
