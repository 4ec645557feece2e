"""Opens the whole service: database, clinic and talk, then the calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.composition.core import open_core, open_state
from bot.composition.service import Service, open_service
from bot.composition.speech import SpeechParts
from bot.domain.clock import Clock
from bot.settings import Settings
from telephony.port import Line


@asynccontextmanager
async def open_all(
    settings: Settings, clock: Clock, speech: SpeechParts, line: Line, *, clinic: Path | None = None, url: str = ""
) -> AsyncIterator[Service]:
    """The service on this line, with speech that may still be loading."""
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings, clock, clinic=clinic, url=url))
        state = await stack.enter_async_context(open_state(core))
        yield await stack.enter_async_context(open_service(core, state, speech, line))
