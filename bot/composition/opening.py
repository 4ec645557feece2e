"""Opens the whole service at once: models load in their processes while the database and the talk are made ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from bot.composition.core import Core, State, open_core, open_state
from bot.composition.service import Service, open_service
from bot.composition.speech import open_speech
from bot.domain.clock import Clock
from bot.settings import Settings
from telephony.port import Line

A = TypeVar("A")
B = TypeVar("B")


@asynccontextmanager
async def open_all(
    settings: Settings, clock: Clock, line: Line, *, clinic: Path | None = None, url: str = ""
) -> AsyncIterator[Service]:
    """The service on this line; a caller who stayed through a crash waits for nothing that can be done meanwhile."""
    async with AsyncExitStack() as stack:

        async def data() -> tuple[Core, State]:
            core = await stack.enter_async_context(open_core(settings, clock, clinic=clinic, url=url))
            return core, await stack.enter_async_context(open_state(core))

        (core, state), speech = await both(data(), stack.enter_async_context(open_speech(settings)))
        yield await stack.enter_async_context(open_service(core, state, speech, line))


async def both(one: Coroutine[object, object, A], other: Coroutine[object, object, B]) -> tuple[A, B]:
    """The results of both; where one fails the other is stopped, so that nothing is left half-open."""
    tasks = asyncio.ensure_future(one), asyncio.ensure_future(other)
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
