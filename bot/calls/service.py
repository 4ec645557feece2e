"""Takes calls from the line and leads each one in a session of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from telephony.port import CallLeg, Line

log = logging.getLogger(__name__)

RunCall = Callable[[CallLeg], Awaitable[Mapping[str, Any]]]
"""Leads one leg to its outcome."""


class CallService:
    """Every incoming leg becomes a task; closing lets running calls end, up to a limit."""

    def __init__(self, line: Line, run_call: RunCall, *, drain_seconds: float = 5.0) -> None:
        self._line = line
        self._run_call = run_call
        self._drain_seconds = drain_seconds
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._accepting: asyncio.Task[None] | None = None

    @property
    def live(self) -> int:
        """How many calls are up."""
        return len(self._calls)

    @property
    def ids(self) -> tuple[str, ...]:
        """The calls that are up."""
        return tuple(self._calls)

    async def start(self) -> None:
        """Connect the line, re-adopt who is still there, and begin to take calls.

        When this returns, whoever stayed through a restart is among `ids`.
        """
        await self._line.start()
        self._accepting = asyncio.create_task(self._accept())
        await asyncio.sleep(0)  # the line has queued them; the task takes all that is queued before it waits

    async def close(self) -> None:
        """Take no more calls, wait for those that are up, then leave the rest at the exchange."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
        if self._calls:
            _, late = await asyncio.wait(self._calls.values(), timeout=self._drain_seconds)
            for call in late:
                call.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._line.close()

    async def _accept(self) -> None:
        async for leg in self._line.incoming():
            log.info("Call taken", extra={"call_id": leg.call_id})
            call = asyncio.create_task(self._lead(leg))
            self._calls[leg.call_id] = call
            call.add_done_callback(partial(self._ended, leg.call_id))

    async def _lead(self, leg: CallLeg) -> None:
        """A session sees to its own faults; one that could not even begin must not leave its caller in silence."""
        try:
            await self._run_call(leg)
        except Exception:
            log.exception("A call could not be led", extra={"call_id": leg.call_id})
            await leg.hangup()

    def _ended(self, call_id: str, call: asyncio.Task[None]) -> None:
        self._calls.pop(call_id, None)
        if not call.cancelled() and call.exception() is not None:
            log.error("A call was not hung up", exc_info=call.exception(), extra={"call_id": call_id})
