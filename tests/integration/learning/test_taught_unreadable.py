"""Phrases taught that cannot be read now are no reason to understand nobody."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.composition.core import open_core
from bot.domain.clock import MOSCOW, ManualClock
from bot.settings import load_settings
from dialogs.port import Intent, NluContext, State

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


async def test_callers_are_understood_as_the_product_does(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_core(load_settings(data=tmp_path), ManualClock(NOW)) as core:
        async with core.database.write() as session:
            await session.execute(text("ALTER TABLE phrase_publications RENAME TO away"))
        said = await core.understander.interpret("запишите меня к терапевту", NluContext(state=State.OPEN, now=NOW))
        assert said.intent == Intent.BOOK_APPOINTMENT
        assert "The phrases taught cannot be read now" in caplog.text
        assert core.understander.version == 0
        async with core.database.write() as session:
            await session.execute(text("ALTER TABLE away RENAME TO phrase_publications"))
        assert await core.learning.school.live_version() == core.understander.version
